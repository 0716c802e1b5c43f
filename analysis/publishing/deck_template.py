"""Templates of slides: what of them is used, and which are refused; `deck_apart` reads them."""

import io
import re
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pptx.presentation import Presentation

MOST_TEMPLATE_BYTES, MOST_MARKUP_BYTES = 100 << 20, 10 << 20
# A package of slides has some hundred parts.
MOST_PARTS = 20_000


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
            if _shows_from_elsewhere(archive):
                return (
                    "it shows a picture or a film from another place, which would be asked for whenever slides are "
                    "opened"
                )
        return "" if len(open_template(template).slide_layouts) else "it has no layout"
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


def _shows_from_elsewhere(archive: zipfile.ZipFile) -> bool:
    """Return whether a layout or a master takes a picture, a sound or a film from another place."""
    for name in archive.namelist():
        if not re.match(r"ppt/(slideLayouts|slideMasters|theme)/_rels/", name):
            continue
        for relation in re.findall(rb"<Relationship\b[^>]*>", archive.read(name)):
            if b'TargetMode="External"' in relation and not re.search(rb"relationships/hyperlink", relation):
                return True
    return False
