"""The page as a tagged PDF."""

import re
from base64 import b64encode
from pathlib import Path


def write_pdf(markup: str, path: Path, *, title: str, as_of: str) -> None:
    """Write a tagged, titled A4 PDF of a page that `analysis.reports.html.render_html` made.

    Charts that lie beside it as PNG (``charts/NAME.png``) stand in for the page's SVG, which takes ten times as long to draw.

    Raises
    ------
    ValueError
        If the page asks for a file from elsewhere: a report is self-contained.
    """
    import weasyprint

    # A report holds everything it shows: anything but its own data is refused.
    own_data = weasyprint.urls.URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    for png in sorted((path.parent / "charts").glob("*.png")):
        data = f'src="data:image/png;base64,{b64encode(png.read_bytes()).decode()}"'
        image = re.compile(rf'(<figure id="chart-{re.escape(png.stem)}"><img [^>]*?)src="[^"]*"')
        markup = image.sub(lambda found, data=data: found[1] + data, markup)
    footed = markup.replace("content: string(running)", f'content: string(running) ", as of {as_of}"')
    weasyprint.HTML(string=footed, url_fetcher=own_data).write_pdf(path, pdf_tags=True, uncompressed_pdf=False)
    if path.stat().st_size == 0:
        raise ValueError(f"{title}: the PDF is empty.")
