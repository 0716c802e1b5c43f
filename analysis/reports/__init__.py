"""What is said: wording, one section a question, and pages made of blocks."""

from typing import TYPE_CHECKING

from analysis.lazy import modules_in, names_of_modules

if TYPE_CHECKING:
    from analysis.reports.report import Report, open_report

__all__ = ["Report", "open_report"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from analysis.reports import report

        return getattr(report, name)
    return modules_in(__name__, __path__, name, others=__all__)


def __dir__() -> list[str]:
    return sorted({*__all__, *names_of_modules(__path__)})
