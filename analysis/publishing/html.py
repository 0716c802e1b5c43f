"""A report as one self-contained HTML page: no code, no script, nothing fetched from elsewhere."""

import re
from base64 import b64encode
from functools import cache, lru_cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from analysis.language import say
from analysis.publishing.document import FACTS, Document, as_of_words
from analysis.publishing.errors import NotebookError
from analysis.reports import blocks

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"


def render_html(document: Document, *, charts: Path, made: str, narrow: Path | None = None) -> str:
    """Return the page of a report, with the charts of a folder, on a telephone in place of them those of the same names
    in ``narrow``; ``made`` is one line on how it was made, for its foot."""
    brief, sections = document.brief(), document.annex()
    headed = [section for section in sections if section.heading]
    level = 3 if brief else 2
    return _template().render(
        page_title=say("{title}, as of {day}", title=document.title, day=as_of_words(document.as_of)),
        sections_label=say("Sections"),
        language=document.language,
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8"),
        brief=brief,
        front=[section for section in sections if not section.heading],
        sections=headed,
        level=level,
        annex=say("Annex"),
        markup=lambda block: markup(block, charts=charts, level=level + 1, narrow=narrow),
        made=made,
    )


def markup(block: blocks.Block, *, charts: Path, level: int = 3, narrow: Path | None = None) -> str:
    """Return a block as part of the page; a chart holds its image, and a heading inside it is of the level given.

    Raises
    ------
    NotebookError
        If a part of it is not as its kind has it.
    """
    try:
        return _markup(block, charts=charts, level=level, narrow=narrow)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise NotebookError(
            f"A block of kind {block['kind']!r} cannot be shown ({type(error).__name__}: {error}): nothing is"
            " published."
        ) from error


def _markup(block: blocks.Block, *, charts: Path, level: int, narrow: Path | None) -> str:
    kind = block["kind"]
    if kind == "chart":
        file = f"{block['name']}.svg"
        held = block | {"address": slim_address(charts / file)}
        if narrow and (narrow / file).exists():
            held["narrow"] = slim_address(narrow / file).replace(" ", "%20")  # of a set of addresses a space ends one
        return blocks.markup(held) + "\n"
    if kind == "kicker":
        return f'<header class="kicker"><p>{escape(block["text"])}</p></header>'
    if kind == "prose":
        from nbconvert.filters import markdown2html

        return markdown2html(block["markdown"])
    if kind == "picture":
        content = block["data"] if block["form"] == "image/png" else b64encode(block["data"].encode()).decode()
        return f'<figure><img src="data:{block["form"]};base64,{content}" alt="{escape(block["alt"])}"></figure>'
    if kind == "text":
        return f"<pre>{escape(block['text'])}</pre>"
    if kind == "markup":
        return block["html"] + "\n"
    return blocks.markup(block | {"level": level}) + "\n"


def slim_address(path: Path) -> str:
    """Return an SVG file as an address that holds all of it, in as few characters as show the same.

    Outlines keep one digit behind the point, an eighth of a dot of a screen, and signs a four-hundredth of their
    height; names that nothing refers to go, and the others are short.
    """
    svg = path.read_text(encoding="utf-8")
    svg = _METADATA.sub("", svg[svg.index("<svg") :])
    svg = _SIGN.sub(lambda found: f' d="{_sign(found[1])}" transform="scale(.25)"', svg)
    svg = _OUTLINE.sub(lambda found: _steps(_SPACED.sub("", _LONG.sub("", found[0])).strip()), svg)
    svg = _PLACED.sub(lambda found: f' x="{float(found[1]):.0f}"/>', svg)
    svg = _MOVED.sub(lambda found: _LONG.sub("", found[0]), svg)
    svg = _STYLE.sub(lambda found: found[0].replace("; ", ";").replace(": ", ":"), svg)
    svg = _APART.sub("><", _UNUSED.sub("", svg)).replace("xlink:href", "href")
    names = {name: _short(number) for number, name in enumerate(dict.fromkeys(_NAME.findall(svg)))}
    svg = _NAME.sub(lambda found: f'id="{names[found[1]]}"', svg)
    svg = _REFERENCE.sub(lambda found: f"#{names.get(found[1], found[1])}{found[2]}", svg)
    # Signs that end an address, or the attribute that it stands in, are written as their numbers.
    return "data:image/svg+xml," + _UNSAFE.sub(lambda found: _quoted(found[0]), " ".join(svg.split()).replace('"', "'"))


# Of the signs of an address that are quoted there are few, and many of each.
_quoted = lru_cache(maxsize=1024)(quote)


@lru_cache(maxsize=1024)
def _sign(outline: str) -> str:
    """Return the outline of a sign, of lines and curves in units of which 6,400 are its height, in steps of 16."""
    made, at, begin = [], (0, 0), (0, 0)
    for command, numbers in _CURVE.findall(outline):
        if command == "z":
            made.append("z")
            at = begin
            continue
        places = [round(float(number) / 16) for number in numbers.split()]
        if command == "M":
            made.append("M" + _joined([10 * place for place in places]))
        else:
            steps = [10 * (place - at[number % 2]) for number, place in enumerate(places)]
            made.append(command.lower() + _joined(steps))
        at = (places[-2], places[-1])
        begin = at if command == "M" else begin
    return "".join(made)


def _short(number: int) -> str:
    """Return a name of letters for a number: a, b, ..., z, ba, bb, ..."""
    letters = ""
    while True:
        number, left = divmod(number, 26)
        letters = chr(ord("a") + left) + letters
        if not number:
            return letters


def _steps(outline: str) -> str:
    """Return an outline of straight lines as steps from point to point, which are shorter than places."""
    if not _STRAIGHT.fullmatch(outline):
        return outline
    made = []
    for part in _PART.findall(outline):
        if part == "z":
            made.append("z")
            continue
        places = [[round(float(number) * 10) for number in place.split()] for place in part[1:].split("L")]
        steps = [[b - a for a, b in zip(*pair, strict=True)] for pair in pairwise(places)]
        made.append(
            "M" + _joined(places[0]) + ("l" + _joined([one for step in steps for one in step]) if steps else "")
        )
    return "".join(made)


def _joined(tenths: list[int]) -> str:
    """Return numbers as a path holds them, a sign apart where nothing else parts them."""
    texts = [f"{number / 10:g}".replace("0.", ".", 1) if abs(number) < 10 else f"{number / 10:g}" for number in tenths]
    return "".join(text if at == 0 or text[0] == "-" else f" {text}" for at, text in enumerate(texts))


_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
# A sign's outline as matplotlib writes it, and where one stands in its line.
_SIGN = re.compile(r' d="([MLQCz\d.\s-]*)" transform="scale\(0\.015625\)"')
_CURVE = re.compile(r"([MLQCz])([\d.\s-]*)")
_PLACED = re.compile(r' transform="translate\((-?[\d.]+) 0\)"/>')
_STRAIGHT = re.compile(r"(M-?[\d.]+ -?[\d.]+(L-?[\d.]+ -?[\d.]+)*z?)+")
_PART = re.compile(r"M[^Mz]*|z")
_OUTLINE = re.compile(r'(?<= d=")[^"]*|(?<= [xy]=")[^"]*')
_SPACED = re.compile(r"\s+(?=[A-Za-z])|(?<=[A-Za-z])\s+")
_LONG = re.compile(r"(?<=\d\.\d)\d+")
_MOVED = re.compile(r"translate\([^)]*\)")
_STYLE = re.compile(r' style="[^"]*"')
_APART = re.compile(r">\s+<")
# Comments, empty groups, and the names of groups, which nothing refers to.
_UNUSED = re.compile(r'<!--.*?-->|<g id="[^"]*"/>|(?<=<g) id="[^"]*"', re.DOTALL)
_NAME = re.compile(r'(?<= )id="([^"]*)"')
_REFERENCE = re.compile(r"#([A-Za-z][\w-]*)([\")])")
_UNSAFE = re.compile(r"[^\w<> !$&'()*+,./:;=?@\[\]^`{|}~-]+", re.ASCII)


def warm_up() -> None:
    """Do once what the first page would do: compile the template."""
    facts = dict.fromkeys(FACTS, "a") | {"as_of": "2000-01-01"}
    render_html(Document([], facts), charts=Path(), made="")


@cache
def _template() -> "Template":
    """Return the page's template, once: compiling it takes as long as filling it."""
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False, keep_trailing_newline=True).get_template(
        "page.html.j2"
    )
