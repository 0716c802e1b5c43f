"""Private copies of files: nobody can change or cut short what is read, and it is known what the file was."""

import errno
import io
import mmap
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from analysis.incidents.errors import TableError

BLOCK_BYTES = 1 << 22
_PART_BYTES, _READERS = 1 << 24, 4
# A larger file is copied to disk, not into memory, before it is read.
_MOST_BYTES_IN_MEMORY = 1 << 28


@dataclass(frozen=True)
class FileState:
    """What a file was when it was read: its size, times and hash. Later changes of the file change nothing that was
    read."""

    path: Path
    n_bytes: int
    modified_ns: int
    inode: int
    _digest: Callable[[], str]

    @cached_property
    def sha256(self) -> str:
        """The sha256 of what was read, in hexadecimal."""
        return self._digest()

    def hashed(self) -> Callable[[], str]:
        """Return what gives the sha256; that of a large file is begun now and waited for when it is asked for."""
        if isinstance(self._digest, _Digest):
            self._digest.begin()
            return self._digest
        return partial(str, self.sha256)

    def refuse_changed(self) -> None:
        """Refuse a file that was written to since its reading began: what was read may be half of the old and half of
        the new.

        Raises
        ------
        TableError
            If it is the same file with another size or time. One that was replaced or removed as a whole was read
            whole.
        """
        try:
            now = self.path.stat()
        except OSError:
            return
        if now.st_ino == self.inode and (now.st_size, now.st_mtime_ns) != (self.n_bytes, self.modified_ns):
            _refuse_changed(self.path)


class _Digest:
    """The sha256 of a content that nobody can change, made beside other work."""

    def __init__(self, content: "bytes | mmap.mmap") -> None:
        self._content = content
        self._begun: Future[str] | None = None

    def begin(self) -> None:
        if self._begun is None:
            worker = ThreadPoolExecutor(1)
            self._begun = worker.submit(lambda content: sha256(content).hexdigest(), self._content)
            self._content = b""
            worker.shutdown(wait=False)

    def __call__(self) -> str:
        self.begin()
        assert self._begun is not None
        return self._begun.result()

    def __reduce__(self) -> tuple[object, ...]:
        return partial, (str, self())


def read_privately(path: Path) -> "tuple[bytes | mmap.mmap, FileState]":
    """Return a file's content as a copy that nobody else can change or cut short, and what the file was.

    A small file is copied into memory, a large one into a file without a name, or into memory where there is no room
    for that.

    Raises
    ------
    TableError
        If the file is none, cannot be read, or is written to meanwhile.
    """
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            content = _copy(file) if before.st_size > _MOST_BYTES_IN_MEMORY else _in_memory(file, before.st_size)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.", path=path) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(content) != after.st_size:
        _refuse_changed(path)
    large = len(content) > BLOCK_BYTES
    digest = _Digest(content) if large else partial(str, sha256(content).hexdigest())
    return content, FileState(path, after.st_size, after.st_mtime_ns, after.st_ino, digest)


def _in_memory(file: "io.BufferedReader", n_bytes: int) -> "bytes | mmap.mmap":
    """Return a file's content, read in parts side by side where it is large; short where the file was cut meanwhile."""
    if n_bytes <= BLOCK_BYTES or not hasattr(os, "preadv"):
        return file.read()
    content = mmap.mmap(-1, n_bytes)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            content.madvise(mmap.MADV_HUGEPAGE)

    def fill(start: int) -> int:
        with memoryview(content) as whole, whole[start : start + _PART_BYTES] as part:
            done = 0
            while done < len(part):
                with part[done:] as rest:
                    n_read = os.preadv(file.fileno(), [rest], start + done)
                if n_read == 0:
                    break
                done += n_read
            return done

    with ThreadPoolExecutor(_READERS) as workers:
        n_read = sum(workers.map(fill, range(0, n_bytes, _PART_BYTES)))
    return content if n_read == n_bytes else b""


def _copy(file: IO[bytes]) -> "bytes | mmap.mmap":
    try:
        with TemporaryFile() as private:
            shutil.copyfileobj(file, private, BLOCK_BYTES)
            private.flush()
            return mmap.mmap(private.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.ENOENT):
            raise
    file.seek(0)
    return file.read()


def _refuse_changed(path: Path) -> None:
    raise TableError(f"{path.name} was written to while it was read. Run again when it is complete.", path=path)
