"""Sentences and their catalogues: nothing missing, nothing left over, numbers and days in the language's form."""

import ast
import json
import re
import string
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from analysis import language as language_module
from analysis.incidents.canonical import SOURCES, VOCABULARIES
from analysis.incidents.parameters import UNITS
from analysis.language import (
    CATALOGUES,
    ENGLISH,
    LANGUAGES,
    catalogue_of,
    current,
    day_words,
    few,
    forms_of,
    joined,
    say,
    say_count,
    used,
)
from analysis.measures import QUESTIONS, question_modules
from analysis.publishing.document import paragraphs_of

ANALYSIS = Path(__file__).resolve().parent.parent / "analysis"
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


@cache
def sentences() -> dict[object, str]:
    """Return every sentence that the code says, with where: a text, or the two forms of `say_count`."""
    found: dict[object, str] = {}
    for path in sorted(ANALYSIS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if "analysis.language" not in imported and path != ANALYSIS / "language.py":
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            where = f"{path.relative_to(ANALYSIS.parent)}:{node.lineno}"
            if node.func.id in ("say", "message") and texts and texts[0]:
                found.setdefault(texts[0], where)
            if node.func.id in ("say_count", "messages") and texts:
                found.setdefault(forms_of(texts[0]), where)
    return found | notebook_sentences() | measure_names() | code_words()


def notebook_sentences() -> dict[object, str]:
    """Return the prose of the notebooks, paragraph by paragraph, and the texts in their cells."""
    found: dict[object, str] = {}
    for path in sorted((ANALYSIS.parent / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
            if cell["cell_type"] == "markdown":
                found |= {text: path.name for _, text in paragraphs_of(source)}
            elif "parameters" not in tags:
                texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
                found |= {text: path.name for text in texts if isinstance(text, str) and " " in text}
    return found


def measure_names() -> dict[object, str]:
    """Return the names of indicators as reports show them."""
    names = [measure.name for module in question_modules().values() for measure in module.MEASURES]
    return {name.replace("_", " "): "the name of a measure" for name in names}


def code_words() -> dict[object, str]:
    """Return the words that stand for a value in tables and fields, as reports show them."""
    words = [
        *QUESTIONS,
        *(word for words in VOCABULARIES.values() for word in words),
        *UNITS,
        "computed",
        "not_computed",
        "release",
        "in part",
        "chosen cases",
        "file name",
    ]
    units = [measure.measure_unit for module in question_modules().values() for measure in module.MEASURES]
    return {word.replace("_", " "): "a code word" for word in (*words, *units) if word not in SOURCES}


def entries(language: str) -> dict[object, tuple[object, str]]:
    """Return what a language's catalogues hold: the translation and the file of each sentence."""
    held: dict[object, tuple[object, str]] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        for entry in catalogue:
            if entry.id:
                assert not entry.fuzzy, f"{path.name}: {entry.id!r} is fuzzy"
                if entry.id in held:
                    assert held[entry.id][0] == entry.string, f"{path.name} and {held[entry.id][1]}: {entry.id!r} twice"
                held[entry.id] = (entry.string, path.name)
    return held


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_lacks_its_translation(language):
    held = entries(language)
    missing = [f"{where}: {text!r}" for text, where in sentences().items() if text not in held]
    empty = [name for name, (text, _) in held.items() if not (all(text) if isinstance(text, tuple) else text)]
    assert not missing, "\n".join(missing[:50])
    assert not empty, "\n".join(f"empty: {name!r}" for name in empty)


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over(language):
    said = sentences()
    unused = [f"{where}: {text!r}" for text, (_, where) in entries(language).items() if text not in said]
    assert not unused, "\n".join(unused[:50])


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_the_same_fields(language):
    broken = []
    for name, (text, where) in entries(language).items():
        names = name if isinstance(name, tuple) else (name,)
        texts = text if isinstance(text, tuple) else (text,)
        known = set().union(*(fields(one) for one in names))
        if any(fields(one) - known for one in texts) or (len(names) == 1 and fields(texts[0]) != known):
            broken.append(f"{where}: {name!r}")
    assert not broken, "\n".join(broken)


def test_only_what_asks_for_a_whole_year_speaks_of_the_year_before():
    """Headlines of a record of 300 days spoke of the year before: what is compared there is usual, or of so many days.

    Whether a level lasts, the ratio of two years and what hindsight tells need the year.
    """
    whole_years = (
        "next six months",
        "nothing can be 1.25 times none",
        "next half year",
        "a ratio over zero",
        "up to a",
    )
    catalogue = catalogue_of("fr")
    said = [*catalogue._said, *catalogue._forms]
    told = [text for text in said if "year before" in text and not any(one in text for one in whole_years)]
    assert not told


def test_a_list_says_how_many_it_does_not_name_and_where_a_name_ends():
    """Alarms named five of twelve units as if they were all; "LRA and civilians and 1 other" has an "and" too many."""
    assert (joined(["A"]), joined(["A", "B", "C"])) == ("A", "A, B and C")
    assert (few("ABC"), few("ABCDE")) == ("A, B and C", "A, B, C and 2 more")
    assert joined(["LRA and civilians", "A", "B"]) == "LRA and civilians, A, and B"
    with used("fr"):
        assert few(["LRA et civils", "A"], 1) == "LRA et civils, et 1 autre"


def test_numbers_and_days_have_the_form_of_the_language():
    text = "{n} attacks, {share:.1f}, to {day}"
    assert say(text, n=12345, share=0.5, day=date(2025, 7, 1)) == "12,345 attacks, 0.5, to 1 July 2025"
    with used("fr"):
        assert say(text, n=12345, share=0.5, day=date(2025, 8, 2)) == "12\u202f345 attacks, 0,5, to 2 août 2025"
        assert day_words(date(2025, 7, 1)) == "1er juillet 2025"
        assert current() == "fr"
    assert current() == "en"


def test_what_is_counted_takes_its_form():
    forms = [say_count("{n} [attack|attacks]", n) for n in (0, 1, 2)]
    assert forms == ["0 attacks", "1 attack", "2 attacks"]


def test_a_span_of_one_day_is_said_as_one_in_every_sentence():
    # "Last 1 days", "in the last 1 days", "the 1 days before", wherever a window of one day was asked for.
    spans = re.compile(r"\{(\w+)\}\s(?:derniers\s|prochains\s)?(?:days|jours)\b")
    wrong = re.compile(r"\b1\s(?:days|jours|derniers|prochains)\b|\b[Ll]es (?:1 )?derniers? jours?\b")
    for language in LANGUAGES:
        catalogue = catalogue_of(language)
        for entry in sentences():
            forms = [catalogue.one(entry)] if isinstance(entry, str) else [catalogue.counted(*entry, n) for n in (1, 5)]
            for said in forms:
                for name in spans.findall(said):
                    of_one = language_module._of_one(said, name, language).replace(f"{{{name}}}", "1")
                    assert not wrong.search(of_one), of_one
    assert say("The last {days} days hold {n} in {days} days.", days=1, n=1) == "The last day holds 1 in 1 day."
    assert say("{rows} rows, {days} days", rows=1, days=30) == "1 rows, 30 days"
    with used("fr"):
        assert say("Last {days} days", days=1) == "Dernier jour"
        assert say("The {days} days before", days=1) == "Le jour précédent"
        assert say("Last {days} days", days=7) == "7 derniers jours"


def test_french_counts_below_two_as_one():
    with used("fr"):
        said = [say_count("{n} [attack|attacks]", n) for n in (0, 0.4, 1.9, 2)]
    assert said == ["0 attaque", "0,4 attaque", "1,9 attaque", "2 attaques"]
    assert say_count("{n} [attack|attacks]", 0.4) == "0.4 attacks"


def test_a_shortened_month_ends_a_sentence_with_one_point():
    with used("fr"):
        assert say("The last bar ends on {day}.", day="1er juil.") == "La dernière barre s'arrête au 1er juil."
        assert say("note: {note}", note="a, b, ...") == "note\u00a0: a, b, ..."


def test_what_rounds_to_nothing_has_no_sign():
    assert say("{low:+.0f} to {high:+.0f}", low=-0.2, high=0.6) == "0 to +1"
    assert say("{low:+.1f}", low=-0.04) == "0.0"


def test_a_name_from_right_to_left_keeps_what_stands_behind_it():
    kidal = "كيدال"
    told = say("{name} {n} and {other}", name=kidal, n=4, other="Gao")
    assert told == f"\u200e{kidal}\u200e 4 and Gao"
    # A sentence that is a value of another one is in order already.
    assert say("{told}.", told=told) == f"{told}."


def test_a_word_and_the_same_word_counted_are_two_entries():
    with used("fr"):
        assert say("attack") == "attaque"
        assert [say_count("[attack|attacks]", n) for n in (1, 2)] == ["attaque", "attaques"]


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="no language 'de'; known: en, fr"), used("de"):
        pass


def test_no_french_name_or_month_follows_a_word_that_it_would_cut():
    """ "de octobre 2006": what begins with a vowel stands in brackets, or behind a noun."""
    cut = re.compile(
        r"\b(de|que|ne|le|la) \{(place|names?|country|countries|units?|when)\}|(mois|semaine|Attaques), de \{first\}"
    )
    said = [
        path.read_text(encoding="utf-8") for path in Path(language_module.__file__).parent.glob("languages/fr/*.po")
    ]
    assert [found[0] for text in said for found in cut.finditer(text)] == []
