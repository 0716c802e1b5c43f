"""One section a question: what it says of a study and what it shows, each under the question's own name.

A section module has ``read(study, results)``, the sentences, ``charts(study)``, what is drawn in a first reading, and
``write(page, study, results)``, which shows them with their tables.
"""

from importlib import import_module

from analysis.incidents.study import Study
from analysis.reports.page import Page


def begin_charts(page: Page, study: Study, question: str) -> None:
    """Begin a question's charts as soon as its measures are there, while those of other questions are still being computed."""
    # What weighs the others is computed last and read first.
    page.ahead(import_module(f"{__name__}.{question}").charts(study), urgent=question == "assessment")
