"""A made-up table in the form of ACLED's weekly aggregates, and the page about tables that is shown on it: ``python -m
tests.aggregates``."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from tests.readme import ROOT, commands, run_command

PAGE = ROOT / "docs" / "tables.md"
NAME = "Africa_aggregated_data_up_to_week_of-2026-05-30.csv"
COLUMNS = [
    "WEEK", "REGION", "COUNTRY", "ADMIN1", "EVENT_TYPE", "SUB_EVENT_TYPE", "EVENTS", "FATALITIES",
    "POPULATION_EXPOSURE", "DISORDER_TYPE", "ID",
    "CENTROID_LATITUDE", "CENTROID_LONGITUDE",
]  # fmt: skip
UNITS = {"Mali": ("Gao", "Kayes", "Mopti", "Segou"), "Niger": ("Diffa", "Tillabery")}
TYPES = (
    ("Battles", "Armed clash", "Political violence", 1.2),
    ("Violence against civilians", "Attack", "Political violence", 0.8),
    ("Protests", "Peaceful protest", "Demonstrations", 0.5),
    ("Strategic developments", "Arrests", "Strategic developments", 0.2),
)


def write_aggregates(
    folder: Path, *, weeks: int = 260, last: str = "2026-05-30", rise: float = 3.0, seed: int = 1
) -> Path:
    """Write the table: four years and more of weeks that start on Saturdays; in Kayes attacks rise in the last
    eight weeks."""
    generator = np.random.default_rng(seed)
    path = folder / NAME
    days = pd.date_range(end=last, periods=weeks, freq="7D")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, day in enumerate(days):
            for country, units in UNITS.items():
                for place, unit in enumerate(units):
                    for kind, sub, disorder, rate in TYPES:
                        more = (
                            rise
                            if unit == "Kayes" and number >= weeks - 8 and disorder == "Political violence"
                            else 1.0
                        )
                        events = generator.poisson(rate * more)
                        if events:
                            dead = generator.poisson(1.5 * events) if disorder == "Political violence" else 0
                            writer.writerow(
                                [
                                    f"{day:%Y-%m-%d}",
                                    "Western Africa",
                                    country,
                                    unit,
                                    kind,
                                    sub,
                                    events,
                                    dead,
                                    1000,
                                    disorder,
                                    place,
                                    14.5,
                                    -4.2,
                                ]
                            )
    return path


def renewed(folder: Path) -> str:
    """Return the page with what its commands print now."""
    write_aggregates(folder)
    text = PAGE.read_text(encoding="utf-8")
    for command, output in commands(text):
        text = text.replace(f"$ {command}\n{output}```", f"$ {command}\n{run_command(command, folder)}```")
    return text


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        PAGE.write_text(renewed(Path(scratch)), encoding="utf-8")
