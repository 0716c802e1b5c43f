"""Who said what: one row per statement, as an interval. A claim about a wave is never split over its incidents."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.actors import BETWEEN_ALIASES
from analysis.incidents.cells import POINTED
from analysis.incidents.dates import written_days
from analysis.incidents.errors import TableError
from analysis.incidents.files import MISSING, RawTable, open_table
from analysis.incidents.places import fold, most_written, spelled_alike
from analysis.incidents.problems import BLANKED, KEPT, SET_ASIDE, ProblemLog, summarise_problems
from analysis.incidents.reasons import CAN_BE_THOUSANDS, IS_MISSING
from analysis.incidents.side_tables import read_side_table, texts_of
from analysis.language import localised, message, say
from analysis.resources import resource

NEEDED = ("claim_id", "wave_or_incident", "claimant", "claimant_side", "subject_side", "measure", "bound", "value")
OPTIONAL = ("unit", "publisher", "published_date", "url", "verified")
BOUNDS = ("exact", "at_least", "more_than", "about", "up_to", "at_most", "undisclosed")
SIDES = ("attacker", "defender", "third_party")
# Whose loss or property: `all` is every party together, as publishers of incidents count.
SUBJECTS = ("attacker", "defender", "civilian", "materiel", "site", "all")

PERSON_MEASURES = (
    "killed", "wounded", "captured", "missing", "abducted", "casualties_total", "attackers_engaged",
    "killed_bodies_removed",
)  # fmt: skip
SITE_MEASURES = re.compile(r"(sites|positions|towns|camps|bases|posts)_(seized|attacked|destroyed|held|lost)")
THING_MEASURES = re.compile(r"[a-z_]+_(seized|destroyed|damaged|engaged|used|lost|recovered)")
_SUBJECTS_OF = {
    "persons": ("attacker", "defender", "civilian", "all"),
    "sites": ("site",),
    "things": ("materiel", "attacker", "defender"),
    "qualitative": ("site", "materiel"),
}

# The last word of a unit, without its plural s, tells what is counted.
_NOUNS = {
    "persons": (
        "person people suspect fighter militant attacker combatant terrorist jihadist soldier volunteer gendarme "
        "police officer guard civilian man men member hostage prisoner troop dead casualty"
    ),
    "sites": "barrack base camp checkpoint position post town localitie locality village site",
    "things": (
        "vehicle pickup truck motorcycle weapon rifle arm launcher aircraft drone gun tank helicopter car bomb mortar "
        "ammunition"
    ),
    "qualitative": "qualitative",
}  # fmt: skip
_KIND_OF_NOUN = {noun: kind for kind, nouns in _NOUNS.items() for noun in nouns.split()}
# Units that count everyone on a side; any other unit of persons counts a part of it, and bounds the whole from below
# only.
WHOLE_UNITS = (
    "", "persons", "people", "suspects", "fighters", "militants", "attackers", "combatants", "terrorists", "jihadists",
)  # fmt: skip
# A count of more than one side bounds one of them from above only: told by the unit, or by one of these notes.
WIDE_NOTES = ("all victims", "including military")
# A unit that names civilians, as "soldiers and civilians", in English, French, Spanish or Portuguese.
CIVILIANS = re.compile(r"\bciv(?:il(?:ians?|es?|s)|is)\b")
# Which of one claimant's figures came first, where its name or the note says so; unmarked figures are 1.
STAGES = {"first": 0, "provisional": 0, "initial": 0, "update": 2, "later": 2, "final": 2, "revised": 2}

_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)")
_QUALIFIER = re.compile(r"\s*(?:[:,]|\blower bound\b|\bupper bound\b)")
_QUALIFIER_OR_BRACKET = re.compile(r"\s*[:,(]")
_LARGEST = 1e9

CLAIM_COLUMNS: dict[str, str] = {
    "claim_id": "str",
    "row": "int64",  # the record's number in its file, the header being row 1
    "wave_or_incident": "str",
    "n_incidents": "int64",  # incidents that the wave or incident has in the whole table; 0: not held against one
    "claimant": "str",  # as published, with what it says of the occasion
    "speaker": "str",  # the claimant's one name
    "claimant_side": "str",  # one of SIDES
    "subject_side": "str",  # one of SUBJECTS
    "measure": "str",
    "bound": "str",  # one of BOUNDS
    "value": "float64",  # the number named (a range: its upper end), missing where none is
    "unit": "str",
    "low": "float64",
    "high": "float64",  # infinite: open
    "approximate": "bool",
    "scope": "str",  # whole, part or wide: how the number bears on the side as a whole
    "civilians": "bool",  # whether civilians are counted, alone or among others
    "stage": "int64",  # 0 first, 1 unmarked, 2 later
    "words": "str",  # what was said, in short
    "note": "str",
    "publisher": "str",
    "published_date": "datetime64[us]",
    "url": "str",
    "verified": "boolean",
}


@dataclass(frozen=True)
class ClaimTable:
    """A checked claims table: rows read are rows kept plus rows set aside, always.

    Attributes
    ----------
    claims
        ``CLAIM_COLUMNS``, in the file's order.
    problems
        ``canonical.PROBLEM_COLUMNS``: one row for each case, by row.
    file
        The file's name.
    rows_read
        Records in the file, the header not counted.
    """

    claims: pd.DataFrame
    problems: pd.DataFrame
    file: str
    rows_read: int

    @property
    def rows_kept(self) -> int:
        """Rows that can be used."""
        return len(self.claims)

    @property
    def rows_rejected(self) -> int:
        """Rows set aside, each with its reason in `problems`."""
        return self.rows_read - len(self.claims)


@dataclass(frozen=True)
class Quantities:
    """What words stand for: ``about`` as factors of the number, words for numbers as bounds."""

    about: tuple[float, float]
    words: dict[str, tuple[float, float]]


def load_quantities(path: str | Path | None = None) -> Quantities:
    """Read the table of words for numbers: ``word, of, low, high`` and, for the reader, ``basis``.

    A word ``of`` ``number`` (only ``about``) multiplies the number that it stands beside, and the bounds are widened to
    whole numbers; a word ``of`` ``count`` stands for ``[low, high]`` itself. An empty ``high`` is no upper end.

    Raises
    ------
    TableError
        If a column is missing, ``about`` is, or a bound is no number or out of order.
    """
    path = Path(path) if path else resource("data/quantities.csv")
    table = read_side_table(path, needed=("word", "of", "low", "high"))
    about, words = None, {}
    for row in table.itertuples():
        try:
            low, high = float(row.low), float(row.high or "inf")
        except ValueError:
            low = high = np.nan
        word = row.word.casefold()
        if not word or not 0 <= low <= high or low == np.inf or row.of not in ("number", "count"):
            raise TableError(
                f"{path.name}, row {row.row}: {row.word!r} of {row.of!r} with {row.low!r} to {row.high!r}; expected a "
                "word of 'number' or 'count', and low at least 0 and not above high.",
                path=path,
            )
        if row.of == "count":
            words[word] = (low, high)
        elif word == "about" and low <= 1 <= high < np.inf:
            about = (low, high)
    if about is None:
        raise TableError(
            f"{path.name} has no row 'about' of 'number' whose factors hold 1; add one, e.g. about,number,0.8,1.2.",
            path=path,
        )
    return Quantities(about, words)


def load_claimants(path: str | Path | None = None) -> dict[str, str]:
    """Read the table of claimants, ``claimant`` and ``aliases`` parted by ``|``, as `fold`-ed name to the one name.

    Raises
    ------
    TableError
        If a column is missing.
    """
    path = Path(path) if path else resource("data/claimants.csv")
    table = read_side_table(path, needed=("claimant", "aliases"))
    names: dict[str, str] = {}
    for row in table.itertuples():
        for name in (row.claimant, *BETWEEN_ALIASES.split(row.aliases)):
            folded = fold(name)
            if folded and names.setdefault(folded, row.claimant) != row.claimant:
                raise TableError(
                    f"{path.name}, row {row.row}: {name.strip()!r} stands for {names[folded]!r} and for"
                    f" {row.claimant!r}. Give each name to one claimant.",
                    path=path,
                )
    return names


def load_claims(
    path: str | Path,
    *,
    incidents: pd.DataFrame | None = None,
    strict: bool = False,
    quantities: str | Path | None = None,
    claimants: str | Path | None = None,
) -> ClaimTable:
    """Read a claims table, check it, and give each statement the interval that its words allow.

    ``exact`` gives ``[v, v]``, ``at_least`` ``[v, inf)``, ``more_than`` ``[v + 1, inf)``, ``up_to`` and ``at_most``
    ``[0, v]``, ``undisclosed`` ``[0, inf)``: never zero. ``about`` and words for numbers ("dozens", as the value or as
    the note "worded as dozens") give what the table of quantities says. A value ``30-40`` is the range ``[30, 40]``.

    Parameters
    ----------
    path
        CSV, Parquet or Excel with at least ``NEEDED``; ``OPTIONAL`` where known. A file of the same name ending in
        ``_notes`` beside it (``claim_id, note``) is read with it.
    incidents
        Canonical incidents that the claims must be about: ``wave_or_incident`` is an ``incident_id`` or a
        ``reported_wave``.
    strict
        Refuse the table at its first problem instead of recording it.
    quantities, claimants
        Files in place of the shipped ``data/quantities.csv`` and ``data/claimants.csv``; by default those beside the
        claims.

    Returns
    -------
    ClaimTable
        Rows read are rows kept plus rows set aside. Set aside is what no interval can be given to, or what would be
        counted twice: unknown words, no or impossible values, lower ends above upper ends, a number with
        ``undisclosed``, units that do not match the measure, the same claim twice, a claimant on more than one side of
        an event, and claims about nothing in the incident table.

    Raises
    ------
    TableError
        If the file is no table, a needed column is missing, nothing in it is usable, or, under ``strict``, anything is
        wrong with it.
    """
    file = open_table(path)
    if missing := [name for name in NEEDED if name not in file.header]:
        raise TableError(
            f"{file.path.name}, row 1: there is no column {', '.join(missing)}; found {', '.join(file.header)}.",
            path=file.path,
        )
    if twice := [name for name in (*NEEDED, *OPTIONAL) if file.header.count(name) > 1]:
        raise TableError(
            f"{file.path.name}, row 1: column {twice[0]} stands twice. Rename or delete one.", path=file.path
        )
    raw = file.read([name for name in (*NEEDED, *OPTIONAL) if name in file.header], [])
    file.refuse_changed()
    table = _texts(raw)
    notes = _notes(file.path)
    table["note"] = pd.Series([notes.get(name, "") for name in table["claim_id"]], dtype="str")
    log = ProblemLog(raw.row)
    known = load_quantities(quantities or _beside(file.path, "quantities.csv"))
    names = load_claimants(claimants or _beside(file.path, "claimants.csv"))
    table["speaker"] = [
        _speaker(name, side, names) for name, side in zip(table["claimant"], table["claimant_side"], strict=True)
    ]
    table["speaker"] = table["speaker"].replace(_one_spelling(table["speaker"]))
    _check_words(table, log)
    _check_units(table, log)
    _give_bounds(table, known, log)
    _check_values(table, log)
    waves = _waves(incidents)
    if incidents is not None:
        _note(log, ~table["wave_or_incident"].isin([*incidents["incident_id"], *waves]), table, "wave_or_incident",
                   "is neither an incident nor a reported wave of the incident table")  # fmt: skip
    sizes = pd.Series(0 if incidents is None else 1, index=table.index)
    if incidents is not None:
        of_wave = incidents["reported_wave"].value_counts().to_dict()
        sizes = pd.Series([of_wave.get(key, 1) for key in table["wave_or_incident"]], dtype="int64")
    table["n_incidents"] = sizes
    _set_aside_copies(table, log)
    event = pd.Series([waves.get(key, key) for key in table["wave_or_incident"]], dtype="str")
    _set_aside_two_sided(table, event, log)
    _set_aside_crossed(table, log)
    _finish(table, raw.row, log)
    problems = log.frame(raw.lost)
    kept = table.loc[~log.set_aside, list(CLAIM_COLUMNS)].reset_index(drop=True).astype(CLAIM_COLUMNS)
    n_read = len(table) + len(raw.lost)
    if (n_read and kept.empty) or (strict and len(problems)):
        told = " ".join(summarise_problems(problems, n_rows=n_read)[:5])
        what = f"none of {n_read:,} claims can be used" if kept.empty else "strict reading allows no problem"
        raise TableError(f"{file.path.name}: {what}. {told} Correct the file.", problems=problems, path=file.path)
    return ClaimTable(kept, problems, file.path.name, n_read)


def derive_claims(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return the claims that a publisher's own low and high make: deaths of all parties, one statement an incident.

    Parameters
    ----------
    incidents
        Canonical incidents; those without any of ``fatalities_low, _best, _high``, or with ``low`` above ``high``, say
        nothing.

    Returns
    -------
    pandas.DataFrame
        ``CLAIM_COLUMNS``: claimant is the publisher's name, ``value`` its best figure; a missing low end is 0, a
        missing high end is open.
    """
    low, best, high = (incidents[f"fatalities_{end}"] for end in ("low", "best", "high"))
    said = (low.notna() | best.notna() | high.notna()) & ~(low > high)
    made = incidents[said]
    low, high = low[said].fillna(0.0), high[said].fillna(np.inf)
    n = len(made)
    words = [
        say("{low} to {high}", low=_number(a), high=_number(b))
        if np.isfinite(b)
        else say("{low} or more", low=_number(a))
        for a, b in zip(low, high, strict=True)
    ]
    frame = pd.DataFrame(
        {
            "claim_id": "derived " + made["incident_id"],
            "row": made["row"],
            "wave_or_incident": made["incident_id"],
            "n_incidents": np.ones(n, dtype="int64"),
            "claimant": made["source"].astype("str"),
            "speaker": made["source"].astype("str"),
            "claimant_side": ["third_party"] * n,
            "subject_side": ["all"] * n,
            "measure": ["killed"] * n,
            "bound": np.where(low.eq(high), "exact", "about"),
            "value": best[said],
            "unit": ["persons"] * n,
            "low": low,
            "high": high,
            "approximate": low.ne(high),
            "scope": ["whole"] * n,
            "civilians": [False] * n,
            "stage": np.ones(n, dtype="int64"),
            "words": words,
            "note": ["derived from the publisher's low and high"] * n,
            "publisher": made["source"].astype("str"),
            "published_date": pd.Series(pd.NaT, index=made.index, dtype="datetime64[us]"),
            "url": [""] * n,
            "verified": made["verified"],
        },
        columns=list(CLAIM_COLUMNS),
    )
    return frame.reset_index(drop=True).astype(CLAIM_COLUMNS)


def measure_kind(measure: str) -> str:
    """Return what a measure counts: persons, sites, things, qualitative; ``""`` where it is unknown."""
    if measure in PERSON_MEASURES:
        return "persons"
    if measure == "damage":
        return "qualitative"
    if SITE_MEASURES.fullmatch(measure):
        return "sites"
    return "things" if THING_MEASURES.fullmatch(measure) else ""


def notes_file(path: str | Path) -> Path:
    """Return where the notes to a claims file lie, whether or not they are there."""
    path = Path(path)
    return path.with_name(f"{path.name.split('.')[0]}_notes.csv")


def _texts(raw: RawTable) -> pd.DataFrame:
    table = pd.DataFrame(index=range(len(raw.row)))
    for name in (*NEEDED, *OPTIONAL):
        cells = raw.columns[name].to_pylist() if name in raw.columns else [""] * len(raw.row)
        table[name] = pd.Series(["" if text in MISSING else text for text in texts_of(cells)], dtype="str")
    return table


def _notes(path: Path) -> dict[str, str]:
    beside = notes_file(path)
    if not beside.exists():
        return {}
    table = read_side_table(beside, needed=("claim_id", "note"))
    return dict(zip(table["claim_id"], table["note"], strict=True))


def _beside(path: Path, name: str) -> Path | None:
    return path.with_name(name) if path.with_name(name).exists() else None


def _waves(incidents: pd.DataFrame | None) -> dict[str, str]:
    """Return the wave of each incident in one, and of each wave: itself."""
    if incidents is None:
        return {}
    grouped = incidents[incidents["reported_wave"].notna()]
    waves = dict(zip(grouped["incident_id"], grouped["reported_wave"], strict=True))
    return waves | {wave: wave for wave in grouped["reported_wave"]}


def _speaker(claimant: str, side: str, names: dict[str, str]) -> str:
    """Return a claimant's one name: without the occasion, and for a party without the outlet that relayed it."""
    name = _QUALIFIER.split(claimant, maxsplit=1)[0]
    if side != "third_party":
        name = name.split(" (")[0]
    name = name.strip() or claimant
    return names.get(fold(name), name)


def _one_spelling(speakers: pd.Series) -> dict[str, str]:
    """Return for each spelling of a claimant but the most frequent that one."""
    n_rows = Counter(speakers)
    found = [most_written(group, n_rows) for group in spelled_alike(n_rows)]
    return {other: most for most, others in found for other in others}


def _note(
    log: ProblemLog, wrong: pd.Series, table: pd.DataFrame, column: str, reason: str, action: str = SET_ASIDE
) -> None:
    rows = np.flatnonzero(wrong)
    log.add(rows, column, table[column].iloc[rows].tolist(), reason, action)


def _check_words(table: pd.DataFrame, log: ProblemLog) -> None:
    for column in ("claim_id", "wave_or_incident", "claimant"):
        _note(log, table[column].eq(""), table, column, IS_MISSING)
    for column, allowed in (("claimant_side", SIDES), ("subject_side", SUBJECTS), ("bound", BOUNDS)):
        _note(log, ~table[column].isin(allowed), table, column, f"is none of {', '.join(allowed)}")


def _check_units(table: pd.DataFrame, log: ProblemLog) -> None:
    kind = table["measure"].map(measure_kind)
    examples = f"{', '.join(PERSON_MEASURES)}, sites_seized, vehicles_destroyed or the like"
    _note(log, kind.eq(""), table, "measure", f"is no known measure (expected {examples})")
    fits = [side in _SUBJECTS_OF.get(what, SUBJECTS) for side, what in zip(table["subject_side"], kind, strict=True)]
    misfit = ~pd.Series(fits) & table["subject_side"].isin(SUBJECTS)
    _note(log, misfit, table, "subject_side", "cannot suffer or own what the measure counts")
    unit_kind = table["unit"].map(_unit_kind)
    unknown = table["unit"].ne("") & unit_kind.eq("")
    wrong = kind.ne("") & table["unit"].ne("") & ~unknown & unit_kind.ne(kind)
    _note(log, wrong, table, "unit", "does not match the measure")
    _note(log, unknown, table, "unit", "is no known unit and was not held against the measure", KEPT)
    unit = table["unit"].str.casefold()
    part = kind.eq("persons") & ~unit.isin(WHOLE_UNITS)
    wide = kind.eq("persons") & (unit.str.contains(r"\band\b") | table["note"].isin(WIDE_NOTES))
    table["scope"] = np.select([wide, part], ["wide", "part"], "whole")
    table["civilians"] = kind.eq("persons") & (table["subject_side"].eq("civilian") | unit.str.contains(CIVILIANS))


def _unit_kind(unit: str) -> str:
    noun = unit.casefold().split()[-1] if unit.split() else ""
    return _KIND_OF_NOUN.get(noun) or _KIND_OF_NOUN.get(noun.removesuffix("s"), "")


def _give_bounds(table: pd.DataFrame, known: Quantities, log: ProblemLog) -> None:
    """Add ``low, high, value`` and ``words``; what cannot be read is set aside."""
    bound = table["bound"]
    texts = table["value"]
    spans = texts.map(_RANGE.fullmatch)
    ranged = spans.notna() & bound.isin(["exact", "about"])
    word = texts.str.casefold().where(texts.str.casefold().isin(known.words), "")
    from_note = table["note"].str.casefold().str.removeprefix("worded as ")
    worded_note = table["note"].str.casefold().str.startswith("worded as ") & from_note.isin(known.words)
    word = word.where(~(worded_note & word.eq("") & bound.ne("undisclosed")), from_note)
    # A thousand, or one: neither end of a span, nor a figure, is read so.
    either = [any(map(POINTED.fullmatch, re.split(r"[^\d.]+", text))) for text in texts]
    twofold = word.eq("") & np.array(either, dtype=bool)
    _note(log, twofold, table, "value", CAN_BE_THOUSANDS)
    ranged &= ~twofold
    plain = texts.where(~ranged & ~twofold & ~texts.str.startswith("+"))  # +12 is more than 12
    number = pd.to_numeric(plain, errors="coerce").astype("float64")
    undisclosed = bound.eq("undisclosed")
    readable = number.notna() | word.ne("") | ranged | twofold
    _note(
        log,
        ~undisclosed & ~readable & bound.isin(BOUNDS),
        table,
        "value",
        "is missing, or neither a number nor a known word",
    )
    _note(log, undisclosed & texts.ne(""), table, "value", "is given though undisclosed")

    low, high = number.copy(), number.copy()
    for position in np.flatnonzero(ranged):
        low.iloc[position], high.iloc[position] = (float(end) for end in spans.iloc[position].groups())
    for position in np.flatnonzero(word.ne("")):
        low.iloc[position], high.iloc[position] = known.words[word.iloc[position]]
    table["number"] = high.where(ranged, number)
    about = bound.eq("about") & word.eq("")
    # Widened outwards to whole numbers; the nudge keeps 0.8 * 15 from ending at 11.999.
    low = low.where(~about, np.floor(low * known.about[0] + 1e-9))
    high = high.where(~about, np.ceil(high * known.about[1] - 1e-9))
    table["low"] = low.where(~bound.isin(["up_to", "at_most", "undisclosed"]), 0.0) + (
        bound.eq("more_than") & word.eq("")
    )
    table["high"] = high.where(bound.isin(["exact", "about", "up_to", "at_most"]), np.inf)
    table["approximate"] = bound.eq("about") | word.ne("")
    table["words"] = [
        _said(*claim)
        for claim in zip(bound, texts, word, table["unit"], table["measure"].map(measure_kind), strict=True)
    ]


def _check_values(table: pd.DataFrame, log: ProblemLog) -> None:
    number = table["number"]
    odd = number.notna() & ~(number.ge(0) & number.le(_LARGEST) & number.mod(1).eq(0))
    _note(log, odd, table, "value", "is no whole number from 0 to a thousand million")
    _note(log, (table["low"] > table["high"]) & ~odd, table, "value", "has its lower end above its upper end")


def _set_aside_copies(table: pd.DataFrame, log: ProblemLog) -> None:
    """Keep the first of identical claims; set aside all rows that share an id and differ."""
    content = [name for name in (*NEEDED, *OPTIONAL) if name != "claim_id"]
    free = ~pd.Series(log.set_aside)
    twice = free & table["claim_id"].duplicated(keep=False)
    versions = table[twice].drop_duplicates(["claim_id", *content]).groupby("claim_id").size()
    conflicting = twice & table["claim_id"].map(versions).gt(1)
    _note(log, conflicting, table, "claim_id", "is the id of claims that differ")
    same = pd.Series(False, index=table.index)
    rest = table[free & ~conflicting]
    same[rest.index] = rest.duplicated(content)
    _note(log, same, table, "claim_id", "says again what an earlier row says")


def _set_aside_two_sided(table: pd.DataFrame, event: pd.Series, log: ProblemLog) -> None:
    free = ~pd.Series(log.set_aside)
    sides = table[free].groupby([event[free], table.loc[free, "speaker"]])["claimant_side"].transform("nunique")
    _note(
        log,
        sides.reindex(table.index, fill_value=1).gt(1),
        table,
        "claimant",
        "stands on more than one side of one event",
    )


def _set_aside_crossed(table: pd.DataFrame, log: ProblemLog) -> None:
    """Set aside a lower and an upper end, given by one claimant in one place, that lie the wrong way round."""
    free = ~pd.Series(log.set_aside)
    keys = [
        "wave_or_incident",
        "speaker",
        "subject_side",
        "measure",
        "unit",
        "stage_text",
        "publisher",
        "published_date",
    ]
    pairs = table.assign(stage_text=_stage(table))[
        free & table["bound"].isin(["at_least", "more_than", "up_to", "at_most"])
    ]
    low = (
        pairs["low"]
        .where(pairs["bound"].isin(["at_least", "more_than"]))
        .groupby([pairs[key] for key in keys])
        .transform("max")
    )
    high = (
        pairs["high"]
        .where(pairs["bound"].isin(["up_to", "at_most"]))
        .groupby([pairs[key] for key in keys])
        .transform("min")
    )
    crossed = (low > high).reindex(table.index, fill_value=False)
    _note(log, crossed, table, "value", "is one of a lower and an upper end that lie the wrong way round")


def _stage(table: pd.DataFrame) -> pd.Series:
    """Return which of its figures a claimant calls its first or its last, in what follows its name or as the whole
    note."""
    told = [
        f"{name[len(_QUALIFIER_OR_BRACKET.split(name)[0]) :]} {note if note.casefold() in STAGES else ''}".casefold()
        for name, note in zip(table["claimant"], table["note"], strict=True)
    ]
    stage = pd.Series(1, index=table.index)
    for word, place in STAGES.items():
        stage = stage.where(~pd.Series(told, dtype="str").str.contains(rf"\b{word}\b"), place)
    return stage


def _finish(table: pd.DataFrame, row: np.ndarray, log: ProblemLog) -> None:
    table["row"] = row
    table["stage"] = _stage(table)
    table["value"] = table.pop("number")
    day = written_days(table["published_date"])
    bad = table["published_date"].ne("") & day.isna()
    _note(log, bad, table, "published_date", "is no date written as 2025-07-01", BLANKED)
    table["published_date"] = day
    flags = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False, "": None}
    _note(log, ~table["verified"].str.casefold().isin(flags), table, "verified", "is neither 1 nor 0", BLANKED)
    table["verified"] = pd.array([flags.get(text.casefold()) for text in table["verified"]], dtype="boolean")


def _said(bound: str, text: str, word: str, unit: str, kind: str) -> str:
    """Return a statement in short: ``more than 80``, ``dozens``, ``50 Wagner fighters``, ``no figure``."""
    if bound == "undisclosed":
        return say("no figure")
    number = say(WORDED.get(word, word)) if word else _number(text)
    counted = "" if kind == "persons" and unit.casefold() in WHOLE_UNITS else unit
    if number == "1" and counted not in ("barracks", "aircraft"):
        counted = counted.removesuffix("s")
    elif word.endswith("s") and counted:
        number, counted = say("{number} of {counted}", number=number, counted=counted), ""
    number = f"{number} {counted}".strip()
    return say(LEADS[bound], number=number) if bound in LEADS and not word else number


# How a bound is said, and words that stand for numbers; see the table of quantities.
LEADS = {
    "about": message("about {number}"),
    "at_least": message("at least {number}"),
    "more_than": message("more than {number}"),
    "up_to": message("up to {number}"),
    "at_most": message("at most {number}"),
}
WORDED = {
    "a few": message("a few"),
    "several": message("several"),
    "dozens": message("dozens"),
    "several dozen": message("several dozen"),
    "scores": message("scores"),
    "hundreds": message("hundreds"),
    "many": message("many"),
    "some losses": message("some losses"),
}


def _number(value: Any) -> str:
    try:
        return localised(f"{float(value):,.0f}")
    except (TypeError, ValueError):
        return str(value)
