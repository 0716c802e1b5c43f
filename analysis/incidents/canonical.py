"""The canonical incident table: its columns, dtypes and vocabularies.

Every publisher's file becomes this one table. One row is one recorded incident. What a publisher does not
say stays unsaid: text columns hold missing values, precisions hold ``unstated``, and nothing is filled in.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# column -> pandas dtype. Dates carry no time of day; fatalities are counts of people, all parties.
COLUMNS: dict[str, str] = {
    "incident_id": "str",
    "row": "int64",  # the record's number in its file, the header being row 1
    "source": "category",  # one of SOURCES
    "date_start": "datetime64[us]",
    "date_end": "datetime64[us]",  # inclusive; equals date_start for a one-day incident
    "date_precision": "category",  # one of DATE_PRECISIONS
    "country": "str",  # ISO 3166-1 alpha-3
    "country_name": "str",  # as published
    "admin1": "str",
    "admin2": "str",
    "locality": "str",
    "latitude": "float64",  # degrees north, WGS 84
    "longitude": "float64",  # degrees east
    "geo_precision": "category",  # one of GEO_PRECISIONS
    "attacker": "str",  # missing where nobody is named, or the publisher codes no roles
    "attacker_type": "category",  # one of ACTOR_TYPES, from the actors table or the publisher's own coding
    "target_actor": "str",
    "target_type": "str",
    "target_group": "category",  # one of TARGET_GROUPS
    # the parties by their one name, nobody included; where roles are known, the attacker is the first
    "actor_a": "str",
    "actor_b": "str",
    "event_type": "str",  # as published; UCDP's type of violence in words
    "sub_event_type": "str",
    "tactic": "str",
    "role_basis": "category",  # one of ROLE_BASES: does the publisher say who attacked?
    "incident_kind": "category",  # one of INCIDENT_KINDS
    "fatalities_low": "float64",
    "fatalities_best": "float64",
    "fatalities_high": "float64",
    "fatalities_civilians": "float64",  # among the best figure, as the publisher counts them
    "fatalities_unidentified": "float64",  # likewise, of whom the publisher does not know who they were
    "n_sources": "float64",
    "verified": "boolean",
    "reported_wave": "str",
}

# An incident cannot do without these: a bad value sets its row aside. Anywhere else the value is blanked.
REQUIRED = ("incident_id", "date_start", "country")

SOURCES = (
    "project", "ucdp_ged", "ucdp_candidate", "acled", "gtd", "plain", "acled_counts", "hdx_hapi", "counts", "example",
)  # fmt: skip
# How well the day is known. "unstated": the publisher gives a date and no precision.
DATE_PRECISIONS = ("day", "week", "month", "year", "unstated")
# "region": a road, a fuzzy area; "country": only the country is known; "international": sea or air space.
GEO_PRECISIONS = ("exact", "near", "admin2", "admin1", "region", "country", "international", "unstated")
# Those that place an incident itself, not the centre of an area or a road; "unstated": the publisher gives coordinates
# alone.
PLACED = ("exact", "near", "unstated")
ACTOR_TYPES = (
    "jihadist", "separatist", "rebel", "militia", "state", "external", "civilians", "demonstrators", "other", "unknown",
)  # fmt: skip
TARGET_GROUPS = ("security_forces", "armed_group", "civilians", "infrastructure", "other", "unstated")
ROLE_BASES = ("stated", "assumed", "unstated")
# "summary": lasts more than SUMMARY_DAYS days, an event without a day of its own or a summary of several; it is counted
# in no rate.
INCIDENT_KINDS = ("attack", "demonstration", "other", "summary")
SUMMARY_DAYS = 7

# The words of each categorical column.
VOCABULARIES: dict[str, tuple[str, ...]] = {
    "source": SOURCES,
    "date_precision": DATE_PRECISIONS,
    "geo_precision": GEO_PRECISIONS,
    "attacker_type": ACTOR_TYPES,
    "target_group": TARGET_GROUPS,
    "role_basis": ROLE_BASES,
    "incident_kind": INCIDENT_KINDS,
}

# Dates outside this range are impossible for any incident table and are refused as typing errors.
EARLIEST_DATE = "1900-01-01"
LATEST_DATE = "2100-01-01"  # exclusive
MOST_DEATHS = 1_000_000  # in one incident

COVERAGE_COLUMNS: dict[str, str] = {
    "country": "str",  # ISO3
    "first_day": "datetime64[us]",
    "last_day": "datetime64[us]",  # inclusive
    # stated (a coverage file), in part, chosen cases (one that says so), release (the publisher's calendar),
    # file name (the range written there), assumed (first and last row)
    "basis": "str",
}

REFERENCE_COLUMNS: dict[str, str] = {
    "country": "str",  # ISO3
    "period_start": "datetime64[us]",
    "period_end": "datetime64[us]",  # exclusive
    "count": "int64",  # attacks that the reporter counts in the period
    "reporter": "str",
}

PROBLEM_COLUMNS: dict[str, str] = {
    "row": "int64",  # as in COLUMNS
    "column": "str",  # the name in the file
    "value": "str",  # as read
    "reason": "str",
    "action": "str",  # one of PROBLEM_ACTIONS
}
PROBLEM_ACTIONS = ("row set aside", "value blanked", "kept")


def typed_frame(rows: Sequence[Any], dtypes: Mapping[str, str]) -> "pd.DataFrame":
    """Return rows as a frame of the columns and types declared; no rows give an empty one."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(dtypes)).astype(dict(dtypes))


def problem_frame(rows: Sequence[tuple[int, str, str, str, str]]) -> "pd.DataFrame":
    """Return problems as a frame with ``PROBLEM_COLUMNS``."""
    return typed_frame(rows, PROBLEM_COLUMNS)
