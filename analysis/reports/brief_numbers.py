"""How the brief writes counts, deaths, changes and names."""

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.places import country_name, in_country
from analysis.language import localised, say
from analysis.measures.maps import are_new
from analysis.measures.parts import DOWN, SAME, UP, Deaths
from analysis.reports.brief import Brief
from analysis.reports.maps import LEAST_USUAL

# Longer ago than this, the month with most offensives is no news.
LATELY = pd.Timedelta(days=365)
MOST_NAME, MOST_WORD = 60, 30


def usual_words(usual: float) -> str:
    """Return a usual month's count as people say it."""
    if usual < 0.05:
        return count(0)
    if usual < LEAST_USUAL:
        return say("under 1")
    whole = rounded(usual)
    return count(whole) if abs(usual - whole) < 0.05 else say("about {n}", n=whole)


def deaths_words(deaths: Deaths, *, ranged: bool = False) -> str:
    """Return deaths by their best figures, or from the lowest to the highest; open above where some rows have none."""
    if not deaths.n:
        return count(0)
    if not deaths.n_stated:
        return "–"
    if deaths.n_stated < deaths.n and not rounded(deaths.low) and rounded(deaths.high):
        return say("up to {n} known", n=rounded(deaths.high))  # "0 or more" would tell nothing, and look like none
    if deaths.n_stated < deaths.n:
        return say("{n} or more", n=rounded(deaths.low))
    known = np.isfinite(deaths.best) and not ranged and (deaths.best > 0 or not deaths.high)
    if deaths.low == deaths.high or known:
        return count(deaths.high if deaths.low == deaths.high else deaths.best)
    if not rounded(deaths.low):  # which nobody may have said
        return say("up to {n}", n=rounded(deaths.high))
    return say("{low} to {high}", low=rounded(deaths.low), high=rounded(deaths.high))


def count(value: float) -> str:
    """Return a count in the language's form, and of some that are less than half of one that they are."""
    return say("under 1") if 0 < round(value, 6) < 0.5 else localised(f"{rounded(value):,}")


def number(value: float) -> str:
    """Return a number whole from ten on, with a digit from one on, and with two below, in the language's form."""
    if abs(value) >= 10 or value == rounded(value):
        return localised(f"{value:,.0f}")
    return localised(f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}")


def compares(brief: Brief) -> bool:
    """Tell whether counts may be held beside usual ones: recording that changes could make any change by itself, and
    rough dates hide each."""
    return brief.headline.because not in ("uneven", "chosen", "uncovered", "rough")


def more_than_usual(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the parts that count more than usual: by their ratio, or with some where there is next to none."""
    return parts[parts["direction"].eq(UP) | are_new(parts["usual"], parts["recent"])]


def has_ratio(row: object) -> bool:
    """Tell whether a part is held beside its usual month by a ratio with its interval, in `change_words`."""
    recent, usual = row.recent, row.usual  # type: ignore[attr-defined]
    return not are_new(usual, recent) and recent > 0 and row.direction in (UP, DOWN) and np.isfinite(row.ratio)  # type: ignore[attr-defined]


def change_words(row: object) -> str:
    """Return what a part's count is beside its usual month, with its interval where a ratio says something."""
    recent, usual = row.recent, row.usual  # type: ignore[attr-defined]
    if np.isnan(usual):
        return "–"
    if has_ratio(row):
        ends = {"ratio": number(row.ratio), "low": number(row.low), "high": number(row.high)}  # type: ignore[attr-defined]
        return say("× {ratio} ({low}–{high})", **ends)
    if are_new(usual, recent):
        return say("from next to none")
    if row.direction == DOWN and not recent:  # type: ignore[attr-defined]
        return say("none now")
    return say("no clear change") if row.direction == SAME else say("too few to say")  # type: ignore[attr-defined]


def unit_names(units: pd.DataFrame, *, of: pd.DataFrame | None = None) -> list[str]:
    """Return units' names as a reader knows them, each with its country where the units, or those ``of`` which they
    are, lie in several; a country's own name where a unit is one."""
    several = len((units if of is None else of)["country"].unique()) > 1
    return [
        country_name(code) if not name else cut_name(in_country(name, code) if several else name)
        for name, code in zip(units["name"], units["country"], strict=True)
    ]


def cut_name(name: str) -> str:
    """Return a name as a line can hold it: a long word, and a long name, end in an ellipsis."""
    words = [word if len(word) <= MOST_WORD else f"{word[: MOST_WORD - 1]}…" for word in name.split(" ")]
    whole = " ".join(words)
    return whole if len(whole) <= MOST_NAME else f"{whole[: MOST_NAME - 1]}…"
