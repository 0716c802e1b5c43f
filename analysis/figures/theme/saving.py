"""Figures laid out for good and written as PNG, SVG and PDF: equal figures give equal bytes."""

import re
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import FigureCanvasPdf, Op, PdfFile, RendererPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from analysis.figures.theme.fitting import wrap_text
from analysis.figures.theme.look import style
from analysis.figures.theme.words import safe_text

# Of each form, the metadata that would differ between equal figures.
NO_TRACES: dict[str, dict[str, str | None]] = {
    "png": {},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


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


def warm_up() -> None:
    """Do once what the first chart of a process would do: find fonts, and draw text in each form."""
    figure = plt.figure()
    figure.text(0, 0, "a")
    for form in ("png", "svg"):
        figure.savefig(BytesIO(), format=form)
    plt.close(figure)


def write_figure(
    figure: Figure, path: str | PathLike[str], *, title: str = "", dpi: int = 200, scale: float = 1.0
) -> Path:
    """Write a figure as PNG, SVG or PDF (by the path's ending) so that equal figures give equal bytes.

    `scale` enlarges everything alike, type and lines too: a chart drawn 8 inches wide is written `scale` times as wide.
    """
    path = Path(path)
    title = safe_text(title) if title else ""  # a control character would leave an SVG that is no XML
    kind = path.suffix.lower().lstrip(".")
    if kind not in NO_TRACES:
        raise ValueError(f"{path.name}: charts are written as .png, .svg or .pdf, not '.{kind}'.")
    with style():
        if kind == "pdf":
            _print_pdf(figure, path, dpi=dpi, title=title, scale=scale)
        else:
            _print_once(figure, path, kind, dpi=dpi, title=title, scale=scale)
    return path


def _print_once(figure: Figure, path: Path, kind: str, *, dpi: int, title: str, scale: float) -> None:
    """Print a figure by its canvas: `Figure.savefig` draws it twice, which for a chart of text is half of its time."""
    canvas, resolution = figure.canvas, figure.dpi
    try:
        figure.dpi = dpi * scale
        if kind == "svg":
            FigureCanvasSVG(figure).print_svg(path, metadata=NO_TRACES["svg"] | {"Title": title})
            if scale != 1.0:
                _enlarge_svg(path, figure, scale)
        else:
            drawn = FigureCanvasAgg(figure)
            drawn.draw()
            # Charts stand on paper: a channel of transparency would be dead weight in every file they go to.
            info = PngInfo()
            info.add_text("Title", title)
            Image.fromarray(np.ascontiguousarray(np.asarray(drawn.buffer_rgba())[..., :3])).save(
                path, pnginfo=info, dpi=(dpi, dpi)
            )
    finally:
        figure.dpi = resolution
        figure.set_canvas(canvas)


def _enlarge_svg(path: Path, figure: Figure, scale: float) -> None:
    """Give an SVG another size on paper; its inner units, and so its drawing, stay."""
    wide, high = (72 * side * scale for side in figure.get_size_inches())
    head, tag, rest = re.split(r"(<svg [^>]*>)", path.read_text(encoding="utf-8"), maxsplit=1)
    for name, size in (("width", wide), ("height", high)):
        tag = re.sub(rf' {name}="[^"]*"', f' {name}="{size:g}pt"', tag)
    path.write_text(head + tag + rest, encoding="utf-8")


def _print_pdf(figure: Figure, path: Path, *, dpi: int, title: str, scale: float) -> None:
    """Print a figure as one page of PDF, enlarged by the page's own matrix."""
    canvas, resolution = figure.canvas, figure.dpi
    wide, high = figure.get_size_inches()
    file = PdfFile(path, metadata=NO_TRACES["pdf"] | {"Title": title})
    try:
        FigureCanvasPdf(figure)
        figure.dpi = 72  # of which a PDF has 72 to an inch
        file.newPage(wide * scale, high * scale)
        file.output(scale, 0, 0, scale, 0, 0, Op.concat_matrix)
        renderer = MixedModeRenderer(
            figure, wide, high, dpi * scale, RendererPdf(file, dpi * scale, high, wide), bbox_inches_restore=None
        )
        figure.draw(cast(RendererBase, renderer))  # to which it hands all on
        renderer.finalize()
        file.finalize()
    finally:
        file.close()
        figure.dpi = resolution
        figure.set_canvas(canvas)
