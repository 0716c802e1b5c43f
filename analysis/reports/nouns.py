"""What is counted, called by its name in reports; see `analysis.incidents.nouns`."""

from analysis.incidents.nouns import named as named
from analysis.language import say


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
    "heading", "subtitle", "sentence", "qualifiers", "confidence", "fine", "label", "note", "uncertainty", "title",
    "alt", "paragraphs", "words", "figures", "unit",
)  # fmt: skip


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
