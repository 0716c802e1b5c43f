"""The closing table of a run of benchmarks: each work beside its peer or its goal; `make bench` writes it into the docs
too.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "speed.md"
# Set by `make bench`.
WRITES_PAGE = "ESCALATION_SPEED_PAGE"
BEGIN, END = "<!-- ratios: written by `make bench` -->", "<!-- end of ratios -->"
HEAD = ("work", "seconds here", "beside it, in the same run", "times as fast", "goal")


def rows_of(benchmarks: Iterable[Mapping[str, object]]) -> list[tuple[str, ...]]:
    """Return a line for each benchmark that has a peer or a goal.

    Parameters
    ----------
    benchmarks
        Each with ``name``, ``seconds`` (the best round) and ``extra_info``: of it ``peer``, ``times_as_fast``,
        ``goal_times`` (the least number of times as fast) and ``goal_seconds`` are shown. Goals are told, not asserted:
        they depend on the machine.
    """
    rows = []
    for one in benchmarks:
        info, seconds = one["extra_info"], one["seconds"]
        faster, peer = info.get("times_as_fast"), info.get("peer", "")
        goal, met = "", None
        if (least := info.get("goal_times")) is not None:
            goal, met = f"{least:.2g} times", faster >= least
        elif (most := info.get("goal_seconds")) is not None:
            goal, met = f"{most:g} s", seconds <= most
        if not peer and not goal:
            continue
        shown = "" if faster is None else f"{faster:,.0f}" if faster >= 10 else f"{faster:.2g}"
        told = goal if met is None else f"{goal}: {'reached' if met else 'not reached'}"
        rows.append((one["name"].removeprefix("test_").replace("_", " "), f"{seconds:.3g}", peer, shown, told))
    return rows


def as_table(rows: Iterable[tuple[str, ...]]) -> str:
    """Return the lines as a table in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def renewed(page: str, table: str) -> str:
    """Return a page with another table between its marks."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}"


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, exitstatus, config):
    """Print the table."""
    session = getattr(config, "_benchmarksession", None)
    done = [one for one in session.benchmarks if one.stats.data] if session else []
    rows = rows_of({"name": one.name, "seconds": one.stats.min, "extra_info": one.extra_info} for one in done)
    if not rows:
        return
    terminalreporter.write_sep("-", "beside peers and goals")
    terminalreporter.write_line(as_table(rows))
    if os.environ.get(WRITES_PAGE) and not exitstatus:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), as_table(rows)), encoding="utf-8")
        terminalreporter.write_line(f"written to {PAGE.name}")
