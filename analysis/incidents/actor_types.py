"""What those are called who are selected by a type: ``jihadist groups`` for ``jihadist``."""

from collections.abc import Iterable

from analysis.incidents.names import as_key
from analysis.language import current, joined, message, say

# What a type of actor or of target is called where it stands for all who are of it.
KINDS = {
    "jihadist": message("jihadist groups"),
    "separatist": message("separatist groups"),
    "rebel": message("rebel groups"),
    "militia": message("militias"),
    "state": message("state forces"),
    "external": message("foreign forces"),
    "civilians": message("civilians"),
    "demonstrators": message("demonstrators"),
    "security_forces": message("security forces"),
    "armed_group": message("armed groups"),
    "infrastructure": message("infrastructure"),
}


def kinds_or_names(asked: Iterable[str]) -> str:
    """Return names as they are, and types of actors and of targets by what they are called: ``civilians and JNIM``."""
    listed = []
    for name in asked:
        kind = KINDS.get(as_key(name))
        # A name stands alone; of all who are of a type, French speaks with its article.
        listed.append(name if kind is None else f"des {say(kind)}" if current() == "fr" else say(kind))
    return joined(listed)
