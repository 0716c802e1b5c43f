"""The kernel of a report: IPython's own, without its debugger, which nobody asks for there."""

import os
import sys
import traceback

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from analysis.lazy import without
from analysis.publishing.errors import NOT_STARTED, lacking, storage_words


class ReportKernel(IPythonKernel):
    """To import the debugger takes as long as to start all else of a kernel, and makes every later import slower."""

    def __init__(self, **settings: object) -> None:
        with without("debugpy"):
            super().__init__(**settings)


def launch(arguments: list[str] | None = None) -> None:
    """Run a kernel. One that cannot start ends at once, as what it began keeps a process for ever, and says by its code
    what the system refused it."""
    kernel = IPKernelApp.instance()
    try:
        kernel.initialize(arguments)
    except Exception as error:
        number = lacking(error) or getattr(error, "errno", None) or 0
        if not lacking(error) and not storage_words(OSError(number, "")):
            traceback.print_exc(file=sys.__stderr__)
            number = 0
        os._exit(NOT_STARTED + number)
    kernel.start()


if __name__ == "__main__":
    launch()
