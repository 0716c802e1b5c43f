"""Parts and periods side by side: each as the verdict would judge it alone, periods under the same noise, nothing
compared that may not be.
"""

import tracemalloc
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import analysis
from analysis.figures.caption import Caption
from analysis.figures.compare import plot_periods
from analysis.incidents.errors import ParameterError, SelectionError
from analysis.incidents.opening import open_study
from analysis.measures.compare import (
    HIGHER,
    Period,
    compute_firsts,
    compute_group,
    compute_parts,
    compute_periods,
    compute_series,
    compute_shares,
    notes_of,
    read_periods,
    seasons_note,
)
from analysis.measures.frequency import compare_periods
from analysis.measures.level import CANNOT_TELL, FALLING, RISING, level_of
from analysis.measures.noise import noise_of
from analysis.reports.comparison import parts_chart, periods_chart

from .tables import make_incidents, make_study
from .test_level import dates_of

START, AS_OF = "2020-01-01", "2024-12-31"


def days_of(monthly, *, first=START):
    """Return days, so many in each month from ``first`` on, spread over the month."""
    starts = pd.date_range(first, periods=len(monthly), freq="MS")
    return [
        (start + pd.Timedelta(days=int(28 * place / max(n, 1)))).strftime("%Y-%m-%d")
        for start, n in zip(starts, monthly, strict=True)
        for place in range(n)
    ]


def opened(**of_country):
    rows = [
        {"date": day, "country": code, "actor_a": "A" if code != "NER" else "B", "actor_b": "army"}
        for code, monthly in of_country.items()
        for day in days_of(monthly)
    ]
    made = make_study(make_incidents(rows), start=START, as_of=AS_OF)
    coverage = made.table.coverage
    made.table.coverage = pd.concat([coverage.assign(country=code) for code in of_country], ignore_index=True)
    return replace(made, selection=replace(made.selection, country=tuple(of_country)))


@pytest.fixture(scope="module")
def study():
    return opened(MLI=[6] * 56 + [20] * 4, BFA=[12] * 57 + [3] * 3, NER=[5] * 60, BEN=[0] * 55 + [1, 0, 2, 1, 2])


@pytest.fixture(scope="module")
def parts(study):
    return compute_parts(study, by="country").set_index("part")


def test_a_part_is_judged_as_it_would_be_alone(study, parts):
    alone = opened(MLI=[6] * 56 + [20] * 4)
    told = level_of(alone).table.iloc[0]
    row = parts.loc["MLI"]
    assert (row["word"], row["recent"]) == (level_of(alone).word, told["recent"])
    assert (row["value"], row["low"], row["high"]) == pytest.approx((told["ratio"], told["low"], told["high"]))


def test_words_and_order_follow_the_counts(parts):
    assert parts["word"].to_dict() == {
        "MLI": RISING,
        "NER": parts.loc["NER", "word"],
        "BFA": FALLING,
        "BEN": CANNOT_TELL,
    }
    assert parts.loc["NER", "word"] not in (RISING, FALLING)
    assert parts["recent"].is_monotonic_decreasing
    assert parts.loc[["MLI", "BFA"], "stands"].all()
    assert not parts.loc[["NER", "BEN"], "stands"].any()


def test_too_few_have_no_ratio_but_their_count(parts):
    row = parts.loc["BEN"]
    assert row["recent"] == 4  # the first of the five falls on the 91st day
    assert np.isnan(row["value"])
    assert "a comparison needs" in row["reason"]
    assert any(note.startswith("Not computed for Benin: ") for note in notes_of(parts.reset_index()))


def test_what_leaves_a_word_in_doubt_is_told_as_a_report_tells_it():
    days = enumerate(days_of([6] * 60))
    placed = make_incidents([{"date": day, "country": "MLI", "locality": f"L{place}"} for place, day in days])
    late = placed[placed["date_start"].ge("2024-10-03")]
    again = pd.concat([placed, *(late.assign(incident_id=late["incident_id"] + part) for part in "ab")])
    for held, copied in ((again, 2 * len(late)), (placed, 0)):
        study = make_study(held.sort_values("date_start", ignore_index=True), start=START, as_of=AS_OF)
        made = compute_parts(study)
        assert (made["word"].iloc[0] == RISING) == bool(copied)
        assert made["n_alike"].tolist() == [copied]
        notes = " ".join(notes_of(made))
        assert (f"Mali: {copied} attacks that are like another, and may be copies" in notes) == bool(copied)
        periods = compute_periods(study, first="2024-01..2024-09", second="2024-10..2024-12")
        assert periods["n_alike"].tolist() == [copied]
    made.attrs["lost"] = (11, 100)
    assert "No word here is sure: 11 of the table's 100 rows could not be used." in notes_of(made)
    made.attrs["lost"] = (10, 100)
    assert not any("No word" in note for note in notes_of(made))
    assert not made["turned_back"].any()
    turned = made.assign(word=RISING, month_alone=-1)
    assert "Mali: the last 30 days alone point the other way." in notes_of(turned)
    assert not any("other way" in note for note in notes_of(made.assign(month_alone=-1)))  # no word to turn from


def test_a_rise_from_none_is_a_comparison_too():
    """Of Myanmar's parties "3 comparisons at once. With a change: 5": the rises of two new ones had no ratio."""
    made = compute_parts(opened(MLI=[6] * 56 + [20] * 4, BFA=[0] * 58 + [12, 12], BEN=[0] * 59 + [1]))
    row = made.set_index("part").loc["BFA"]
    assert (row["word"], row["status"], row["stands"]) == (RISING, "not_computed", True)
    told = "2 comparisons at once. With a change: 2; of these, also when all are counted: 2 "
    assert notes_of(made)[0].startswith(told)
    # Of a country that the table has only since then it may be the recording that is new.
    assert made.set_index("part")["may_be_new"].to_dict() == {"BFA": True, "MLI": False, "BEN": False}
    new = "Burkina Faso: the rise rests on what is new to the table, and may be newly recorded."
    assert new in notes_of(made)


def test_what_is_new_in_a_part_is_named_as_alarms_name_it():
    sides = [("Old", [1] * 60), ("New", [0] * 57 + [8] * 3)]
    rows = [{"date": day, "actor_a": name, "attacker": name} for name, counts in sides for day in dates_of(counts)]
    study = make_study(make_incidents(rows), start="2020-01-01", as_of="2024-12-31")
    table = compute_parts(study, by="country")
    assert table["new"].tolist() == ["the party New"]
    assert any(note.startswith("Mali (the party New): the rise rests on what is new") for note in notes_of(table))
    assert compute_parts(study, by="attacker").set_index("part")["new"].to_dict() == {"New": "", "Old": ""}


def test_a_monthly_rate_is_of_thirty_days(parts):
    # 60 in the last 90 days are 20 in 30; 6 a month are 72 in a year of 366 days.
    assert parts.loc["MLI", "per_month"] == pytest.approx(parts.loc["MLI", "recent"] / 3)
    assert parts.loc["NER", "usual"] == pytest.approx(5 * 12 / 366 * 30, rel=0.05)


def test_names_are_those_of_the_language(study):
    french = replace(study, settings=replace(study.settings, language="fr"))
    assert set(compute_parts(french)["name"]) == {"Mali", "Niger", "Burkina Faso", "Bénin"}


def test_only_the_parts_with_most_are_compared_and_the_rest_is_said(study):
    table = compute_parts(study, by="country", most=2)
    assert table["part"].tolist() == ["MLI", "NER"]
    assert "2 further parts hold no more and are not shown." in notes_of(table)


def test_what_belongs_to_no_part_is_of_the_days_that_stand_side_by_side():
    """Myanmar: "344 deadly events belong to no part", of thirty years, stood under 64 of 90 days."""
    made = opened(MLI=[6] * 56 + [20] * 4)
    attacks = made.attacks.assign(attacker="A").astype({"attacker": object})
    attacks.loc[[0, 1, len(attacks) - 1], "attacker"] = pd.NA
    made = replace(made, attacks=attacks)
    assert "1 attack of these days belongs to no part." in notes_of(compute_parts(made, by="attacker"))
    early = compute_periods(made, first="2020", second="2021", by="attacker")
    assert "2 attacks of these days belong to no part." in notes_of(early)
    late = compute_periods(made, first="2021", second="2022", by="attacker")
    assert not any("belong" in note for note in notes_of(late))


def test_what_belongs_to_no_part_is_of_the_84_days_that_weekly_counts_are_compared_by():
    """Niger, counted as a whole, has 7 attacks in the first of the last 12 weeks and 5 in the one before."""
    weeks = pd.date_range("2022-01-01", periods=120, freq="7D").strftime("%Y-%m-%d")
    rows = pd.DataFrame({"week": weeks, "land": "Mali", "region": "Gao", "n": 9})
    whole = rows.assign(land="Niger", region=None, n=[*[0] * 107, 5, 7, *[0] * 11])
    study = open_study(pd.concat([rows, whole]), mapping="date=week,country=land,admin1=region", count="n")
    made = compute_parts(study, by="admin1")
    assert (made["recent_days"].tolist(), made.attrs["n_unplaced"]) == ([84], 7)


def test_a_region_that_the_map_divides_is_told():
    """UCDP's North Eastern of Sri Lanka, which was divided in 2007: Jaffna is in the North, Batticaloa in the East."""
    rows = pd.DataFrame({"date": ["2024-01-05", "2024-02-05", "2024-03-05"], "land": "Sri Lanka"})
    rows = rows.assign(region=["North Eastern", "North Eastern", "Western"], y=[9.66, 7.72, 6.93], x=[80.0, 81.7, 79.9])
    study = open_study(rows, mapping="date=date,country=land,admin1=region,lat=y,lon=x")
    told = "The map has no unit North Eastern (Sri Lanka): maps, and the regions of a report, count these"
    assert any(note.startswith(told) for note in notes_of(compute_parts(study, by="admin1")))
    assert not any("The map has" in note for note in notes_of(compute_parts(study, by="country")))


def test_an_attack_of_two_parties_counts_for_each(study):
    table = compute_parts(study, by="actor").set_index("part")
    assert table.loc["army", "recent"] == table.loc["A", "recent"] + table.loc["B", "recent"]
    assert any("two parties counts for each" in note for note in notes_of(table.reset_index()))


def test_series_are_the_spans_that_the_table_counts(study, parts):
    """In a chart of whole months 5 of Yangon's 25 stood, as 20 March was the last day: what is tested is drawn."""
    series = compute_series(study, parts.reset_index(), by="country")
    assert series["part"].drop_duplicates().tolist() == parts.index.tolist()
    assert series.groupby("part")["value"].apply(lambda values: values.iloc[-3:].sum()).to_dict() == pytest.approx(
        parts["recent"].to_dict()
    )
    of_mali = series[series["part"].eq("MLI")]
    assert len(of_mali) == 36
    assert of_mali["period_end"].iloc[-1] == study.end
    assert (of_mali["period_end"] - of_mali["period_start"]).dt.days.eq(30).all()
    under = parts_chart(study, parts.reset_index(), by="country").draw.words["caption"]
    assert under.n == study.count_between(of_mali["period_start"].iloc[0], study.end)


def test_a_period_after_one_without_any_is_higher():
    """Of CAR's CPC 54 after none were "cannot tell", beside intervals that lie apart."""
    made = opened(MLI=[6] * 36 + [0] * 12 + [3] * 12, BFA=[5] * 60)
    row = compute_periods(made, first="2023", second="2024", by="country").set_index("part").loc["MLI"]
    assert (row["count_1"], row["count_2"], row["word"], row["stands"]) == (0, 36, HIGHER, True)
    assert (row["status"], row["high_1"] < row["low_2"]) == ("not_computed", True)
    first, second = read_periods("2023,2024")
    table = compute_periods(made, first=first, second=second)
    under = periods_chart(made, table, first=first, second=second).draw.words["caption"]
    assert under.n == 36 + 120


def test_periods_are_held_by_the_noise_of_every_comparison(study):
    first, second = read_periods("2023,2024")
    row = compute_periods(study, first=first, second=second).iloc[0]
    counts = (study.count_between(first.first, first.end), study.count_between(second.first, second.end))
    expected = compare_periods(counts[1], 366, counts[0], 365, noise=noise_of(study))
    assert (row["count_1"], row["count_2"], row["days_1"], row["days_2"]) == (*counts, 365, 366)
    assert (row["value"], row["low"], row["high"]) == pytest.approx((expected.ratio, expected.low, expected.high))


def test_periods_of_other_lengths_are_compared_by_rate(study):
    first, second = read_periods("2022,2024-09..2024-12")
    row = compute_periods(study, first=first, second=second, by="country").set_index("part").loc["MLI"]
    assert row["value"] == pytest.approx((80 / 122) / (72 / 365))
    assert (row["per_month_1"], row["per_month_2"]) == pytest.approx((72 / 365 * 30, row["count_2"] / 122 * 30))
    assert row["word"] == HIGHER
    assert row["low"] > 1


def test_a_shift_of_the_periods_order_turns_the_ratio_over(study):
    early, late = read_periods("2020,2021")
    row = compute_periods(study, first=early, second=late, by="country").set_index("part").loc["NER"]
    assert row["value"] == pytest.approx(366 / 365)
    assert row["low"] < 1 < row["high"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2023", "names no two periods"),
        ("2023,2023-06", "overlap"),
        ("2023-01-01..2023-01-09,2023-01-09..2023-01-20", "overlap"),
        ("2024,2023", "wrong order"),
        ("2023,some day", "'some day' is no period"),
        ("2023-12-31..2023-01-01,2024", "ends before it begins"),
        ("2023Q1,2024", "is no period"),
        ("..2022,2023", "is no period"),  # a fault of ours
        ("2021..,2024", "is no period"),  # was the year 2021 alone
        ("NaT,2024", "is no period"),
        ("1.2.2023,2024", "is no period"),  # was 2 January
        ("05/03/2023,2024", "is no period"),
        ("May,2024", "is no period"),
        ("2023-02-29,2024", "is no period"),
    ],
)
def test_what_is_no_pair_of_periods_is_refused(text, words):
    with pytest.raises(ParameterError, match=words):
        read_periods(text)


@pytest.mark.parametrize("most", [0, -1, 2.5, True, None])
def test_no_number_of_parts_is_refused(study, most):
    """-1 left out the part with fewest, and 0 gave an empty table."""
    for compared in (lambda: compute_parts(study, most=most), lambda: study_periods(study, most)):
        with pytest.raises(ParameterError, match=r"most=.*: expected a whole number of at least 1"):
            compared()


def study_periods(study, most):
    return compute_periods(study, first="2022", second="2023", by="country", most=most)


def test_periods_may_follow_each_other():
    first, second = read_periods("2023-01-01..2023-01-08,2023-01-09..2023-01-20")
    assert first.end == second.first


def test_days_of_a_period_are_both_counted():
    assert [period.n_days for period in read_periods("2023-01-01..2023-01-01,2024-02")] == [1, 29]


def test_uncovered_days_are_no_quiet_days(study):
    first, second = read_periods("2024,2025")
    with pytest.raises(
        SelectionError, match=r"2025-01-01\.\.2025-12-31 is not covered: the table covers the selection from 2020-01-01"
    ) as refused:
        compute_periods(study, first=first, second=second)
    assert "e.g." not in str(refused.value)  # no day of it is covered
    with pytest.raises(SelectionError, match=r"e\.g\. 2024-07-01\.\.2024-12-31"):
        compute_periods(
            study, first=read_periods("2023,2024")[0], second=Period(*map(pd.Timestamp, ("2024-07-01", "2025-06-30")))
        )
    with pytest.raises(ParameterError, match="No day may count twice"):
        compute_periods(study, first=first, second=first)


def test_seasons_are_said_where_they_differ(study):
    assert seasons_note(study, *read_periods("2023,2024")) == ""
    assert seasons_note(study, *read_periods("2023-06,2024-06")) == ""
    assert "weigh differently" in seasons_note(study, *read_periods("2023-06,2024-07"))
    # Both touch April and May, of 32 days one with 30 in April and one with 1.
    assert "weigh differently" in seasons_note(study, *read_periods("2022-04-01..2022-05-02,2023-04-30..2023-05-31"))
    # Eighteen months with two rainy seasons beside a year with one; thirteen months weigh almost as twelve do.
    assert "weigh differently" in seasons_note(study, *read_periods("2021-11..2023-04,2023-05..2024-04"))
    assert seasons_note(study, *read_periods("2022,2023-01..2024-01")) == ""


def test_what_is_known_of_seasons_is_said_everywhere(study):
    """It was told on the command line alone: in Python, and under the chart, nothing stood."""
    first, second = read_periods("2022-04-01..2022-05-02,2023-04-30..2023-05-31")
    table = compute_periods(study, first=first, second=second)
    assert any("weigh differently" in note for note in notes_of(table))
    under = Caption("made-up table", "2024-12-31", 700)
    ax = plot_periods(table.assign(told=table["word"]), first="first", second="second", caption=under)
    assert any("weigh" in text.get_text() for text in ax.figure.findobj(Text))
    assert not any("weigh" in note for note in notes_of(compute_periods(study, first="2022", second=2023)))


def test_the_two_periods_need_ten_and_a_first_that_is_not_empty(study):
    table = compute_periods(
        study, **dict(zip(("first", "second"), read_periods("2023,2024"), strict=True)), by="country"
    )
    row = table.set_index("part").loc["BEN"]
    assert (row["word"], row["count_1"], row["count_2"]) == (CANNOT_TELL, 0, 6)
    assert "hold 6 together; a comparison needs 10" in row["reason"]


def test_shares_of_each_year_add_up_to_one(study):
    shares = compute_shares(study)
    assert shares.groupby("period_start")["value"].sum().tolist() == pytest.approx([1.0] * 4 + [1.0])
    last = shares[shares["period_start"].eq(shares["period_start"].max())].set_index("part")
    assert last.loc["BEN", "n"] == 6


def test_a_first_attack_is_one_after_long_quiet(study):
    firsts = compute_firsts(study)
    assert firsts["part"].tolist() == ["BEN"]
    assert firsts.loc[0, "first_day"] == pd.Timestamp("2024-08-01")
    assert firsts.loc[0, "n"] == 6


def test_a_group_of_countries_is_one_part(study):
    row = compute_group(study, ("BEN", "NER")).iloc[0]
    assert (row["count_1"], row["count_2"]) == (60, 66)
    assert compute_group(study, ("TGO",)).empty
    late = replace(study, start=study.end - pd.DateOffset(years=2))
    assert len(compute_group(late, ("BEN", "NER"))) == 1  # just the two years that it needs
    assert compute_group(replace(late, start=late.start + pd.Timedelta(days=1)), ("BEN", "NER")).empty


def test_the_whole_is_called_all_and_equal_parts_stand_by_name(study):
    first, second = read_periods("2023,2024")
    french = replace(study, settings=replace(study.settings, language="fr"))
    names = [compute_periods(one, first=first, second=second)["name"].item() for one in (study, french)]
    assert names == ["all", "toutes"]
    even = opened(NER=[3] * 60, BFA=[3] * 60)
    assert compute_periods(even, first=first, second=second, by="country")["part"].tolist() == ["BFA", "NER"]


def test_a_table_that_places_by_coordinates_alone_is_told_how_it_is_compared_by_region():
    rows = make_incidents([{"date": "2024-03-01", "latitude": 14.5, "longitude": -4.2}] * 3)
    study = make_study(rows, start="2024-01-01", as_of="2024-03-31")
    with pytest.raises(
        SelectionError, match=r"names no first-order units \(unit='admin1' from the start takes those of"
    ):
        compute_parts(study, by="admin1")


def test_an_unknown_part_is_refused(study):
    with pytest.raises(SelectionError, match="not compared by 'nation'; expected one of country"):
        compute_parts(study, by="nation")
    with pytest.raises(SelectionError, match=r"by tactic: none of its [\d,]+ rows names one"):
        compute_parts(study, by="tactic")
    assert Period(pd.Timestamp(START), pd.Timestamp(START)).n_days == 1


def test_as_many_parts_as_rows_take_no_more_memory_than_the_rows():
    n = 6000
    days = pd.date_range("2023-01-01", periods=n // 10).repeat(10).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"date": days, "country": "Mali", "by": [f"A{i}" for i in range(n)]})
    study = analysis.open_study(frame, mapping={"date": "date", "country": "country", "attacker": "by"})
    tracemalloc.start()
    made = compute_parts(study, by="actor", most=2)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made.attrs["n_parts"] == n
    assert most < n * n  # a byte for each part and row: a mask of each


def test_regions_of_counts_are_not_held_against_the_reference_of_their_country(tmp_path):
    months = pd.date_range("2021-01-01", periods=48, freq="MS")
    units = [("Gao", 6), ("Kidal", 2)]
    table = pd.DataFrame([{"month": f"{day:%Y-%m}", "unit": unit, "n": n} for day in months for unit, n in units])
    begins = [f"{day:%Y-%m-%d}" for day in (*months, pd.Timestamp("2025-01-01"))]
    spans = [f"MLI,{first},{last},10,Made-up office" for first, last in pairwise(begins)]
    path = tmp_path / "reference.csv"
    path.write_text("\n".join(["country,period_start,period_end,count,reporter", *spans]))
    told = []
    for reference in (None, path):
        study = open_study(table, mapping="date=month,country==Mali,admin1=unit", count="n", reference=reference)
        told.append(compute_parts(study, by="admin1")["word"].tolist())
    assert told[0] == told[1]
    assert CANNOT_TELL not in told[0]
