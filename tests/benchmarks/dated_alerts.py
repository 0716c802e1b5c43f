"""Was the own rule in alarm before OCHA said so? The dates of HDX Signals' alerts on conflict, held against alarms on
UCDP's tables.

    python -m tests.benchmarks.dated_alerts FOLDER     # FOLDER holds UCDP's files; prints the table of docs/alarms.md

An alert is met where a week in alarm ended within the four weeks up to its date. Chance is the share of all days of the
same span, a week apart, that are met so. Each country is one unit; every week has the bounds of what was known before
it, at the level that is usual for one unit (in no more than one week in a hundred) and at that of 4 false alarms a
year.

Dates: OCHA Centre for Humanitarian Data, HDX Signals (indicator acled_conflict), CC BY-IGO.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents import open_study
from analysis.incidents.errors import SelectionError
from analysis.incidents.study import DAY
from analysis.measures import surge, watched
from tests.benchmarks.outlook_gain import TABLES

DATES = {
    "Myanmar": (
        "2011-01-30", "2012-09-03", "2015-02-11", "2015-02-15", "2016-10-26", "2017-08-25", "2019-03-09", "2021-03-27",
        "2021-03-31", "2021-09-29", "2022-06-17", "2023-11-10", "2023-11-16",
    ),
    "Central African Republic": (
        "2002-05-09", "2006-06-27", "2009-06-09", "2010-04-17", "2012-04-18", "2013-03-28", "2013-04-02", "2013-12-06",
        "2016-10-12", "2017-05-13", "2017-05-23", "2021-01-12", "2021-09-06",
    ),
    "Burkina Faso": ("2002-02-02", "2019-01-01", "2019-12-01"),
    "Niger": ("1998-12-01", "2015-02-06", "2016-06-16", "2018-12-28", "2020-02-01"),
}  # fmt: skip
WEEKS = max(surge.WINDOWS)


def weeks_in_alarm(file, country, quantity, first, last, asked):
    """Return the ends of all weeks between two days, and which of them were in alarm."""
    ends, fired = [], []
    while last > first:
        try:
            study = open_study(file, unit="country", as_of=last, **({"country": country} if country else {}))
        except SelectionError:  # no row yet
            break
        options = {"quantity": quantity, "alarms_per_year": asked, "n_simulations": 10}
        series = surge.watch_units(study, **options).series
        if series.empty:
            break
        ends.append(series["period_end"].to_numpy())
        fired.append((series["alarm"].astype(bool) | series["four_weeks"].notna()).to_numpy())
        last = series["period_start"].min() - DAY
    order = np.argsort(np.concatenate(ends))
    return np.concatenate(ends)[order], np.concatenate(fired)[order]


def met(days, ends, fired):
    """Return for each day whether a week in alarm ended within the four weeks up to it."""
    days = np.asarray(days, dtype=ends.dtype)[:, None]
    return np.any(fired & (ends - DAY <= days) & (ends - DAY > days - WEEKS * watched.WEEK), axis=1)


def main(folder):
    sys.stdout.write(
        "| country | alerts | false alarms a year asked | by attacks (chance) | by deaths (chance) | by either (chance)"
        " |\n| --- | --- | --- | --- | --- | --- |\n"
    )
    for name, file, country, _ in TABLES:
        if name not in DATES:
            continue
        days = pd.DatetimeIndex(DATES[name])
        span = days[0] - 365 * DAY, days[-1] + 7 * DAY
        for asked in (None, 4.0):
            both = [
                weeks_in_alarm(Path(folder) / file, country, quantity, *span, asked)
                for quantity in ("attacks", "deaths")
            ]
            ends, attacks = both[0]
            deaths = np.isin(ends, both[1][0][both[1][1]])
            told = days[days >= ends[0]]
            cells = [
                f"{met(told, ends, fired).sum()} ({met(ends - DAY, ends, fired).mean():.0%})"
                for fired in (attacks, deaths, attacks | deaths)
            ]
            level = "as usual" if asked is None else f"{asked:g}"
            sys.stdout.write(f"| {name} | {len(told)} | {level} | {' | '.join(cells)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
