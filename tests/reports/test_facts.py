"""Facts are fields: every method and every reason can be worded otherwise, and a report says the same but for those
words."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.incidents.counting import rounded
from analysis.incidents.study import DAY
from analysis.measures import QUESTIONS, compare, compute_indicators, frequency, maps, panels
from analysis.measures.level import level_of
from analysis.publishing import changes
from analysis.reports import brief, brief_tables, summary, wording
from analysis.reports.page import open_page
from analysis.reports.report import section_of
from analysis.reports.sections import frequency as frequency_section
from tests.measures.tables import make_incidents, make_study

SIGN = re.compile(r"<<([a-z]+):([a-z0-9_]+)>>")


def made_up():
    """Return a study in which attacks come often, anywhere in a degree, and kill: most is computed."""
    rows = [
        {"date_start": f"{2021 + month // 12}-{1 + month % 12:02d}-{day:02d}", "latitude": 14 + (day * 7 % 10) / 10,
         "longitude": -3 + (month * 3 % 10) / 10, "fatalities_best": 1 + day * month % 9, "attacker": "JNIM"}
        for month in range(36) for day in range(1, 2 + (month % 5) + month // 6, 2)
    ]  # fmt: skip
    return make_study(make_incidents(rows), start="2021-01-01", as_of="2023-12-31", n_simulations=200)


def embedded():
    return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=200)


def renamed(indicators):
    """Return rows whose methods and reasons are signs that nobody can take apart."""
    out = indicators.copy()
    for field in ("method", "reason"):
        out[field] = [
            f"<<{field}:{name}>>" if text else "" for name, text in zip(out["name"], indicators[field], strict=True)
        ]
    return out


def read_all(study, indicators):
    results = wording.Results(study, indicators)
    sentence, qualifiers = summary.finding(study, results)
    cards = [
        ". ".join((card.label, card.value, card.uncertainty, card.note)) for card in summary.key_figures(study, results)
    ]
    said = [("finding", [sentence, *qualifiers]), ("figures", cards)]
    for question in QUESTIONS:
        section = section_of(question)
        said.append((question, section.read(study, results)))
        if hasattr(section, "finding"):
            said.append((question, [section.finding(study, results)]))
    return said


@pytest.mark.parametrize("study", [embedded, made_up], ids=["embedded", "made up"])
def test_sentences_are_renamed_and_nothing_breaks(study):
    study = study()
    indicators = compute_indicators(study)
    rows = indicators[indicators["unit"].eq(study.place)].set_index("name")

    def restored(sentence):
        return SIGN.sub(lambda sign: rows.loc[sign[2], sign[1]], sentence)

    before, after = read_all(study, indicators), read_all(study, renamed(indicators))
    assert [question for question, _ in before] == [question for question, _ in after]
    signs = 0
    for (question, said), (_, other) in zip(before, after, strict=True):
        for sentence, changed in zip(said, other, strict=True):
            signs += len(SIGN.findall(changed))
            # A sentence may raise the first letter of a reason that it begins with.
            assert restored(changed).lower() == sentence.lower(), question
    assert signs > 5


def test_the_verdict_of_a_report_is_read_from_its_field():
    row = {
        "name": "escalation_verdict",
        "unit": "MLI",
        "value": 1.0,
        "status": "computed",
        "method": "words",
        "label": "elevated",
    }
    assert changes._verdict({("escalation_verdict", "MLI"): row}) == "elevated"
    assert changes._verdict({("escalation_verdict", "MLI"): row | {"method": "others: elevated"}}) == "elevated"


# ---------------------------------------------------------------------------------------------------------------------
# One number of a window is one number everywhere

PLACES = [("Gao", "Gao"), ("Gao", "Ansongo"), ("Mopti", "Bankass"), ("Segou", "Niono"), ("Segou", None)]


def dated(form, *, as_of="2025-07-31", months=30, seed=7):
    """Return rows of so many months that end with the month of ``as_of``, in one of the forms of dates that a publisher
    may write: to the day; the month alone, as its first day or as all of its days; both; the year."""
    draw, last = np.random.default_rng(seed), pd.Timestamp(as_of)
    rows = []
    for back in range(months):
        month = (last - pd.DateOffset(months=back)).to_period("M")
        for number in range(int(draw.integers(3, 7 + 5 * (back < 2)))):
            day = int(draw.integers(1, min(month.days_in_month, last.day if back == 0 else 31) + 1))
            rough = form in ("month", "span") or (form in ("both", "year") and draw.random() < 0.5)
            start = end = f"{month}-{day:02d}"
            if rough:
                start, end = f"{month}-01", f"{month}-{month.days_in_month}" if form == "span" else f"{month}-01"
            precision = ("year" if form == "year" and number == 0 else "month") if rough else "day"
            admin1, locality = PLACES[int(draw.integers(len(PLACES)))]
            best = float(draw.integers(0, 9))
            rows.append({
                "date_start": start, "date_end": end, "date_precision": precision, "admin1": admin1,
                "locality": locality, "attacker": ("JNIM", "ISSP")[number % 2], "fatalities_low": max(best - 1, 0),
                "fatalities_best": best, "fatalities_high": best + number,
                "target_group": ("civilians", "security_forces")[number % 2],
            })  # fmt: skip
    return rows


def by_hand(rows, first, last, start, end):
    """Return what the days from ``first`` to ``last`` hold of a study of ``[start, end)``, day by day: attacks,
    deaths (lowest, best, highest figures), the places that are hit surely, and perhaps."""
    n, deaths, held = 0.0, np.zeros(3), {}
    for row in rows:
        day, until = pd.Timestamp(row["date_start"]), pd.Timestamp(row["date_start"])
        if row["date_precision"] != "day":
            period = day.to_period({"month": "M", "year": "Y"}[row["date_precision"]])
            day, until = period.start_time, period.end_time.normalize()
        days = [one for one in pd.date_range(day, until) if start <= one < end]
        share = sum(first <= one <= last for one in days) / len(days)
        n += share
        deaths += share * np.array([row[f"fatalities_{name}"] for name in ("low", "best", "high")])
        if row["locality"]:
            place = row["admin1"], row["locality"]
            held[place] = max(held.get(place, 0), share)
    return n, deaths, tuple(sum(shares) for shares in zip(*((one == 1, one > 0) for one in held.values()), strict=True))


FORMS = [
    ("month", "2025-07-31", 30),  # July begins a day before the window
    ("both", "2025-07-31", 7),
    ("span", "2025-07-31", 30),
    ("year", "2025-07-31", 30),
]


@pytest.mark.parametrize(("form", "as_of", "window"), FORMS)
def test_attacks_deaths_and_places_of_a_window_are_one_number_everywhere(form, as_of, window, tmp_path):
    rows = dated(form, as_of=as_of)
    first = (pd.Timestamp(as_of) - pd.DateOffset(months=29)).to_period("M").start_time
    study = make_study(
        make_incidents(rows), start=f"{first:%Y-%m-%d}", as_of=as_of, window_days=window, n_simulations=50
    )
    span = study.start, study.end
    held = {days: by_hand(rows, study.end - days * DAY, study.as_of, *span) for days in {7, 30, 90, window}}
    n, deaths, _ = held[window]
    close = {"abs": 2e-5}

    # The indicators, as JSON and CSV hold them.
    indicators = compute_indicators(study, questions=["frequency", "offensives", "claims"])
    page = open_page(output_dir=str(tmp_path))
    page.indicators(indicators, study)
    document = json.loads((tmp_path / "indicators.json").read_text())
    of_json = {row["name"]: row["value"] for row in document["indicators"]}
    of_csv = pd.read_csv(tmp_path / "indicators.csv").set_index("name")["value"]
    for values in (of_json, of_csv):
        assert values["attacks_in_window"] == pytest.approx(n, **close)
        assert values["attack_rate_window"] * window / 7 == pytest.approx(n, **close)
        assert values["published_deaths_best"] == pytest.approx(deaths[1], **close)
        assert values["attacks_in_window"] + values["attacks_in_baseline"] == pytest.approx(len(rows), **close)
    row = indicators.set_index("name").loc["attacks_in_window"]
    assert row["low"] <= row["value"] + 1e-6
    assert row["value"] <= row["high"] + 1e-6
    assert study.count_between(study.window_start, study.end) == pytest.approx(n, **close)
    assert study.count_between(study.window_start, study.end, "deaths") == pytest.approx(deaths[1], **close)

    # Its section, the annex's cards, its tables.
    results = wording.Results(study, indicators)
    told = wording.count(n)
    assert frequency_section.read(study, results)[0].startswith(f"The table records {told} attack")
    card = summary.key_figures(study, results)[0]
    assert (card.label, card.value) == (f"Attacks in {window} days", told)
    for by in ("attacker", "target_group"):
        assert frequency.compare_parts(study, by=by)["n_window"].sum() == pytest.approx(n, **close)
    assert frequency.rolling_of(study)["value"].iloc[-1] == pytest.approx(n, **close)

    # The brief's cards and tables speak of the last 30 days, whatever the window.
    n, deaths, places = held[30]
    figures = brief.figures_of(study)
    assert figures.days == 30
    assert figures.recent == pytest.approx(n, **close)
    assert [figures.deaths.low, figures.deaths.best, figures.deaths.high] == pytest.approx(deaths, **close)
    assert figures.deaths.n == pytest.approx(n, **close)
    assert figures.places == places
    where, who = brief.where_of(study, 30), brief.who_of(study, 30)
    for table in (where.units, who.parties, maps.where_of(study).units):
        assert table["recent"].sum() == pytest.approx(n, **close)
    for table in (where.units, who.parties):
        sums = [table[f"deaths_{name}"].sum() for name in ("low", "best", "high")]
        assert sums == pytest.approx(deaths, **close)
    assert figures.regions[:2] == maps.where_of(study).n_hit
    # Beside the table of regions: no more of them than have a row there, and all whose attacks are all of this period.
    assert figures.regions[1] == where.units["recent"].gt(0).sum()
    assert who.civilians[0] == pytest.approx(who.civilians[1].n)
    facts = replace(brief_of_figures(study, figures), where=where, who=who)
    notes = [brief_tables.places_table(facts)[3], brief_tables.parties_table(facts)[3]]
    parts = ["Attacks dated to a month or a year count by their days" in note for note in notes]
    assert parts == [bool((where.units["recent"] % 1).any()), False]  # once on a page
    told = {card.label: card.value for card in brief_tables.cards(brief_of_figures(study, figures))}
    shown = (
        str(places[0])
        if places[0] == places[1]
        else f"{places[0]} to {places[1]}"
        if places[0]
        else f"up to {places[1]}"
    )
    assert (told["Last 30 days"], told["Places hit"]) == (str(rounded(n)), shown)
    low, high = (rounded(deaths[at]) for at in (0, 2))
    assert told["Deaths, 30 days"] == f"{low} to {high}"

    # The verdict, on attacks and on deaths, and the parts beside each other.
    for quantity, at in (("attacks", None), ("deaths", 1)):
        table = level_of(study, quantity=quantity).table.set_index("span_days")
        for days in (30, 90):
            of_days = held[days][0] if at is None else held[days][1][at]
            assert table.loc[days, "recent"] == pytest.approx(of_days, **close)
    parts = compare.compute_parts(study, by="attacker")
    assert parts["recent"].sum() == pytest.approx(held[90][0], **close)
    assert parts["deaths_low"].sum() == pytest.approx(held[90][1][0], **close)

    # The months of both timelines, and of what looks at months.
    months = frequency.counts_of(study)
    shown = brief.timeline_of(study, figures).periods
    assert shown["value"].tolist() == pytest.approx(months["value"].tolist(), **close)
    whole = months[months["complete"]].set_index("period_start")["value"]
    off = panels.month_panel(study)[study.place].sub(whole)
    assert off.abs().max() <= 1  # sums of parts of attacks are rounded, and nothing is lost
    assert abs(off.sum()) < 1


def brief_of_figures(study, figures):
    """Return a brief that has no more than its figures."""
    gone = brief.Absent("")
    return brief.Brief(
        study.noun, study.as_of, len(study.attacks), brief.headline_of(study), figures, *[gone] * 5,
        trust=brief.trust_of(study, figures.days),
    )  # fmt: skip
