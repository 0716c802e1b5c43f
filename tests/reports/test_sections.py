"""What the report says, and that it says so only where a number does."""

import importlib
import re
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.incidents import open_study
from analysis.measures import QUESTIONS, compute_indicators
from analysis.measures.assessment import Regime, rule_words
from analysis.measures.hindsight import Hindsight
from analysis.measures.level import NO_CHANGE, RISING, Level, level_of
from analysis.measures.offensives import offensives_of, parts_told_of
from analysis.measures.surge import watch_units
from analysis.measures.tempo import unusualness_problem
from analysis.reports import blocks, summary, verdict_words, wording
from analysis.reports import page as pages
from analysis.reports.page import open_page
from analysis.reports.sections import assessment, frequency, offensives, severity, surge
from tests.measures.tables import make_incidents, make_study
from tests.measures.test_level import dates_of
from tests.test_language import sentences


@pytest.fixture(scope="module")
def embedded():
    study = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", headline_count=3, n_simulations=1000)
    table = compute_indicators(study)
    return study, wording.Results(study, table), table


def made(dates, *, as_of="2024-12-31", start="2023-01-01", **settings):
    study = make_study(
        make_incidents([{"date": day, "locality": f"town {n}"} for n, day in enumerate(dates)]),
        start=start,
        as_of=as_of,
        n_simulations=300,
        **settings,
    )
    table = compute_indicators(study)
    return study, wording.Results(study, table), table


def section(name):
    return importlib.import_module(f"analysis.reports.sections.{name}")


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_every_question_has_a_section_that_reads_and_writes(question, embedded, tmp_path):
    study, results, _ = embedded
    said = section(question).read(study, results)
    assert said
    assert all(sentence.strip().endswith((".", ":")) for sentence in said)
    section(question).write(open_page(output_dir=str(tmp_path)), study, results)


@pytest.fixture(scope="module")
def sparse():
    return made(["2024-12-20"]), made([f"2024-{month:02d}-15" for month in range(1, 13)])


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_no_section_lets_a_missing_number_through(question, embedded, sparse):
    """A study with next to nothing: every sentence is either a count or a refusal with its reason."""
    for study, results, _ in (embedded, *sparse):
        text = " ".join(section(question).read(study, results))
        assert not re.search(r"\bnan\b|\binf\b|\bNaT\b|None|e\+\d\d", text), text


@pytest.mark.parametrize(
    ("came", "brier", "told"),
    [
        ([0.0, 0.0], 0.003, "All 46 months tried came out alike"),
        ([0.0, 1 / 3], 0.02, "Chances that a rise lasts told more than"),  # 1 of 46: 1/46 * 45/46 = 0.0213
        ([0.0, 1 / 3], 0.022, "Chances that a rise lasts told no more than"),  # more than what was learnt by then alone
    ],
)
def test_chances_that_nothing_could_tell_apart_are_not_said_to_have_told(came, brier, told):
    """Weeks of a steady table: no rise lasted in 46 months, and "told more than the average" stood above two dots; of
    the made-up table it stood above a line that fell from 17 % to 0."""
    reliability = pd.DataFrame({"said": [0.04, 0.12], "came": came, "n": [43, 3]})
    chance = SimpleNamespace(reliability=reliability, n_origins=46, brier=brier, brier_climatology=0.03)
    assert assessment._worth(chance).startswith(told)


def test_how_near_attacks_come_to_neighbours_names_those_that_are_measured(embedded):
    """Boulkessi lies 8 km from Burkina Faso, which has no coast: "0 % lie within 50 km of a neighbouring country"."""
    study, results, _ = embedded
    said = " ".join(section("spread").read(study, results))
    assert "lie in or within 50 km of a neighbour that is measured (95 % interval" in said
    assert "Measured are Côte d'Ivoire, Algeria, Guinea, Mauritania and Senegal." in said


def test_units_under_another_control_are_called_as_in_the_section(monkeypatch):
    """The notebook said "XZA/Tavrin" and "none" where its section said "Tavrin – Ardovia (made up)" and "no alert"."""
    study = open_study("example", unit="admin1", as_of="2024-11-24", n_simulations=50)
    markup = []
    monkeypatch.setattr(pages, "_show", lambda block: markup.append(blocks.markup(block)))
    page = open_page()
    watch = watch_units(study, control="fdr", n_simulations=50)
    section("surge").write_watch(page, study, watch)
    told = " ".join(markup)
    assert "Of such alarms at most 10 % are expected to be false." in told
    assert "Tavrin – Ardovia (made up)" in told
    assert "no alert" in told
    assert "XZA/" not in told
    section("surge").write_watch(page, study, watch_units(study, alarms_per_year=1, n_simulations=50))
    assert any("at most 1 were asked for" in text for text in markup)


def test_the_finding_on_the_embedded_table(embedded):
    study, results, _ = embedded
    sentence, qualifiers = summary.finding(study, results)
    assert sentence == "The table cannot tell whether attacks have become more or fewer."
    assert qualifiers[0] == "20 attacks in the last 90 days; the usual number is 5."
    (tempo,) = (said for said in qualifiers if "3 offensives (1 to 4 by other definitions)" in said)
    assert tempo.endswith("The most in any 30 days is 5, first in those to 5 June 2025.")
    assert any("completeness varies between 14 % and 36 %" in said for said in qualifiers)
    assert any("The reported number, 3, agrees" in said for said in qualifiers)


def test_a_headline_number_that_differs_is_said_to_differ():
    study, results, _ = made(
        ["2023-03-01", "2023-03-01", "2023-09-01", "2023-09-01", "2024-12-20", "2024-12-20"], headline_count=3
    )
    _, qualifiers = summary.finding(study, results)
    assert "The reported number, 3, differs from the count by the default definition (1)." in qualifiers


def test_the_finding_says_the_word_and_the_counts():
    steady = [f"{year}-{month:02d}-{day:02d}" for year in (2023, 2024) for month in range(1, 13) for day in (5, 20)]
    study, results, _ = made(steady)
    assert (
        summary.finding(study, results)[0] == "No clear change: 6 attacks in the last 90 days; the usual number is 6."
    )
    risen = [*steady, *[f"2024-12-{day:02d}" for day in range(6, 19)]]
    study, results, _ = made(risen)
    assert summary.finding(study, results)[0].endswith(": 19 attacks in the last 90 days; the usual number is 6.")


def test_without_a_year_before_the_finding_says_what_is_missing():
    study, results, _ = made(["2024-12-20"], start="2024-12-01")
    sentence, qualifiers = summary.finding(study, results)
    assert sentence == "The table cannot tell whether attacks have become more or fewer."
    assert "the history has 31 days" in qualifiers[0]


def test_outside_coverage_nothing_is_said():
    study, results, _ = made(["2023-02-01", "2024-11-01"], last_day="2024-11-30")
    sentence, qualifiers = summary.finding(study, results)
    assert sentence.startswith("Nothing can be said of")
    assert "not wholly covered" in sentence
    assert qualifiers == []


def test_four_to_six_key_figures_each_with_its_uncertainty_or_reason(embedded, sparse):
    for study, results, _ in (embedded, *sparse):
        cards = summary.key_figures(study, results)
        assert 4 <= len(cards) <= summary.MOST_CARDS
        assert all(card.note for card in cards if card.value == "not computed")


def test_what_was_not_computed_is_listed_with_its_reason(embedded):
    study, results, table = embedded
    listed = " ".join(summary.limits(study, results, table))
    absent = table[table["status"].ne("computed")]
    assert len(absent)
    assert all(reason in listed for reason in absent["reason"])
    for _, rows in absent.groupby("reason"):
        assert rows["name"].iloc[0].replace("_", " ") in listed
        assert len(rows) <= 4 or f"and {len(rows) - 3} more on " in listed


def test_the_rule_behind_the_verdict_is_printed(embedded, tmp_path):
    study, results, _ = embedded
    printed = []
    page = open_page(output_dir=str(tmp_path))
    page.say = lambda *said, as_list=False: printed.extend(said)
    section("assessment").write(page, study, results)
    assert set(rule_words(study)) <= set(printed)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0 %"),
        (0.0004, "under 0.1 %"),
        (0.0123, "1.2 %"),
        (0.384, "38 %"),
        (0.9995, "over 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_never_rounded_to_a_certainty(share, said):
    assert wording.percent(share) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.351, "0.35"), (12.4, "12"), (99.4, "99"), (99.6, "100"), (1003.2, "1,003"), (98765.0, "98,765")],
)
def test_numbers_keep_what_stands_before_the_point(value, said):
    assert wording.number(value) == said


def test_countries_are_called_by_their_english_names():
    study, *_ = made(["2024-12-20"])
    assert wording.title(study) == "Attacks in Mali"


def test_an_interval_names_its_level():
    row = pd.Series({"low": 1.5, "high": 110.0, "level": 0.95})
    assert wording.interval(row, "number") == "95 % interval 1.5 to 110"
    assert wording.interval(row, "× {:.2g}") == "95 % interval 1.5 to 1.1e+02"
    assert wording.interval(pd.Series({"low": float("nan"), "high": 1.0, "level": 0.95}), "number") == ""


def test_offensives_that_were_not_computed_are_not_none(tmp_path):
    """Where joining days would make offensives of coincidences, that is said; no table says that there are none."""
    dates = [f"2024-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 28)]
    study, results, _ = made(dates * 2)
    assert not results.known("offensives_in_window")
    shown = []
    page = open_page(output_dir=str(tmp_path))
    page.table = lambda frame, *, title, **rest: shown.append(title)
    section("offensives").write(page, study, results)
    assert not any(title.startswith("Offensives by first day") for title in shown)
    reason = results.why_not("offensives_in_window")
    observed, expected = (round(results[f"multi_site_days{part}"].value) for part in ("", "_expected"))
    assert f"{observed:,} times" in reason
    assert ("as many" if expected >= observed else f"{expected:,} of these") in reason


def test_an_alarm_beside_a_falling_verdict_is_explained_once():
    """Four a week for years, three in three months, and nine on the last day: falling over 90 days, and a burst."""
    calm = [f"{day:%Y-%m-%d}" for day in pd.date_range("2022-01-01", "2024-09-20", freq="42h")]
    few, burst = ["2024-10-10", "2024-11-05", "2024-11-25"], ["2024-12-31"] * 9
    incidents = make_incidents([{"date": day, "locality": f"town {n}"} for n, day in enumerate(calm + few + burst)])
    study = make_study(incidents, start="2022-01-01", as_of="2024-12-31", n_simulations=300)
    assert section("assessment").assess(study).attacks.word == "falling"
    assert len(section("surge").watch_of(study).alerts) == 1
    said = section("surge").beside_verdict(study)
    assert "A burst at a lower level makes both true" in said[0]
    results = wording.Results(study, compute_indicators(study, questions=["assessment", "surge"]))
    assert said[0] in section("assessment").read(study, results)
    assert said[0] not in section("surge").read(study, results)  # the annex holds both
    quiet = make_study(incidents, start="2022-01-01", as_of="2024-12-20", n_simulations=300)
    assert section("surge").beside_verdict(quiet) == []


def test_no_alarm_beside_a_rising_verdict_is_explained_too():
    """Three a month for years, twenty a month for the last three: rising, and the last weeks as those before."""
    calm = [f"{day:%Y-%m-%d}" for day in pd.date_range("2022-01-01", "2024-09-25", freq="10D")]
    risen = [f"{day:%Y-%m-%d}" for day in pd.date_range("2024-09-26", "2024-12-31", freq="36h")]
    incidents = make_incidents([{"date": day, "locality": f"town {n}"} for n, day in enumerate(calm + risen)])
    study = make_study(incidents, start="2022-01-01", as_of="2024-12-31", n_simulations=300)
    assert section("assessment").assess(study).attacks.word == "rising"
    assert section("surge").watch_of(study).alerts.empty
    assert section("surge").beside_verdict(study)[0].startswith("Mali as a whole is not in alarm")


def test_a_rise_of_the_last_month_is_not_called_old_where_no_alarm_is_on(monkeypatch):
    surge, assess = section("surge"), section("assessment").assess
    study = make_study(
        make_incidents([{"date": f"{day:%Y-%m-%d}"} for day in dates_of([8] * 27 + [10] * 8 + [22])]),
        start="2022-01-01", as_of="2024-12-31", n_simulations=50,
    )  # fmt: skip
    assert assess(study).attacks.young
    units = surge.watch_of(study).units
    quiet = SimpleNamespace(units=units, alerts=units.iloc[:0])
    monkeypatch.setattr(surge, "watch_of", lambda study: quiet)
    (said,) = surge.beside_verdict(study)
    assert "The verdict compares 30 days with the 360 before them." in said
    assert "some time ago" not in said


@pytest.mark.parametrize("question", ["frequency", "offensives", "tempo", "trend", "surge", "assessment"])
def test_a_chart_brings_a_title_and_an_alt_text_of_two_sentences_at_most(question, embedded):
    for study, *_ in (embedded, made([f"2024-{m:02d}-{d:02d}" for m in range(1, 13) for d in (3, 17)])):
        for chart in section(question).charts(study):
            assert chart.title
            assert not chart.title.endswith(".")
            assert 1 <= len(re.findall(r"\.(?= |$)", chart.alt)) <= 2
            assert chart.alt != chart.what


def test_no_sentence_of_the_first_six_questions_has_more_than_thirty_words():
    asked = ("frequency", "offensives", "tempo", "trend", "surge", "assessment", "level", "persistence", "hindsight")
    long = [
        f"{where}: {sentence}"
        for text, where in sentences().items()
        if re.search(rf"(measures|figures|sections)/({'|'.join(asked)})\.py", where)
        for one in (text if isinstance(text, tuple) else (text,))
        for sentence in re.split(r"(?<=\.) ", one)
        if len(sentence.split()) > 30
    ]
    assert not long


def test_panels_of_units_begin_with_those_in_alarm_then_the_busiest():
    calm = [("Gao", f"{day:%Y-%m-%d}") for day in pd.date_range("2022-01-01", "2024-12-31", freq="20D")]
    busy = [("Mopti", f"{day:%Y-%m-%d}") for day in pd.date_range("2022-01-01", "2024-12-31", freq="4D")]
    burst = [("Kidal", "2022-05-01"), *[("Kidal", "2024-12-30")] * 9]
    incidents = make_incidents([{"admin1": name, "date": day} for name, day in calm + busy + burst])
    study = make_study(incidents, start="2022-01-01", as_of="2024-12-31", unit="admin1", n_simulations=200)
    drawn = next(chart for chart in section("surge").charts(study) if chart.name == "surge")
    assert drawn.draw.words["units"] == ["Kidal", "Mopti", "Gao"]


def test_what_recording_could_have_made_is_one_truth_in_tempo_and_verdict(embedded):
    study, results, _ = embedded
    reason = results.why_not("level_ratio")
    told = f"The verdict does not count this, because {reason}."
    assert told in section("tempo").read(study, results)
    assert f"Not counted: tempo and breadth. The reason: {reason}." in section("assessment").read(study, results)


def test_parts_of_which_offensives_can_be_told_are_named_and_answer_when_asked():
    whole = open_study("example", n_simulations=100)
    said = section("offensives").advice(whole)
    assert said == ["Offensives can be told of each of these alone: Red Column (attacker) and Norrin (region)."]
    parts, tried = parts_told_of(whole)
    assert tried > len(parts) == 2
    for part in parts:
        alone = open_study("example", n_simulations=100, **{part.parameter: part.value})
        found = offensives_of(alone)
        assert (found.problem, len(found.offensives)) == ("", part.n_offensives)
        assert bool(unusualness_problem(alone)) != part.judged
        assert section("offensives").advice(alone) == []
    none = open_study("example", country="XZA", attacker="Lantern Society", n_simulations=100)
    (said,) = section("offensives").advice(none)
    assert said.startswith("Nor can they be told of any of 3 parts alone")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (
            [12] * 33 + [7, 6, 20],
            [
                "The last 30 days alone hold 20 attacks, usually 12.",
                "By themselves they are not enough to call it a rise.",
            ],
        ),
        (
            [12] * 33 + [17, 18, 4],
            [
                "The last 30 days alone hold 4 attacks, usually 12.",
                "By themselves they are not enough to call it a fall.",
            ],
        ),
        ([8] * 33 + [40, 31, 3], ["The last 30 days alone do not show it: 3 attacks, usually 8."]),
        ([8] * 33 + [60, 60, 12], ["But the last 30 days hold 12 attacks, and the 60 days before them 120."]),
        ([8] * 33 + [24] * 3, []),
        ([8] * 36, []),
    ],
)
def test_a_month_that_points_another_way_is_said_with_both_counts(counts, expected):
    rows = [{"date": f"{day:%Y-%m-%d}"} for day in dates_of(counts)]
    judged = level_of(make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31"))
    assert verdict_words.month_turned_words(judged) == expected


@pytest.mark.parametrize(
    ("deaths", "attacks", "said"),
    [
        ({}, (RISING, False), "Deaths are rising too: 40 in 90 days, usually 20."),
        ({}, (RISING, True), "Deaths are rising: 40 in 90 days, usually 20."),
        ({}, ("steady", False), "Deaths are rising: 40 in 90 days, usually 20."),
        (
            {"month_turned": True},
            (RISING, True),
            "Deaths are above what is usual: 40 in 90 days, against 20.",
        ),
        ({"back": 30}, (RISING, False), "Deaths are above what is usual: 40 in 90 days, against 20."),
    ],
)
def test_both_pages_say_which_way_deaths_go_in_one_sentence(deaths, attacks, said):
    """The annex said "rising as well ... But" beside a first page that said "above what is usual"."""
    rows = [{"span_days": 90, "recent": 40.0, "usual": 20.0, "ratio": np.nan}, {"span_days": 30, "recent": 9.0}]
    judged = Level("deaths", table=pd.DataFrame(rows), word=RISING, **deaths)
    word, turned = attacks
    assert verdict_words.deaths_words(judged, word=word, turned=turned) == said
    level = Level("attacks", word=word, month_turned=turned)
    assert assessment._deaths_words(SimpleNamespace(deaths=judged, attacks=level))[0] == said


BEGAN = "The rise began about February 2024."
RATES = "20 attacks in 30 days on average"


@pytest.mark.parametrize(
    ("since", "regime", "expected"),
    [
        ("2024-02-20", "2024-03-01", [BEGAN, f"Since then there have been {RATES}; before that, 6."]),
        (
            "2024-02-20",
            "2022-07-01",
            [
                BEGAN,
                f"The last change of level by whole months is another, of about July 2022: {RATES} since, 6 before.",
            ],
        ),
        (None, "2022-07-01", [f"Since about July 2022 there have been {RATES}; before that, 6."]),
        ("2024-02-20", None, [BEGAN]),
    ],
)
def test_a_rise_has_one_date_or_two_that_are_told_apart(since, regime, expected):
    judged = Level("attacks", word=RISING if since else NO_CHANGE, since=pd.Timestamp(since) if since else None)
    held = Regime(since=pd.Timestamp(regime), rate=20.0, rate_before=5.5) if regime else Regime(problem="one rate")
    assert section("assessment")._regime_words(SimpleNamespace(attacks=judged, regime=held)) == expected


@pytest.mark.parametrize(
    ("once", "days", "said"),
    [
        (True, 0, "It did so at once."),
        (True, 1, "It did so 1 day after the beginning."),
        (False, 0, "It did so at once in half of the cases."),
        (False, 12, "It did so within 12 days of the beginning in half of the cases."),
    ],
)
def test_a_delay_is_told_in_days_or_as_none(once, days, said):
    assert assessment._delay(once, days) == said


@pytest.mark.parametrize(
    ("alike", "said"),
    [(1, "Gao, 1 May 2024"), (2, "Gao, 1 May 2024, and 1 other as bad"), (4, "Gao, 1 May 2024, and 3 others as bad")],
)
def test_the_worst_attack_is_not_told_alone_where_others_were_as_bad(alike, said):
    detail = {"place": "Gao", "day": "2024-05-01", "dated": "day", "days": 1, "alike": alike}
    assert severity._where(SimpleNamespace(detail=detail)) == said
    of_month = SimpleNamespace(detail={**detail, "dated": "month"})  # whose first day says nothing
    assert severity._where(of_month) == said.replace("1 May 2024", "May 2024")


def test_as_many_as_the_worst_are_counted():
    dead = [40, 3, 40, *range(1, 12)]
    days = pd.date_range("2022-02-01", periods=len(dead), freq="60D")
    rows = [
        {"date": f"{day:%Y-%m-%d}", "fatalities_best": n, "fatalities_low": n, "fatalities_high": n}
        for day, n in zip(days, dead, strict=True)
    ]
    study = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31", n_simulations=50)
    results = wording.Results(study, compute_indicators(study, questions=["severity"]))
    assert results["deaths_worst_highest"].detail["alike"] == 2
    assert "and 1 other as bad)." in severity._worst(results)


@pytest.mark.parametrize("apart", [0, 1])
def test_figures_that_are_one_throughout_are_read_once(apart):
    dead = [40, 3, 4, *range(1, 60)]
    rows = [
        {"date": f"{day:%Y-%m-%d}", "fatalities_best": n, "fatalities_low": n, "fatalities_high": n + apart}
        for day, n in zip(pd.date_range("2023-02-01", periods=len(dead), freq="11D"), dead, strict=True)
    ]
    study = make_study(make_incidents(rows), start="2023-01-01", as_of="2024-12-11", n_simulations=50)
    told = " ".join(severity.read(study, wording.Results(study)))
    assert told.count("power law is fitted") == 1 + apart
    assert ("highest" in told) == bool(apart)


def test_no_day_of_several_sites_is_not_told_in_zeros():
    told = {"value": 0.0, "low": 0.0, "high": 1.0}
    results = {name: SimpleNamespace(**told) for name in ("multi_site_days", "multi_site_days_expected")}
    results["multi_site_days_p"] = SimpleNamespace(value=1.0)
    known = type("Known", (dict,), {"known": lambda self, *names: True})(results)
    (said,) = offensives._beyond_chance(known)
    assert said.startswith("No attacker hit two or more sites in one day; dates drawn anew")


def test_a_country_takes_its_article_within_a_sentence(embedded):
    study = embedded[0]
    assert wording.unit_within("CAF", study) == "the Central African Republic"
    assert wording.unit_within("CAF", study, first=True) == "The Central African Republic"
    assert wording.unit_within("MLI/Gao", study) == "Gao"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((1, 3), "1 offensive in the window by the definition in use, 1 to 3 over all definitions"),
        ((0, 0), "0 offensives in the window by all definitions"),
    ],
)
def test_definitions_that_agree_are_no_range(values, said):
    assert offensives._title(pd.DataFrame({"value": values, "is_default": [True, False]})) == said


def test_a_gain_over_what_was_hardly_ever_wrong_has_no_interval_of_thousands():
    """It read "95 % interval -25533 to +9 %": the benchmark's error is next to none in many a draw."""
    made_of = SimpleNamespace(shown="outlook", best_benchmark="kept")
    far, near = "from more than twice as high to 9 % lower", "from 50 % higher to 9 % lower"
    for low, words in ((-255.33, far), (-0.5, near)):
        gain = SimpleNamespace(value=0.05, low=low, high=0.09, level=0.95)
        said = section("outlook")._against_benchmark(made_of, {"outlook_attacks_gain": gain}, "attacks")
        assert words in said


class Known(dict):
    """Results that are all known."""

    def known(self, *names):
        return True


@pytest.mark.parametrize(
    ("p", "corrected", "begins"),
    [
        (0.01, 0.5, "Attacks are followed by others nearby more often"),
        (
            0.082,
            0.001,
            "At some distances and delays attacks are followed by others more often than by chance. Of ",
        ),
        (0.082, 0.5, "It is not shown that attacks are followed by others nearby"),
    ],
)
def test_what_a_part_of_the_table_shows_is_not_called_not_shown(monkeypatch, p, corrected, begins):
    """Côte d'Ivoire, April 2011: "It is not shown ... the clearest excess has p = 0.001"."""
    numbers = {"pairs": 1079, "expected": 991, "p": p, "table_p": corrected}
    results = Known({f"near_repeat_{name}": SimpleNamespace(value=value) for name, value in numbers.items()})
    monkeypatch.setattr(section("contagion").contagion, "closeness_of", lambda study: SimpleNamespace(sampled=""))
    study = SimpleNamespace(baseline_start=pd.Timestamp("2008-03-21"))
    assert section("contagion")._near(study, results).startswith(begins)


def test_weeks_of_a_word_are_all_those_in_which_it_was_said():
    """ "In 50 weeks the verdict said rising", of 69: the half year after the others is not known yet."""
    words = pd.DataFrame({"word": [RISING], "n_looks": [69], "n_known": [50], "share": [0.44], "share_of_all": [0.35]})
    said = assessment.hindsight_words(Hindsight(words))
    assert said[0].startswith("The verdict said rising 69 times; of 50 whose next half year is known, 44 % stayed")


def test_charts_of_attacks_and_of_deaths_have_titles_of_their_own():
    first = {"period_start": pd.Timestamp("2025-01-01"), "value": 5.0, "low": 1.0, "high": 9.0}
    scores = {"horizon": [0, 0], "kind": ["outlook", "kept"], "crps": [1.0, 2.0], "coverage_95": [0.93, 0.5]}
    made_of = SimpleNamespace(
        coming=pd.DataFrame([first | {"level": 0.95}]), forecasts=pd.DataFrame([first | {"level": 0.95}]),
        scores=pd.DataFrame(scores), shown="outlook", gain=0.1, gain_low=0.05, best_benchmark="kept",
    )  # fmt: skip
    inside = [section("outlook")._titles(made_of, quantity)[2] for quantity in ("attacks", "deaths")]
    assert inside == [
        f"{of}: 93 % of past months fell inside the outlook's 95 % intervals" for of in ("Attacks", "Deaths")
    ]


def test_a_range_whose_ends_read_alike_is_no_disagreement():
    """It read "anywhere from over 99.9 % to over 99.9 %: models, figures and resamples disagree that much"."""
    detail = {"deaths": {"lowest": 9, "highest": 9}, "next_attacks": 241}
    for least, told in ((0.9999, "is over 99.9 % by all models."), (0.2, "lies anywhere from 20 % to over 99.9 %")):
        ends = {"least": least, "most": 1.0}
        results = {f"worst_again_{name}": SimpleNamespace(value=end, detail=detail) for name, end in ends.items()}
        assert f"as bad as the worst so far {told}" in severity._range(results)


def test_of_a_table_of_counts_no_incidents_are_looked_for_below_the_bars():
    """ "No incident in these periods" stood below bars of 30 a month."""
    weeks = pd.date_range("2022-01-01", periods=130, freq="7D")
    rows = pd.DataFrame({"week": weeks, "land": "Mali", "n": 7})
    (chart,) = section("frequency").charts(open_study(rows, mapping="date=week,country=land", count="n"))
    assert "incidents below" not in chart.alt
    figure = chart.draw().figure
    assert not [text for text in figure.findobj(Text) if "no incident" in text.get_text()]
    plt.close(figure)


def test_of_weeks_and_looks_that_hold_as_many_none_is_named_alone():
    days = pd.to_datetime(["2024-01-01", "2024-01-08", "2024-01-15"])
    looks = pd.DataFrame({"day": days, "recent": [4.0, 9.0, 9.0], "word": "steady"})
    assert assessment._looks_alt(looks, 90).endswith("the peak is 9, on 8 January 2024 and 1 other.")
    counts = pd.DataFrame({"period_start": days, "value": [2.0, 2.0, 1.0]})
    assert "January 2024 and 1 other, with 2" in frequency._timeline_alt(counts, counts.head(0), single=False)


@pytest.mark.parametrize(
    ("over", "said"),
    [({}, ""), ({"month_turned": True}, ", but turned back of late"), ({"standing": True}, ", no longer clear")],
)
def test_titles_of_charts_say_what_has_become_of_a_rise(over, said):
    """ "Rising: 6 deadly events", a title, stood below "the rise is no longer clear"."""
    judged = Level("attacks", table=pd.DataFrame(), word="rising", **over)
    assert assessment._short(judged) == f"rising{said}"
    assert assessment._verdict(judged) == f"Rising{said}"


def test_of_units_as_unusual_as_each_other_none_stands_out_most(monkeypatch):
    ends = pd.Timestamp("2024-07-01")
    units = pd.DataFrame({"unit": ["MLI/Gao", "MLI/Mopti"], "p_value": 0.001, "observed": 9, "expected": 2.0})
    units = units.assign(window_weeks=1, period_end=ends, alarm=True)
    study = SimpleNamespace(table=None)
    monkeypatch.setattr(surge, "unit_name", lambda unit, study: unit)
    for observed, said in (([9, 9], "2 units of 2 stand above"), ([9, 8], "MLI/Gao stands out most: 9 attacks")):
        watch = SimpleNamespace(alerts=units.assign(observed=observed), units=units)
        assert surge._ranked_title(watch, study).startswith(said)


def test_what_cannot_be_told_is_not_the_largest_ratio_of_a_text_alternative():
    """Niger, Benin and Togo: "the largest is 4.8 times: attacks" was read aloud where the chart says "cannot tell"."""
    lines = {"line": ["attacks", "coordination"], "value": [4.8, 1.2], "direction": ["cannot tell", "no change found"]}
    assert assessment._lines_alt(pd.DataFrame(lines)).endswith("The largest is 1.2 times: coordination.")
