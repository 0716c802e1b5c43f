"""The page as a tagged PDF."""

from pathlib import Path


def write_pdf(markup: str, path: Path, *, title: str, as_of: str) -> None:
    """Write a tagged, titled A4 PDF of a page that `analysis.reports.html.render_html` made.

    Raises
    ------
    ValueError
        If the page asks for a file from elsewhere: a report is self-contained.
    """
    import weasyprint

    def refuse(address: str, **_: object) -> dict[str, object]:
        if address.startswith("data:"):
            return weasyprint.default_url_fetcher(address)
        raise ValueError(f"The page asks for {address}; a report holds everything it shows.")

    footed = markup.replace("content: string(running)", f'content: string(running) ", as of {as_of}"')
    weasyprint.HTML(string=footed, url_fetcher=refuse).write_pdf(path, pdf_tags=True, uncompressed_pdf=False)
    if path.stat().st_size == 0:
        raise ValueError(f"{title}: the PDF is empty.")
