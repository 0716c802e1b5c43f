"""What kind of event a row is: an attack, a demonstration, something else; publishers' words for it, old and new."""

import re
from collections.abc import Iterable

from analysis.language import message, say

# ACLED's event types since 2019 and, from "battle-no change of territory" on, those of its versions 1 to 8.
_ACLED = {
    "battles": "attack",
    "explosions/remote violence": "attack",
    "violence against civilians": "attack",
    "protests": "demonstration",
    "riots": "demonstration",
    "strategic developments": "other",
    "battle-no change of territory": "attack",
    "battle-government regains territory": "attack",
    "battle-non-state actor overtakes territory": "attack",
    "battle-non-state actor regains territory": "attack",
    "remote violence": "attack",
    "riots/protests": "demonstration",
    "strategic development": "other",
    "non-violent transfer of territory": "other",
    "headquarters or base established": "other",
    "non-violent activity by a conflict actor": "other",
    # As French tables write them, without accents.
    "combats": "attack",
    "batailles": "attack",
    "affrontements": "attack",
    "explosions/violence a distance": "attack",
    "explosions et violence a distance": "attack",
    "explosions/violences a distance": "attack",
    "violence a distance": "attack",
    "violence contre les civils": "attack",
    "violences contre les civils": "attack",
    "violence contre des civils": "attack",
    "manifestations": "demonstration",
    "emeutes": "demonstration",
    "emeutes/manifestations": "demonstration",
    "developpements strategiques": "other",
    "developpement strategique": "other",
    "evolutions strategiques": "other",
    "evenements strategiques": "other",
}
# Words that other tables use for what is no attack, in English and French.
_NO_ATTACK = {
    "demonstration": (
        r"(?:peaceful |violent )?(?:protests?|riots?|demonstrations?|riots?/protests?|manifestations?|emeutes?|mob"
        r" violence|protest with intervention)"
    ),
    "other": (
        r"(?:strategic|developpements? strategiques?|non-violent|headquarters|agreement|arrests|disrupted weapons use|"
        r"change to group/activity|looting/property destruction|base established|other: ).*"
    ),
}
_UCDP = {"1": "state-based", "2": "non-state", "3": "one-sided"}
_VIOLENCE = {
    "state-based": (
        r"(?:state|intrastate|interstate)[ -]?based(?: violence| conflict| armed conflict)?|violence etatique|conflit"
        r" etatique"
    ),
    "non-state": (
        r"non[ -]?state(?:[ -]?based)?(?: violence| conflict| armed conflict)?|violence non[ -]etatique|conflit non["
        r" -]etatique"
    ),
    "one-sided": r"one[ -]?sided(?: violence)?|violence unilaterale",
}
# Words for whole kinds, which a selection may use in place of types; Attack is a type of ACLED's.
_KIND_WORDS = {"attacks": "attack", "demonstrations": "demonstration", "other": "other"}


# What a selection of a whole kind is called; a publisher's own type stays as it writes it.
_CALLED = {"attack": message("attacks"), "demonstration": message("demonstrations"), "other": message("other")}


def called_types(types: Iterable[str]) -> list[str]:
    """Return types of events as a reader is told them.

    Examples
    --------
    >>> from analysis.language import used
    >>> with used("fr"): called_types(["Demonstrations", "Battles"])
    ['manifestations', 'Battles']
    """
    return [say(_CALLED[kind]) if (kind := whole_kind(word)) else word for word in types]


def acled_kind(event_type: str) -> str | None:
    """Return the kind of an ACLED event type, or ``None`` where ACLED is not known to use it.

    Examples
    --------
    >>> acled_kind("Battle - No change of territory"), acled_kind("Riots/Protests"), acled_kind("Weather")
    ('attack', 'demonstration', None)
    """
    return _ACLED.get(fold_type(event_type))


def kind_of(event_type: str) -> str:
    """Return the kind that a plain table's word for a type means: an attack unless the word says that it is none.

    Examples
    --------
    >>> kind_of("Peaceful protest"), kind_of("IED"), kind_of("Strategic developments")
    ('demonstration', 'attack', 'other')
    """
    if known := acled_kind(event_type):
        return known
    plain = fold_type(event_type)
    return next((kind for kind, words in _NO_ATTACK.items() if re.fullmatch(words, plain)), "attack")


def hapi_kind(event_type: str) -> str:
    """Return the kind of an event type of HDX HAPI, whose civilian targeting is a part of its political violence and so
    counts apart."""
    return {"political violence": "attack", "demonstration": "demonstration"}.get(fold_type(event_type), "other")


def violence_type(written: str) -> str | None:
    """Return UCDP's type of violence from its number or its name, or ``None``.

    Examples
    --------
    >>> violence_type("1.0"), violence_type("One-sided violence"), violence_type("4")
    ('state-based', 'one-sided', None)
    >>> violence_type("nonstate conflict")
    'non-state'
    """
    plain = fold_type(written).removesuffix(".0")
    if plain in _UCDP:
        return _UCDP[plain]
    return next((kind for kind, words in _VIOLENCE.items() if re.fullmatch(words, plain)), None)


def whole_kind(word: str) -> str | None:
    """Return the kind that a word of a selection names as a whole (attacks, demonstrations, other), or ``None``."""
    return _KIND_WORDS.get(word.strip().casefold())


def fold_type(word: str) -> str:
    """Return a type's word as it is compared: without case, accents, underscores and space around its signs."""
    from analysis.incidents.places import fold

    return re.sub(r"\s*([-/])\s*", r"\1", fold(word).replace("_", " ")).strip()
