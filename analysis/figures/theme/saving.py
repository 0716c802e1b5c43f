"""Figures laid out for good and written as PNG, SVG and PDF: equal figures give equal bytes."""

import re
import struct
from collections.abc import Sequence
from html import unescape
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import cast
from zlib import crc32

import matplotlib.pyplot as plt
import typst
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.figures.theme.fitting import wrap_text
from analysis.figures.theme.look import style
from analysis.figures.theme.words import safe_text

# Metadata that would differ between equal figures.
NO_TRACES = {"Date": None, "Creator": None}
FORMS = ("png", "svg", "pdf")
PNG_DPI = 150
# Dots to an inch of what is drawn as dots in an SVG or a PDF.
RASTER_DPI = 200
# Bytes before a PNG's second part.
_PNG_HEAD = 33
# Of an SVG as matplotlib writes it.
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+pt)" height="([\d.]+pt)"')
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TITLE = re.compile(r"<dc:title>(.*?)</dc:title>", re.DOTALL)


def rewrap(figure: Figure) -> None:
    """Break words anew that leave a figure at its right, as they may when they were changed after they were drawn."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    scale = 72 / figure.dpi
    for text in figure.findobj(Text):
        if text.get_horizontalalignment() != "left" or not text.get_text().strip():
            continue
        box = text.get_window_extent()
        if box.x1 > figure.bbox.width and (room := (figure.bbox.width - box.x0) * scale - 6) > 60:
            weight = "bold" if text.get_fontweight() in ("bold", 700) else "normal"
            text.set_text(
                wrap_text(re.sub(r"[ \n]+", " ", text.get_text()), room, size=float(text.get_fontsize()), weight=weight)
            )


def lay_out(figure: Figure) -> None:
    """Place everything in a figure for good, so that writing it more than once does not place it again."""
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")


@style()
def warm_up(*, pictures: bool = False) -> None:
    """Do once what the first chart of a process would do: find fonts, and draw text; for pictures also what starts a
    thread."""
    figure = plt.figure(figsize=(1, 1))
    figure.text(0, 0, "a")
    figure.canvas.draw()
    drawing = _as_svg(figure, title="")
    plt.close(figure)
    if pictures:
        picture_of(drawing)


def write_figure(
    figure: Figure, path: str | PathLike[str], *, title: str = "", dpi: int = PNG_DPI, scale: float = 1.0
) -> Path:
    """Write a figure as PNG, SVG or PDF (by the path's ending); see `write_forms`."""
    path = Path(path)
    write_forms(figure, [path], title=title, dpi=dpi, scale=scale)
    return path


def write_forms(
    figure: Figure, paths: Sequence[Path], *, title: str = "", dpi: int = PNG_DPI, scale: float = 1.0
) -> None:
    """Write a figure as PNG, SVG or PDF, by the paths' endings, so that equal figures give equal bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Laid out for good, or laid out as it is drawn.
    paths : sequence of Path
        The files. PNG and SVG are drawn once: a PNG is the picture of the SVG.
    title : str
        Of the files.
    dpi : int
        Dots to an inch of a PNG.
    scale : float
        Enlarges everything alike, type and lines too: a chart drawn 8 inches wide is written `scale` times as wide.

    Raises
    ------
    ValueError
        If an ending is another.
    """
    title = safe_text(title) if title else ""
    drawing = ""
    for path in paths:
        kind = path.suffix.lower().lstrip(".")
        if kind not in FORMS:
            raise ValueError(f"{path.name}: charts are written as .png, .svg or .pdf, not '.{kind}'.")
        with style():
            if kind == "pdf":
                _print_pdf(figure, path, title=title, scale=scale)
                continue
            drawing = drawing or _as_svg(figure, title=title, scale=scale)
        if kind == "svg":
            path.write_text(_enlarged(drawing, figure, scale), encoding="utf-8")
        else:
            path.write_bytes(picture_of(drawing, dpi=dpi, scale=scale))


def _as_svg(figure: Figure, *, title: str, scale: float = 1.0) -> str:
    """Draw a figure by its canvas: `Figure.savefig` draws it twice, which for a chart of text is half of its time."""
    canvas, resolution = figure.canvas, figure.dpi
    drawn = StringIO()
    try:
        figure.dpi = RASTER_DPI * scale
        FigureCanvasSVG(figure).print_svg(drawn, metadata=NO_TRACES | {"Title": title})
    finally:
        figure.dpi = resolution
        figure.set_canvas(canvas)
    return _NO_XML.sub("", drawn.getvalue())  # names of groups may be those of the table


def _enlarged(drawing: str, figure: Figure, scale: float) -> str:
    """Return an SVG of another size on paper; its inner units, and so its drawing, stay."""
    if scale == 1.0:
        return drawing
    wide, high = (72 * side * scale for side in figure.get_size_inches())
    head, tag, rest = re.split(r"(<svg [^>]*>)", drawing, maxsplit=1)
    for name, size in (("width", wide), ("height", high)):
        tag = re.sub(rf' {name}="[^"]*"', f' {name}="{size:g}pt"', tag)
    return head + tag + rest


def picture_of(drawing: str, *, dpi: int = PNG_DPI, scale: float = 1.0) -> bytes:
    """Return the PNG of an SVG that was written here; `dpi` and `scale` as of `write_forms`.

    typst makes it in a tenth of the time that matplotlib needs to draw a chart again in dots, and holds no lock.
    """
    wide, high = _SIZE.search(drawing)[1], _SIZE.search(drawing)[2]  # type: ignore[index]  # every SVG has one
    image = 'image(bytes(sys.inputs.at("drawing")), format: "svg", width: 100%, height: 100%)'
    made: bytes = typst.compile(  # type: ignore[call-overload]
        f"#page(width: {wide}, height: {high}, margin: 0pt, {image})\n".encode(),
        format="png",
        ppi=dpi * scale,
        sys_inputs={"drawing": drawing},
        ignore_system_fonts=True,
    )
    dots = round(dpi / 0.0254)  # to a metre
    size = _chunk(b"pHYs", struct.pack(">IIB", dots, dots, 1))
    found = _TITLE.search(drawing)
    title = _chunk(b"iTXt", b"Title\0\0\0\0\0" + unescape(found[1]).encode()) if found else b""
    return made[:_PNG_HEAD] + size + title + made[_PNG_HEAD:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Return a part of a PNG file."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc32(kind + content))


def _print_pdf(figure: Figure, path: Path, *, title: str, scale: float) -> None:
    """Print a figure as one page of PDF, enlarged by the page's own matrix."""
    # Its import takes longer than a chart, and a report needs it for none.
    from matplotlib.backends.backend_pdf import FigureCanvasPdf, Op, PdfFile, RendererPdf

    dpi = RASTER_DPI * scale
    canvas, resolution = figure.canvas, figure.dpi
    wide, high = figure.get_size_inches()
    file = PdfFile(path, metadata={"CreationDate": None, "Creator": None, "Producer": None, "Title": title})
    try:
        FigureCanvasPdf(figure)
        figure.dpi = 72  # of which a PDF has 72 to an inch
        file.newPage(wide * scale, high * scale)
        file.output(scale, 0, 0, scale, 0, 0, Op.concat_matrix)
        renderer = MixedModeRenderer(
            figure, wide, high, dpi, RendererPdf(file, dpi, high, wide), bbox_inches_restore=None
        )
        figure.draw(cast(RendererBase, renderer))  # to which it hands all on
        renderer.finalize()
        file.finalize()
    finally:
        file.close()
        figure.dpi = resolution
        figure.set_canvas(canvas)
