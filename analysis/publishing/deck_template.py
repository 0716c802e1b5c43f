"""Templates of slides: what of them is used, and which are refused; `deck_apart` reads them."""

import io
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pptx.presentation import Presentation

MOST_TEMPLATE_BYTES, MOST_MARKUP_BYTES = 100 << 20, 10 << 20
# A package of slides has some hundred parts.
MOST_PARTS = 20_000
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Template:
    """A file of slides whose layouts, fonts and colours are used, as it was read."""

    name: str
    content: bytes

    def facts(self) -> dict[str, object]:
        """Return what a manifest says of it."""
        return {"role": "template", "file": self.name, "sha256": sha256(self.content).hexdigest()}


def problem_of(template: Template) -> str:
    """Return why a template cannot be used; nothing where it can."""
    try:
        with zipfile.ZipFile(io.BytesIO(template.content)) as archive:
            parts = archive.infolist()
            markup = sum(item.file_size for item in parts if item.filename.endswith((".xml", ".rels")))
            unpacked = sum(item.file_size for item in parts)
            if unpacked > MOST_TEMPLATE_BYTES or markup > MOST_MARKUP_BYTES or len(parts) > MOST_PARTS:
                return (
                    f"unpacked it has more than {MOST_TEMPLATE_BYTES >> 20} MB, {MOST_MARKUP_BYTES >> 20} MB of "
                    f"markup, or {MOST_PARTS:,} parts"
                )
        deck = open_template(template)
        package: Any = deck.part.package
        if any(_shows_from_elsewhere(part) for part in package.iter_parts()):
            return (
                "it shows a picture or a film from another place, which would be asked for whenever slides are opened"
            )
        elements = [part._element for part in package.iter_parts() if hasattr(part, "_element")]
        if any(element.getroottree().docinfo.doctype for element in elements):
            return "its markup defines words of its own, as no slides do"
        return "" if len(deck.slide_layouts) else "it has no layout"
    except MemoryError:
        raise
    except Exception as error:  # whatever a broken archive makes its parser raise
        if "memory" in str(error).lower() or "unknown error" in str(
            error
        ):  # as the parser of markup tells that it has none
            raise MemoryError from None
        return "it is no PowerPoint file, or a broken one"


def open_template(template: Template) -> "Presentation":
    """Return a template as a deck without slides."""
    from pptx import Presentation

    deck = Presentation(io.BytesIO(template.content))
    listed: Any = deck.slides._sldIdLst
    for one in list(listed):
        deck.part.drop_rel(one.rId)
        listed.remove(one)
    return deck


def _shows_from_elsewhere(part: Any) -> bool:
    """Return whether a part takes anything from another place; a link that a reader may follow is none.

    Looked at is what was read of it, for there are many ways to write a relation.
    """
    outside = {name for name, one in part.rels.items() if one.is_external}
    links = {name for name in outside if part.rels[name].reltype.endswith("/hyperlink")}
    shown = set(part._element.xpath(f"//@*[namespace-uri()='{RELATIONS}' and local-name()!='id']")) if links else set()
    return bool(outside - links or links & shown)
