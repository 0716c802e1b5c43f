"""What the verdict's rule promises, measured: on series in which nothing changes, on planted changes, on plain cases,
on what came after.

    python -m tests.benchmarks.verdict [SHARE]         # prints the tables of docs/verdict.md, or a share of the series

Beside it stand the plain 90-day ratio at two fixed bounds, and a floor of twenty lines: noise from successive
differences, gamma posteriors. The plain cases and the ordering need the UCDP files beside the checkout, and are left
out where they are absent.
"""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents import load_incidents
from analysis.incidents.places import to_iso3
from analysis.measures.deadliest import SingleDeaths
from analysis.measures.hindsight import count_flips
from analysis.measures.level import judge_days
from analysis.measures.level_rule import judge_history
from tests.benchmarks import histories

SHARED = Path(__file__).resolve().parents[3] / "shared"
N_WEEKS, N_LOOKS = 320, 24  # a word has forgotten by the last eight looks what it was before the first
RATES = (0.2, 0.5, 1, 2, 8, 20)
SEEDS = (11, 21, 31)  # of the series in which nothing changes
RISE, FALL = 1.5, 1 / 1.5
# Deaths of an attack: exponents of the tail (the lower, the heavier), and the most of one.
TAILS, MOST_DEATHS, DEADLY_RATES = (1.5, 2.5), 500, (1.0, 4.0)


def days_of(generator, weekly):
    """Return daily counts, shape (n_series, n_days): each event of a week on one of its days."""
    counts = weekly.astype(int).T
    days = np.zeros((*counts.shape, 7), dtype=int)
    left = counts.copy()
    for day in range(6):
        days[..., day] = generator.binomial(left, 1 / (7 - day))
        left -= days[..., day]
    days[..., 6] = left
    return days.reshape(counts.shape[0], -1)


def families(generator, n, mean):
    """Return weekly counts of each family without a change, shape (N_WEEKS, n)."""
    alike = np.full(n, float(mean))
    weeks = np.arange(N_WEEKS)[:, None]
    season = 1 + 0.3 * np.sin(2 * np.pi * (weeks / 52.18 + generator.random(n)))
    return {
        "Poisson": histories.poisson(generator, N_WEEKS, alike),
        **{
            f"negative binomial, dispersion {dispersion}": histories.negative_binomial(
                generator, N_WEEKS, alike, np.full(n, float(dispersion))
            )
            for dispersion in (2, 5, 10)
        },
        "yearly season of 30 %": generator.poisson(mean * season).astype(float),
        "Hawkes, branching .5, 7 days": histories.bursts(generator, N_WEEKS, alike, np.full(n, 0.5), np.full(n, 7.0)),
        "AR(1) level, memory .9 a week, deviation .4": histories.wandering(
            generator, N_WEEKS, alike, np.full(n, 0.9), np.full(n, 0.4)
        ),
    }


def floor_words(days):
    """Return the floor's codes: successive differences of 30-day counts, gamma posteriors, a level of .9."""
    n_days = days.shape[1]
    edges = n_days - 30 * np.arange(min(39, n_days // 30), -1, -1)
    total = np.concatenate([np.zeros((days.shape[0], 1)), days.cumsum(axis=1)], axis=1)
    spans = np.diff(total[:, edges], axis=1)
    random = np.random.default_rng(1)
    codes = []
    for y in spans:
        a, b = y[:-1], y[1:]
        held = a + b > 0
        r = (b - a)[held] ** 2 / (a + b)[held]
        noise = max(1.0, np.minimum(r, np.quantile(r, 0.9)).mean()) if r.size >= 6 else 1.5
        now = random.gamma((y[-3:].sum() + 0.5) / noise, noise / 3, 4000)
        before = random.gamma((y[-15:-3].sum() + 0.5) / noise, noise / 12, 4000)
        codes.append(1 if (now / before > 1.25).mean() > 0.9 else -1 if (now / before < 0.8).mean() > 0.9 else 0)
    return np.array(codes)


def ratio_words(days):
    """Return the codes of the plain ratio of 90 days to the 360 before them, at 3/2 and 2/3."""
    recent, reference = days[:, -90:].sum(axis=1), days[:, -450:-90].sum(axis=1)
    ratio = np.where(reference > 0, 4 * recent / np.maximum(reference, 1), 1.0)
    return np.where(ratio >= RISE, 1, np.where(ratio <= FALL, -1, 0))


def rule_words(days, sizes=None):
    """Return the rule's codes at the last eight looks, shape (n_series, 8), and changes and flips over all looks; of
    attacks, or of deaths where the attacks' sizes are given, one array for each series."""
    last, changed, flipped = [], 0, 0
    weeks = pd.Series(pd.date_range("2020-01-05", periods=N_LOOKS, freq="7D"))
    for at, series in enumerate(days):
        if sizes is None:
            codes, _ = judge_days(series, n_looks=N_LOOKS)
        else:
            daily, singles = deaths_by_day(series, sizes[at]), single_attacks(series, sizes[at])
            codes, _ = judge_days(daily, n_looks=N_LOOKS, quantity="deaths", singles=singles)
        last.append(codes[-8:])
        one, other = count_flips(weeks[: len(codes)], pd.Series(codes))
        changed, flipped = changed + one, flipped + other
    return np.array(last), changed, flipped


def deaths_by_day(days, deaths):
    """Return the deaths of each day, given how many attacks each holds and the deaths of each attack."""
    return np.bincount(np.repeat(np.arange(days.size), days), deaths, days.size)


def single_attacks(days, deaths):
    """Return the attacks of a series one by one."""
    at = np.repeat(np.arange(days.size), days)
    return SingleDeaths(pd.Timestamp("2020-01-01"), at, at + 1, deaths, deaths_by_day(days, deaths**2))


def sizes_of(generator, days, exponent, factor=1.0, weeks=0):
    """Return the deaths of every attack of each series: whole numbers from 1 with a power-law tail, at most
    `MOST_DEATHS`; in the last weeks so many times as many."""
    found = []
    for series in days:
        deaths = np.floor(generator.random(series.sum()) ** (-1 / exponent)).clip(max=MOST_DEATHS)
        late = np.repeat(np.arange(series.size) >= series.size - 7 * weeks, series)
        found.append(np.where(late, np.round(deaths * factor), deaths))
    return found


def false_alarms(n):
    print("| series without a change | rule: rising / falling | floor | plain ratio | flips |")
    print("| --- | --- | --- | --- | --- |")
    held = {}
    for generator in map(np.random.default_rng, SEEDS):
        for mean in RATES:
            for name, weekly in families(generator, n, mean).items():
                days = days_of(generator, weekly)
                held.setdefault(name, []).append((rule_words(days), floor_words(days), ratio_words(days)))
    for name, found in held.items():
        cells = []
        for pick in (lambda part: part[0][0], lambda part: part[1], lambda part: part[2]):
            codes = np.concatenate([pick(part).ravel() for part in found])
            cells.append(f"{(codes == 1).mean():.1%} / {(codes == -1).mean():.1%}")
        changed, flipped = (sum(part[0][at] for part in found) for at in (1, 2))
        print(f"| {name} | {' | '.join(cells)} | {flipped} of {changed} |", flush=True)


def known_test(days, dispersion, code):
    """Return what a one-sided test at 5 % that knows the dispersion finds."""
    recent, reference = days[:, -90:].sum(axis=1), days[:, -450:-90].sum(axis=1)
    mean = (recent + reference) / 5
    z = (recent - reference / 4) / np.sqrt(np.maximum(dispersion * mean * 1.25, 1e-9))
    return z > 1.645 if code == 1 else z < -1.645


def noises(generator):
    """Return the dispersion over long spans and a draw of weekly counts, shape (N_WEEKS, n), for each kind of noise."""
    return {
        "Poisson": (1.0, lambda mean: histories.poisson(generator, N_WEEKS, mean)),
        "negative binomial, dispersion 3": (
            3.0,
            lambda mean: histories.negative_binomial(generator, N_WEEKS, mean, np.full(mean.size, 3.0)),
        ),
        "Hawkes, branching .5, 7 days": (
            4.0,
            lambda mean: histories.bursts(generator, N_WEEKS, mean, np.full(mean.size, 0.5), np.full(mean.size, 7.0)),
        ),
    }


def power(n):
    print("| planted change | rule | test that knows the noise | floor |")
    print("| --- | --- | --- | --- |")
    generator = np.random.default_rng(12)
    changes = (
        ("doubling for 90 days", 2, 13, 1),
        ("fall to a third for 90 days", 1 / 3, 13, -1),
        ("fourfold month", 4, 4, 1),
    )
    for noise, (dispersion, draw) in noises(generator).items():
        for mean in (2.0, 5.0):
            for words, factor, weeks, code in changes:
                weekly = draw(np.full(n, mean))
                weekly[-weeks:] = draw(np.full(n, mean * factor))[-weeks:]
                days = days_of(generator, weekly)
                found = (rule_words(days)[0][:, -1] == code).mean()
                known = known_test(days, dispersion, code).mean()
                print(
                    f"| {noise}, {mean:g} a week: {words} | {found:.0%} | {known:.0%} |"
                    f" {(floor_words(days) == code).mean():.0%} |",
                    flush=True,
                )


def deaths_words(n):
    """Print what is said of deaths where attacks come at one rate and are as deadly as ever; and where either doubles,
    beside a test that knows the noise."""
    print("| deaths | no change: rising / falling | flips | twice as many attacks | twice as deadly |")
    print("| --- | --- | --- | --- | --- |")
    generator = np.random.default_rng(13)
    for kind, (dispersion, draw) in noises(generator).items():
        for exponent, mean in product(TAILS, DEADLY_RATES):
            (drawn,) = sizes_of(generator, np.array([[1_000_000]]), exponent)
            noise = (drawn**2).mean() / drawn.mean() + (dispersion - 1) * drawn.mean()
            calm = days_of(generator, draw(np.full(n, mean)))
            codes, changed, flipped = rule_words(calm, sizes_of(generator, calm, exponent))
            weekly = draw(np.full(n, mean))
            weekly[-13:] = draw(np.full(n, 2 * mean))[-13:]
            more = days_of(generator, weekly)
            found = []
            for days, sizes in (
                (more, sizes_of(generator, more, exponent)),
                (calm, sizes_of(generator, calm, exponent, factor=2, weeks=13)),
            ):
                daily = np.array([deaths_by_day(*series) for series in zip(days, sizes, strict=True)])
                said, known = rule_words(days, sizes)[0][:, -1] == 1, known_test(daily, noise, 1)
                found.append(f"{said.mean():.0%} ({known.mean():.0%})")
            print(
                f"| {kind}, {mean:g} a week, tail {exponent:g} | {(codes == 1).mean():.1%} / {(codes == -1).mean():.1%}"
                f" | {flipped} of {changed} | {' | '.join(found)} |",
                flush=True,
            )


def real_days():
    """Return daily counts of each country from 1989 on, from the UCDP files beside the checkout."""
    found = {}
    for file in sorted((SHARED / "data" / "ucdp").glob("*.csv*")):
        if not file.name.startswith(("ged211", "GEDEvent_v24", "GEDEvent_v23_1_Central", "hdx")):
            continue
        incidents = load_incidents(file).incidents
        incidents = incidents[(incidents["date_end"] - incidents["date_start"]).dt.days <= 7]
        end = pd.Timestamp(f"{incidents['date_start'].dt.year.max()}-12-31")
        for country, rows in incidents.groupby("country"):
            at = (rows["date_start"] - pd.Timestamp("1989-01-01")).dt.days.to_numpy()
            found[str(country)] = np.bincount(at[at >= 0], minlength=(end - pd.Timestamp("1989-01-01")).days + 1)
    return found


def plain_cases(real):
    cases = pd.read_csv(SHARED / "oracles" / "verdict_clear_cases.csv", parse_dates=["as_of"])
    codes = cases["country"].map(to_iso3)
    said = {"rule": [], "floor": [], "plain ratio": []}
    for code, row in zip(codes, cases.itertuples(), strict=True):
        n_days = (row.as_of - pd.Timestamp("1989-01-01")).days + 1
        days = real[code][:n_days]
        said["rule"].append(judge_days(days)[0][-1])
        said["floor"].append(int(floor_words(days[None, -1170:])[0]))
        said["plain ratio"].append(int(ratio_words(days[None])[0]))
    print("| plain cases | rise | fall | steady | opposite |")
    print("| --- | --- | --- | --- | --- |")
    right = {"rise": 1, "fall": -1, "steady": 0}
    for name, words in said.items():
        words = np.array(words)
        cells = [f"{(words[cases['label'].eq(label)] == code).mean():.0%}" for label, code in right.items()]
        opposite = sum(int((words[cases["label"].eq(label)] == -right[label]).sum()) for label in ("rise", "fall"))
        print(f"| {name} | {' | '.join(cells)} | {opposite} |")


def area(score, came):
    """Return the area under the curve: the chance that what came has the higher score."""
    order = pd.Series(score).rank().to_numpy()
    n, m = came.sum(), (~came).sum()
    return (order[came].sum() - n * (n + 1) / 2) / (n * m)


def ordering(real):
    up, ratio, came, words, flips, changes, silent, judged = [], [], [], [], 0, 0, 0, 0
    for days in real.values():
        spans = np.add.reduceat(days, np.arange(days.size % 30, days.size, 30)).astype(float)
        evidence, _ = judge_history(spans[None])
        after = np.array([spans[at + 1 : at + 7].mean() if at + 6 < spans.size else np.nan for at in range(spans.size)])
        before = evidence.reference[0] / 12
        usable = (
            np.isfinite(after)
            & np.isfinite(evidence.p_above[0])
            & (evidence.recent[0] + evidence.reference[0] >= 24)
            & (before > 0)
        )
        up.append((evidence.p_up - evidence.p_down)[0][usable])
        ratio.append(evidence.ratio[0][usable])
        came.append(after[usable] >= RISE * before[usable])
        codes, _ = judge_days(days, n_looks=days.size // 7)
        weeks = pd.Series(pd.date_range("1989-01-01", periods=len(codes), freq="7D"))
        one, other = count_flips(weeks, pd.Series(codes))
        changes, flips = changes + one, flips + other
        words.append(codes)
        judged += usable.sum()
        silent += (~evidence.enough[0][usable]).sum()
    came = np.concatenate(came)
    print(
        f"ordering over {came.size} months of {len(real)} countries: rule {area(np.concatenate(up), came):.3f}, plain"
        f" ratio {area(np.concatenate(ratio), came):.3f}"
    )
    print(f"weekly looks over the same: {flips} of {changes} changes taken back within four weeks")
    print(f"too few clusters to begin a word: {silent} of {judged} months with 24 events or more")


def main(share=1.0):
    false_alarms(int(90 * share))
    power(int(200 * share))
    deaths_words(int(100 * share))
    if (SHARED / "data" / "ucdp").exists():
        real = real_days()
        plain_cases(real)
        ordering(real)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
