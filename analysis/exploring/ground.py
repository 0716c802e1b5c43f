"""A table that is looked at again and again: what can be chosen of it, and what is computed once for all looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from analysis.incidents.actors import names_nobody
from analysis.incidents.check import selectable
from analysis.incidents.given import checked_parameters
from analysis.incidents.load import IncidentTable, load_incidents
from analysis.incidents.opening import open_study, refuse_uncovered, source_of
from analysis.incidents.parameters import Reading, Selection, Settings, names_of, reading_of
from analysis.incidents.places import country_name
from analysis.incidents.selection import Kept, in_time_order, keeping
from analysis.incidents.study import Study
from analysis.language import current
from analysis.measures.linking import read_definition
from analysis.measures.placing import why_unplaced

# Of a long list of actors or types only the most frequent are offered; any other can be typed.
MOST_OFFERED = 400
# Studies that are kept, so that going back to what was seen costs nothing.
MOST_KEPT = 12
# Up to as many rows everything is computed at once; of more the slow parts wait until nobody is choosing.
SMALL = 20_000
# What a look is told that selects no rows.
BESIDE = ("window_days", "offensive")
T = TypeVar("T")
_PLACE = ["country", "latitude", "longitude", "geo_precision"]


class Ground:
    """A loaded table, as `analysis.open_study` takes it, with everything that does not depend on what is chosen of it;
    ``parameters`` of that function hold for every look."""

    def __init__(self, table: "str | Path | pd.DataFrame | IncidentTable", parameters: Mapping[str, object]) -> None:
        checked_parameters(parameters)
        self.given = table
        self.parameters = dict(parameters)
        if isinstance(table, IncidentTable):
            self.table = table
        else:
            self.table = load_incidents(source_of(table), **reading_of(parameters))  # type: ignore[arg-type]
        # Selections of rows in time order need no sorting, whatever is chosen.
        self.table = replace(self.table, incidents=in_time_order(self.table.incidents))
        self._studies: dict[tuple[object, ...], Study] = {}
        self._selections = Kept()
        self._drawn: dict[tuple[object, ...], dict[str, object]] = {}

    @cached_property
    def offers(self) -> dict[str, object]:
        """What can be chosen: names with their numbers of rows, most frequent first, and the days that are covered."""
        told = selectable(self.table)
        rows = self.table.rows
        attackers: dict[str, int] = {}
        if self.table.counts is None:
            attackers = {
                str(name): int(n) for name, n in rows["attacker"].value_counts().items() if not names_nobody(str(name))
            }
        by_country: dict[str, list[str]] = {}
        if self.table.counts is None:
            pairs = pd.concat(
                [
                    rows[["country", column]].rename(columns={column: "actor"})
                    for column in ("actor_a", "actor_b", "attacker")
                ]
            )
            tally = pairs.dropna().value_counts().reset_index()
            for code, part in tally.groupby("country", observed=True):
                names = [name for name in part["actor"].astype(str) if not names_nobody(name)]
                by_country[str(code)] = list(dict.fromkeys(names))[:MOST_OFFERED]
        return {
            "countries": [
                [code, country_name(code), n]
                for code, n in sorted(told["country"].items(), key=lambda pair: country_name(pair[0]))
            ],
            "attackers": list(attackers)[:MOST_OFFERED],
            "actors": list(told["actor"])[:MOST_OFFERED],
            "actors_by_country": by_country,
            "event_types": [[name, n] for name, n in list(told["event_type"].items())[:MOST_OFFERED]],
            "first_day": f"{self.table.coverage['first_day'].min():%Y-%m-%d}",
            "last_day": f"{self.table.coverage['last_day'].max():%Y-%m-%d}",
            "file": self.table.provenance.file,
            "rows": self.table.provenance.rows_kept,
            "holds_counts": self.table.counts is not None,
            "key": f"{self.table.provenance.sha256[:12]}",
        }

    @cached_property
    def placed(self) -> np.ndarray:
        """Whether each row of the file, by its number, is placed well enough for a map; each place is judged once."""
        rows = self.table.incidents
        placed = np.zeros(int(rows["row"].max()) + 1 if len(rows) else 0, dtype=bool)
        place = rows.groupby(_PLACE, dropna=False, observed=True, sort=False).ngroup().to_numpy()
        first = np.unique(place, return_index=True)[1]
        placed[rows["row"].to_numpy()] = why_unplaced(rows.iloc[first]).eq("").to_numpy()[place]
        return placed

    def drawn(
        self, frame: tuple[float, ...], countries: tuple[str, ...], make: Callable[[], dict[str, object]]
    ) -> dict[str, object]:
        """Return the lines around the places of a look; another look at the same places has the same."""
        language = current()  # the names of countries are in it
        return _kept(self._drawn, (frame, countries, language), make)

    @property
    def knows_places(self) -> bool:
        """Whether `placed` is known already, or costs next to nothing."""
        return "placed" in vars(self) or self.is_small

    @property
    def is_small(self) -> bool:
        """Whether all of a look is computed in a moment."""
        return len(self.table.incidents) <= SMALL

    def look(self, chosen: Mapping[str, object]) -> "Look":
        """Return the study of one look; what was seen lately is taken up again with all that was computed of it."""
        whole = (
            {name: value for name, value in chosen.items() if name not in BESIDE}
            if self.table.counts is None
            else chosen
        )
        base = _kept(self._studies, tuple(sorted(whole.items())), lambda: self._open(whole))
        # The window and the definition of an offensive select no rows: the study is the same but for what it is told.
        beside = {name: chosen[name] for name in BESIDE if name in chosen and whole is not chosen}
        checked_parameters(beside)
        read_definition(str(chosen.get("offensive", "")))  # refused now, not when offensives are looked for
        selection: dict[str, Any] = {name: value for name, value in beside.items() if name in names_of(Selection)}
        settings: dict[str, Any] = {name: value for name, value in beside.items() if name in names_of(Settings)}
        if not beside:
            return Look(base, base, base)
        joined = base
        if any(selection.values()):
            defined = ("defined", *sorted({**whole, **selection}.items()))
            joined = _kept(
                self._studies, defined, lambda: replace(base, selection=replace(base.selection, **selection))
            )
        told = ("told", *sorted(chosen.items()))
        study = _kept(self._studies, told, lambda: replace(joined, settings=replace(joined.settings, **settings)))
        return Look(study, base, joined)

    def _open(self, chosen: Mapping[str, object]) -> Study:
        # What says how to read the table was done once.
        held = {name: value for name, value in self.parameters.items() if name not in names_of(Reading)}
        with keeping(self._selections):
            study = open_study(self.table, **{**held, **chosen})
        refuse_uncovered(study)
        return study


def _kept(held: dict[tuple[object, ...], T], key: tuple[object, ...], make: Callable[[], T]) -> T:
    """Return what is held under a key, made where it is not; of many the oldest goes."""
    if key not in held:
        made = make()
        while len(held) >= MOST_KEPT:
            held.pop(next(iter(held)))
        held[key] = made
    return held[key]


@dataclass(frozen=True)
class Look:
    """A study, the one with the same rows whose verdict it shares, and the one whose offensives it shares."""

    study: Study
    base: Study
    joined: Study
