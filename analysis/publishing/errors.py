"""What can go wrong with a report, apart from the table (`analysis.incidents.errors`): light to import, for the door
names most of them."""

from analysis.incidents.errors import Told


class NotebookError(Told, RuntimeError):
    """A notebook did not run to its end."""


class KernelDiedError(NotebookError):
    """A notebook's kernel, or the process that writes its slides, was ended; another try may succeed."""


class OutOfMemoryError(NotebookError):
    """A notebook needed more memory than it may hold, or than there is."""


class LockedError(Told, RuntimeError):
    """Another run is publishing into the same folder."""


class StorageError(Told, RuntimeError):
    """The folder that reports are published in cannot be written."""


class ForkError(RuntimeError):
    """The process has several threads: a fork would copy their locks but not them."""
