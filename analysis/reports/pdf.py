"""The page as a tagged PDF."""

import gc
import re
from pathlib import Path

from analysis.reports.beside import BesideError, expected, wait_for
from analysis.reports.kernels import import_weasyprint


def write_pdf(markup: str, path: Path, *, title: str, as_of: str) -> None:
    """Write a tagged, titled A4 PDF of a page that `analysis.reports.html.render_html` made.

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
    from weasyprint.urls import FatalURLFetchingError

    charts = path.parent / "charts"
    for png in expected(charts, "*.png"):
        image = re.compile(rf'(<figure id="chart-{re.escape(png.stem)}"><img [^>]*?)src="[^"]*"')
        markup = image.sub(lambda found, name=png.name: f'{found[1]}src="{SCHEME}:{name}"', markup)
    footed = markup.replace("content: string(running)", f'content: string(running) ", as of {as_of}"')
    # A page makes a million objects: the collector need not look at all those of imported modules again and again.
    gc.freeze()
    try:
        weasyprint.HTML(string=footed, url_fetcher=_own_charts(charts)).write_pdf(
            path, pdf_tags=True, uncompressed_pdf=False
        )
    except FatalURLFetchingError as error:
        raise (error.__cause__ if isinstance(error.__cause__, BesideError) else error) from None
    finally:
        gc.unfreeze()
    if path.stat().st_size == 0:
        raise ValueError(f"{title}: the PDF is empty.")


SCHEME = "chart"


def _own_charts(folder: Path):
    """Return what fetches the charts of a folder and what the page itself holds; anything else is refused."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnCharts(URLFetcher):
        def fetch(self, url, headers=None):
            scheme, _, name = url.partition(":")
            if scheme != SCHEME or Path(name).name != name:
                return super().fetch(url, headers)
            wait_for(folder, name)
            return URLFetcherResponse(url, (folder / name).read_bytes(), {"Content-Type": "image/png"})

    return OwnCharts(allowed_protocols=("data",), fail_on_errors=True)
