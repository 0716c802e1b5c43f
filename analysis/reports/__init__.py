"""What is said: wording, one section a question, and pages made of blocks."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.reports.report import Report, open_report

__all__ = ["Report", "open_report"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from analysis.reports import report

        return getattr(report, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
