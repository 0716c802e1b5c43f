"""What can go wrong with a schedule: light to import, for the door names most of them."""

from collections.abc import Sequence

from analysis.incidents.errors import Told


class ScheduleError(Told, ValueError):
    """The schedule cannot be used; each line of the message names line, key and remedy."""


class UnknownReportError(ScheduleError):
    """A report that was asked for by name is not in the schedule."""


class CancelledError(KeyboardInterrupt):
    """The run was told to stop. No fault of what it was doing, so that nobody who catches faults catches it."""


class ClusterError(Told, RuntimeError):
    """The cluster cannot be used; the message says how to mend it."""


class NotifyError(RuntimeError):
    """A message could not be delivered. Its words are cut when no part of a secret is left in them."""


class PartlyToldError(Told, NotifyError):
    """A message was delivered, but not to all, in our words; ``later`` are those who were refused for now alone: the
    message is still to be told to them."""

    def __init__(self, message: str = "", *, later: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.later = tuple(later)
