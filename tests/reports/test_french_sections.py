"""A section says in French what it says in English: no English word is left, and its numbers are the same."""

import re
from collections import Counter
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis import open_study
from analysis.measures import QUESTIONS, compute_indicators
from analysis.measures.claims import record_of
from analysis.reports.report import section_of
from analysis.reports.wording import Results
from tests.measures.exports import keep_exports

# Words that English has and French has not.
ENGLISH = frozenset(
    [
        "the",
        "and",
        "of",
        "is",
        "are",
        "was",
        "were",
        "be",
        "with",
        "not",
        "which",
        "attacks",
        "deaths",
        "killed",
        "than",
        "from",
        "by",
        "that",
        "this",
        "these",
        "they",
        "it",
        "its",
        "between",
        "within",
        "because",
        "could",
        "expected",
        "window",
        "baseline",
        "days",
        "months",
        "weeks",
        "day",
        "month",
        "week",
        "share",
        "claim",
        "claimed",
        "their",
        "there",
        "where",
        "how",
        "many",
        "more",
        "less",
        "fewer",
        "least",
        "most",
        "highest",
        "lowest",
        "no",
        "none",
        "near",
        "far",
        "since",
        "last",
        "first",
        "years",
        "figures",
        "figure",
        "rows",
        "row",
        "in",
        "on",
        "at",
        "to",
        "as",
        "an",
        "or",
    ]
) - {"on", "as", "or", "an"}


# Of other questions, what a section speaks of too.
NEEDED = {
    "frequency": ["frequency", "offensives", "reliability"],
    "tempo": ["tempo", "offensives"],
    "trend": ["trend", "reliability"],
}


class Shown:
    """A page that only remembers its words."""

    def __init__(self):
        self.words = []

    def say(self, *sentences, **how):
        self.words += sentences

    def table(self, frame, *, title, columns=None, note="", **how):
        self.words += [title, note, *(columns or {}).values()]

    def alerts(self, document):
        pass

    def charts(self, charts, said):
        for chart in charts:
            self.words += [chart.what, chart.title, chart.alt] if len(chart.numbers) else []


def embedded(language):
    return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", language=language, n_simulations=200)


def busy(language):
    """Six years of attacks that come in clusters around four towns, more of them in the last year, each with deaths."""
    generator = np.random.default_rng(7)
    centres = np.array([(14.5, -4.2), (16.3, -3.4), (13.4, -6.3), (15.2, -9.6)])
    days = np.sort(np.concatenate([generator.integers(0, 2190, 320), generator.integers(1900, 2190, 120)]))
    town = generator.integers(0, 4, days.size)
    places = centres[town] + generator.normal(0, 0.15, (days.size, 2))
    best = np.round(generator.pareto(1.3, days.size) * 2)
    frame = pd.DataFrame(
        {
            "incident_id": [f"i{number:04d}" for number in range(days.size)],
            "date_start": (pd.Timestamp("2018-01-01") + pd.to_timedelta(days, unit="D")).strftime("%Y-%m-%d"),
            "country": "Mali",
            "locality": [f"Ville {one}" for one in town],
            "latitude": places[:, 0],
            "longitude": places[:, 1],
            "attacker": "Groupe A",
            "target_type": "civilians",
            "fatalities_best": best,
        }
    )
    return open_study(frame, as_of="2023-12-29", language=language, n_simulations=200)


def rising(language):
    """Two regions, deaths known: few attacks for three years, then many in the last three months."""
    days = [
        *pd.date_range("2021-01-05", "2023-09-30", freq="13D"),
        *pd.date_range("2023-10-01", "2023-12-31", freq="2D"),
    ]
    n = np.arange(len(days))
    frame = pd.DataFrame(
        {
            "incident_id": [f"i{one:04d}" for one in n],
            "date_start": [f"{day:%Y-%m-%d}" for day in days],
            "country": "Mali",
            "admin1": np.where(n % 5, "Gao", "Kidal"),
            "locality": [f"Ville {one % 7}" for one in n],
            "latitude": 15 + n % 4 / 10,
            "longitude": n % 3 / 10,
            "attacker": "Groupe A",
            "target_type": "civilians",
            "fatalities_low": 1 + n % 4,
            "fatalities_best": 1 + n % 5 + n % 4,
            "fatalities_high": 9 + n % 6,
        }
    )
    return open_study(frame, as_of="2023-12-30", unit="admin1", language=language, n_simulations=200)


@cache
def pair(made):
    return [made(language) for language in ("en", "fr")]


def words_of(study, question):
    """Return a section's words, with the names that its table gives taken out."""
    section, page = section_of(question), Shown()
    results = Results(study, compute_indicators(study, questions=NEEDED.get(question, [question])))
    section.write(page, study, results)
    text = "\n".join([*section.read(study, results), *page.words])
    names = {"incidents.csv", "claims.csv", *study.attacks["locality"].dropna(), *study.attacks["admin1"].dropna()}
    if study.table.reference is not None:
        names |= set(study.table.reference["reporter"])
    if study.claim_rows is not None:
        told = record_of(study).placed
        names |= {*told["speaker"], *told["claimant"], *told["publisher"], *told["unit"], *told["where"]}
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = text.replace(name, "")
    return text


def numbers_of(text, *, thousands, decimal):
    plain = text.replace(thousands, "").replace(decimal, ".").replace("1er ", "1 ")
    return Counter(re.findall(r"\d+(?:\.\d+)?", plain))


def assert_the_same(english, french):
    """No English word is left in the French text, and the numbers of both are the same."""
    left = [
        line
        for line in french.split("\n")
        if ENGLISH & set(re.findall(r"[a-zà-ÿ]+", line.replace("d'", "").replace("l'", "").lower()))
    ]
    assert not left, "\n".join(left[:10])
    assert english != french
    # Between digits alone: a list of numbers is no thousand.
    in_english = numbers_of(re.sub(r"(?<=\d),(?=\d{3})", "", english), thousands="\0", decimal="\0")
    in_french = numbers_of(re.sub(r"(?<=\d),(?=\d)", ".", french), thousands="\u202f", decimal="\0")
    assert in_english == in_french, (in_english - in_french, in_french - in_english)


# What the embedded table alone has: claims, and a reference for its completeness.
OF_THE_EMBEDDED = [(embedded, question) for question in ("claims", "frequency", "reliability", "trend")]


@pytest.mark.parametrize(("made", "question"), [*product((busy, rising), QUESTIONS), *OF_THE_EMBEDDED])
def test_no_english_is_left_and_the_numbers_are_the_same(made, question):
    assert_the_same(*(words_of(study, question) for study in pair(made)))


def test_late_reports_are_told_in_both_languages(tmp_path):
    paths, _, _ = keep_exports(tmp_path / "kept")
    english, french = (
        words_of(
            open_study(paths[-1], country="MLI", snapshots=str(paths[0].parent), as_of="2025-06-29", language=language),
            "reliability",
        )
        for language in ("en", "fr")
    )
    share = re.search(r"and (\d+ %) after 4 weeks", english).group(1)
    assert f"{share} of the attacks are in the table 4 weeks after they happened" in english  # the chart's title
    assert_the_same(english, french)


def test_what_is_left_or_differs_is_found():
    with pytest.raises(AssertionError, match="12 attaques of Mali"):
        assert_the_same("12 attacks of Mali", "12 attaques of Mali")
    with pytest.raises(AssertionError):
        assert_the_same("1,234 attacks, 0.5", "1\u202f234 attaques, 0,6")
    assert_the_same("1,234 attacks, 0.5", "1\u202f234 attaques, 0,5")
