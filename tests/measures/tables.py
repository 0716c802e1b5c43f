"""Small tables by hand, and studies on them, without touching a file."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from analysis.incidents.canonical import COLUMNS, COVERAGE_COLUMNS, REFERENCE_COLUMNS
from analysis.incidents.parameters import Selection
from analysis.incidents.study import DAY, Settings, Study

DEFAULTS = {
    "source": "project",
    "date_precision": "day",
    "country": "MLI",
    "geo_precision": "exact",
    "attacker": "A",
    "attacker_type": "jihadist",
    "target_group": "security_forces",
    "role_basis": "stated",
    "incident_kind": "attack",
}

START = pd.Timestamp("2022-01-01")


def attacks_of(days, places):
    return [
        {"date": f"{START + pd.Timedelta(days=int(day)):%Y-%m-%d}", "latitude": lat, "longitude": lon}
        for day, (lat, lon) in zip(days, places, strict=True)
    ]


def make_incidents(rows: list[dict]) -> pd.DataFrame:
    """Return a canonical table; each row needs only what its test is about, with ``date`` for a one-day incident."""
    filled = []
    for number, row in enumerate(rows):
        row = dict(row)
        start = row.pop("date", None) or row.pop("date_start")
        end = row.pop("date_end", start)
        name = row.pop("incident_id", f"i{number:04d}")
        filled.append(DEFAULTS | {"incident_id": name, "row": number + 2, "date_start": start, "date_end": end} | row)
    frame = pd.DataFrame(filled, columns=list(COLUMNS))
    for column in ("date_start", "date_end"):
        frame[column] = pd.to_datetime(frame[column])
    return frame.astype(COLUMNS)


def make_study(
    incidents: pd.DataFrame,
    *,
    start: str,
    as_of: str,
    attacker: str = "",
    reference: list[tuple] = (),
    claims: pd.DataFrame | None = None,
    last_day: str | None = None,
    unit: str = "country",
    **settings: object,
) -> Study:
    """Return a study on a hand-made table; ``reference`` holds (country, first day, end day exclusive, count)."""
    counts = pd.DataFrame([(*row, "the army") for row in reference], columns=list(REFERENCE_COLUMNS))
    coverage = pd.DataFrame([("MLI", start, last_day or as_of, "stated")], columns=list(COVERAGE_COLUMNS))
    table = SimpleNamespace(
        n_lost=0,
        rows=incidents,
        incidents=incidents,
        deaths_refused=frozenset(),
        coverage=_dated(coverage, COVERAGE_COLUMNS),
        reference=_dated(counts, REFERENCE_COLUMNS) if reference else None,
        provenance=SimpleNamespace(
            rows_read=len(incidents),
            rows_kept=len(incidents),
            rows_rejected=0,
            cells_blanked=0,
            of_a_person=(),
            source="project",
            file="made.csv",
            path=Path("made.csv"),
        ),
    )
    first, end = pd.Timestamp(start).as_unit("us"), pd.Timestamp(as_of).as_unit("us") + DAY
    inside = incidents[incidents["date_start"].between(first, end - DAY)]
    attacks = inside[inside["attacker"].eq(attacker)] if attacker else inside
    return Study(
        table=table,
        selection=Selection(country=("MLI",), attacker=(attacker,) if attacker else (), as_of=as_of, unit=unit),
        settings=Settings(**settings),
        attacks=attacks.sort_values(["date_start", "incident_id"]).reset_index(drop=True),
        incidents=inside.reset_index(drop=True),
        start=first,
        end=end,
        claim_rows=claims,
    )


def _dated(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    for name, dtype in columns.items():
        if dtype.startswith("datetime"):
            frame[name] = pd.to_datetime(frame[name])
    return frame.astype(columns)


def dates_of(counts):
    """Return one date an event, given how many events each 30-day span before the end of 2024 holds, oldest first."""
    dates = []
    for back, count in enumerate(reversed(counts)):
        end = pd.Timestamp("2024-12-31") - pd.Timedelta(days=30 * back)
        dates += [end - pd.Timedelta(days=int(day)) for day in (np.arange(count) * 30 // max(count, 1))]
    return dates
