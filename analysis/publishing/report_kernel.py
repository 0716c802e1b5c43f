"""The kernel of a report: IPython's own, without its debugger, which nobody asks for there."""

from ipykernel.ipkernel import IPythonKernel

from analysis.lazy import without


class ReportKernel(IPythonKernel):
    """To import the debugger takes as long as to start all else of a kernel, and makes every later import slower."""

    def __init__(self, **settings: object) -> None:
        with without("debugpy"):
            super().__init__(**settings)
