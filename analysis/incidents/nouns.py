"""What is counted, called by its name: an attack, or a deadly event where the publisher codes no roles.

Needs neither tables nor studies, for who reads or draws what was said.
"""

import re

from analysis.language import current

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
