"""The page as a tagged PDF."""

import gc
import re
from collections.abc import Callable
from functools import cached_property, partial
from glob import escape
from pathlib import Path
from urllib.parse import quote, unquote

from analysis.publishing.kernels import import_weasyprint
from analysis.reports.beside import BesideError, expected, wait_for

SCHEME = "chart"


def write_pdf(markup: str, path: Path, *, title: str, as_of: str) -> None:
    """Write a tagged, titled A4 PDF of a page that `analysis.publishing.html.render_html` made.

    Charts that lie beside it as PNG (``charts/NAME.png``) stand in for the page's SVG, which takes ten times as long to draw. Those that
    another process still draws (see `analysis.reports.beside`) are waited for when the page comes to them.

    Raises
    ------
    ValueError
        If the page asks for a file from elsewhere: a report is self-contained.
    BesideError
        If a chart that was to be drawn is not.
    """
    weasyprint = import_weasyprint()
    from weasyprint.images import get_image_from_uri
    from weasyprint.urls import FatalURLFetchingError

    charts = path.parent / "charts"
    for png in expected(charts, "*.png"):
        image = re.compile(rf'(<figure id="chart-{re.escape(png.stem)}"><img [^>]*?)src="[^"]*"')
        markup = image.sub(rf'\g<1>src="{SCHEME}:{quote(png.name)}"', markup)
    footed = markup.replace("content: string(running)", f'content: string(running) ", as of {as_of}"')
    fetcher = _own_charts(charts)
    images = _Images(partial(get_image_from_uri, {}, fetcher, weasyprint.DEFAULT_OPTIONS))
    # A page makes a million objects: the collector need not look at all those of imported modules again and again.
    frozen = gc.get_freeze_count()  # by a parent that shares its memory: it stays so
    gc.freeze()
    try:
        weasyprint.HTML(string=footed, url_fetcher=fetcher).write_pdf(
            path, pdf_tags=True, uncompressed_pdf=False, cache=images
        )
    except FatalURLFetchingError as error:
        if isinstance(error.__cause__, BesideError):
            raise error.__cause__ from None
        raise ValueError(f"{title}: the page asks for what it does not hold ({error}).") from error.__cause__
    finally:
        if not frozen:
            gc.unfreeze()
    if path.stat().st_size == 0:
        raise ValueError(f"{title}: the PDF is empty.")


def _own_charts(folder: Path):
    """Return what fetches the charts of a folder and what the page itself holds; anything else is refused."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnCharts(URLFetcher):
        def fetch(self, url, headers=None):
            scheme, _, name = unquote(url).partition(":")
            if scheme != SCHEME or Path(name).name != name:
                return super().fetch(url, headers)
            wait_for(folder, escape(name))
            return URLFetcherResponse(url, (folder / name).read_bytes(), {"Content-Type": "image/png"})

    return OwnCharts(allowed_protocols=("data",), fail_on_errors=True)


class _Images(dict):
    """The renderer's cache of images, which seems to hold every chart from the start."""

    def __init__(self, load: Callable[[str], object]) -> None:
        super().__init__()
        self._load = load

    def __contains__(self, url: object) -> bool:
        return super().__contains__(url) or str(url).startswith(f"{SCHEME}:")

    def __missing__(self, url: str) -> object:
        self[url] = _Image(partial(self._load, url))
        return self[url]


class _Image:
    """A chart that is fetched when its place in the page is laid out, so that the pages before it need not wait for it."""

    def __init__(self, load: Callable[[], object]) -> None:
        self._load = load

    @cached_property
    def _loaded(self) -> object:
        image = self._load()
        if image is None:
            raise ValueError("A chart's PNG cannot be read.")
        return image

    def __getattr__(self, name: str) -> object:
        return getattr(self._loaded, name)
