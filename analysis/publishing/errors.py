"""What can go wrong with a report, apart from the table (`analysis.incidents.errors`): light to import, for the door
names most of them."""

import errno
import signal
from contextlib import suppress

from analysis.incidents.errors import Told

STORAGE_WORDS = {
    errno.ENOSPC: "no space is left on its device",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file grew beyond what is allowed",
    errno.EROFS: "it is read-only",
    errno.EACCES: "this user has no right to it",
    errno.EPERM: "this user has no right to it",
    errno.EEXIST: "a file stands where a folder is needed",
    errno.ENOTDIR: "a file stands where a folder is needed",
    errno.ENOENT: "a folder on the way to it is not there",
    errno.EISDIR: "a folder stands where a file is needed",
    errno.ENAMETOOLONG: "a name in its path is too long",
    errno.ELOOP: "its path is a circle of links",
    errno.ENOLCK: "its file system cannot hold a file for one run at a time",
    errno.ENOSYS: "its file system cannot do what is needed, such as hold a file for one run at a time",
    errno.EXDEV: "a part of it is on another device",
    errno.EIO: "its device fails",
    errno.ESTALE: "its device is gone",
    errno.ENOTCONN: "its device is gone",
    errno.ENXIO: "nobody is at its other end",
    errno.ETIMEDOUT: "its device does not answer",
    errno.EHOSTDOWN: "its device does not answer",
}

# A kernel that cannot start ends with this code, and what the number of the system's error is more.
NOT_STARTED = 120

# What the system refuses to a process that it gives too little: by its number, or in a library's words for a thread.
LACKING_NUMBERS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)
_LACKS_THREADS = ("can't start new thread", "Failed to launch worker thread")

# What C++ says, and Arrow, of a result that it could not pack for want of memory.
_LACKS_MEMORY = ("std::bad_alloc", "malloc of size", "Unknown error: Wrapping")


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


def storage_words(error: OSError) -> str:
    """Return why a file or a folder cannot be used, of an error that is about storage; else nothing."""
    if error.errno == errno.EAGAIN and error.filename:  # without a file, it is a process that the system does not start
        return "another program, or its file system, holds it back at this moment"
    # As Python and matplotlib say where no such folder may be written; a path may be called so too.
    if "temporary directory" in str(error.strerror or error):
        return "no folder for temporary files may be written; let TMPDIR name one"
    return STORAGE_WORDS.get(error.errno or 0, "")


def lacking(error: Exception) -> int:
    """Return the number of the system's error that says that it gives too few threads, files or memory; else 0."""
    number = getattr(error, "errno", None)  # sockets' errors have one too
    if number in LACKING_NUMBERS:
        return number
    return errno.EAGAIN if any(words in str(error) for words in _LACKS_THREADS) else 0


def ended_words(code: int | None) -> str:
    """Return what ended a process, of its exit code."""
    if code is not None and code < 0:
        with suppress(ValueError):
            name = signal.Signals(-code).name
            return f"signal {name}{', as a system or container sends it that is short of memory' * (name == 'SIGKILL')}"
    return f"exit code {code}"


def wants_memory(kind: str, words: str) -> bool:
    """Return whether an error says that a library got no more memory: many do not call it a MemoryError."""
    return kind == "MemoryError" or any(said in words for said in _LACKS_MEMORY)
