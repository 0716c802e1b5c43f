"""What is counted, called by its name: an attack, or a deadly event where the publisher codes no roles.

Apart from `words`, so that who reads or draws what was said needs neither tables nor studies.
"""

import re

from analysis.language import current, say

_ATTACK = re.compile(r"\b(?:([Aa])n )?([Aa])ttack(s?)\b")
# Of each kind of row the French noun, feminine and with a vowel first as "attaque" is, and its plural.
_ATTAQUE = re.compile(r"\b([Aa])ttaque(s?)\b")
_FRENCH_NOUNS = {"deadly event": ("action meurtrière", "actions meurtrières"), "event": ("action", "actions")}


def named(text: str, noun: str) -> str:
    """Return a text in which what is counted is called by its name: UCDP, which codes no roles, has deadly events.

    Examples
    --------
    >>> named("An attack a week; attacks by attackers", "deadly event")
    'A deadly event a week; deadly events by attackers'
    >>> from analysis.language import used
    >>> with used("fr"): named("L'attaque ; Attaques et attaquants", "deadly event")
    "L'action meurtrière ; Actions meurtrières et attaquants"
    """
    if noun == "attack":
        return text
    if current() == "fr":
        one, many = _FRENCH_NOUNS[noun]
        return _ATTAQUE.sub(lambda found: found[1] + (many if found[2] else one)[1:], text)
    article = "an" if noun[0] in "aeiou" else "a"

    def renamed(found: "re.Match[str]") -> str:
        capital, first, plural = found.groups()
        if capital:
            return f"{article.capitalize() if capital == 'A' else article} {noun}{plural}"
        return f"{noun.capitalize() if first == 'A' else noun}{plural}"

    return _ATTACK.sub(renamed, text)


def unit_words(unit: str, noun: str) -> str:
    """Return the unit of a figure, which names what is counted, in the reader's language.

    Examples
    --------
    >>> from analysis.language import used
    >>> with used("fr"): unit_words("deadly events per week", "deadly event")
    'actions meurtrières par semaine'
    """
    return named(say(unit.replace(noun, "attack")), noun)


# Parts of a block that are words of ours, and not names or values of the table.
_WORDED = (
    "heading",
    "subtitle",
    "sentence",
    "qualifiers",
    "fine",
    "label",
    "note",
    "uncertainty",
    "title",
    "alt",
    "paragraphs",
    "words",
    "figures",
    "unit",
)


def block_named(block: dict[str, object], noun: str) -> dict[str, object]:
    """Return a block whose words call what is counted by its name; see `named`."""
    if noun == "attack":
        return block

    def turned(key: str, value: object) -> object:
        if isinstance(value, str):
            return named(value, noun) if key in _WORDED else value
        if isinstance(value, dict):
            return {inner: turned(inner, part) for inner, part in value.items()}
        if isinstance(value, list):
            return [turned(key, part) for part in value]
        return value

    return {
        key: value if key in ("rows", "tables", "plot", "name") and block["kind"] != "lineage" else turned(key, value)
        for key, value in block.items()
    }
