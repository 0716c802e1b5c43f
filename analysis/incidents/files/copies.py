"""Private copies of files: nobody can change or cut short what is read, and it is known what the file was. A large text
is read where it lies, and refused if it is written to before all of it was read."""

import io
import mmap
import os
import shutil
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from analysis.incidents.errors import TableError
from analysis.incidents.sidefiles import has_writer, open_at_once, refuse_moving, refuse_other, settled
from analysis.resources import n_threads

BLOCK_BYTES = 1 << 22
_LEAST_HELD_BYTES = BLOCK_BYTES  # a smaller file is copied whatever it holds
# A larger file is copied to disk, not into memory, before it is read.
_MOST_BYTES_IN_MEMORY = 1 << 28


class HeldFile:
    """A file that is held open and read by parts, as often as needed. It stays the same file when another takes its
    name; what is written into it is told by `FileState.refuse_changed`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._number = os.dup(file.fileno())
        self._size = os.fstat(self._number).st_size
        weakref.finalize(self, os.close, self._number)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        return b"".join(self.blocks(start, stop))

    def __bytes__(self) -> bytes:
        return self[:]

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield what stands from one byte to another, in parts; less where the file was cut short meanwhile."""
        stop = self._size if stop is None else stop
        while start < stop and (block := os.pread(self._number, min(BLOCK_BYTES, stop - start), start)):
            yield block
            start += len(block)

    def stat(self) -> os.stat_result:
        """Return the state of the file now."""
        return os.fstat(self._number)

    def stream(self, start: int) -> "_Stream":
        """Return what stands from one byte on, to be read once."""
        return _Stream(self._number, start)


class _Stream(io.RawIOBase):
    def __init__(self, number: int, start: int) -> None:
        self._number, self._at = number, start

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = os.pread(self._number, size if size >= 0 else BLOCK_BYTES, self._at)
        self._at += len(block)
        return block


Content = bytes | mmap.mmap | HeldFile


@dataclass(frozen=True)
class FileState:
    """What a file was when it was read: its size, times and hash. Later changes of the file change nothing that was
    read."""

    path: Path
    n_bytes: int
    modified_ns: int
    inode: int
    _digest: Callable[[], str]
    held: HeldFile | None = None

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

        Raises `TableError` if it is the same file with another size or time. One that was replaced or removed as a
        whole was read whole.
        """
        try:
            now = self.held.stat() if self.held else self.path.stat()
        except OSError:
            return
        if now.st_ino == self.inode:
            refuse_other(self.n_bytes, self.modified_ns, now, self.path)


class _Digest:
    """The sha256 of a content, made beside other work; of one that may change, refused if it did."""

    def __init__(self, content: Content, refuse_changed: Callable[[], None]) -> None:
        self._content, self._refuse_changed = content, refuse_changed
        self._begun: Future[str] | None = None

    def begin(self) -> None:
        if self._begun is None:
            asked = self._content, self._refuse_changed
            self._content, self._refuse_changed = b"", lambda: None
            if n_threads(1):
                worker = ThreadPoolExecutor(1)
                self._begun = worker.submit(_hash, *asked)
                worker.shutdown(wait=False)
            else:
                self._begun = Future()
                self._begun.set_result(_hash(*asked))

    def __call__(self) -> str:
        self.begin()
        assert self._begun is not None
        return self._begun.result()

    def __reduce__(self) -> tuple[object, ...]:
        return partial, (str, self())


def _hash(content: Content, refuse_changed: Callable[[], None]) -> str:
    if not isinstance(content, HeldFile):
        return sha256(content).hexdigest()
    made = sha256()
    for block in content.blocks():
        made.update(block)
    refuse_changed()
    return made.hexdigest()


def read_privately(path: Path, stays: Callable[[bytes], bool]) -> tuple[Content, FileState]:
    """Return a file's content as a copy that nobody else can change or cut short, and what the file was.

    A small file is copied into memory, a large one into a file without a name, or into memory where there is no room
    for that. A large one whose first bytes say that it ``stays`` where it is, is held open and not copied, but where
    somebody else has it open to write to it.

    Raises `TableError` if the file is none, cannot be read, or is written to meanwhile.
    """
    try:
        with open_at_once(path) as file:
            before = settled(file.fileno(), path)
            content: Content
            if (
                before.st_size > _LEAST_HELD_BYTES
                and hasattr(os, "pread")
                and stays(os.pread(file.fileno(), 1 << 12, 0))
                and not has_writer(file.fileno())
            ):
                content = HeldFile(file)
            else:
                content = _copy(file) if before.st_size > _MOST_BYTES_IN_MEMORY else file.read()
                refuse_moving(content, file.fileno(), path)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.", path=path) from None
    refuse_other(before.st_size, before.st_mtime_ns, after, path)
    refuse_other(len(content), before.st_mtime_ns, after, path)
    held = content if isinstance(content, HeldFile) else None
    known = (path, after.st_size, after.st_mtime_ns, after.st_ino)
    if held is None and len(content) <= BLOCK_BYTES:
        return content, FileState(*known, partial(str, sha256(cast(bytes, content)).hexdigest()))
    unchanged = FileState(*known, str, held)
    return content, FileState(*known, _Digest(content, unchanged.refuse_changed), held)


def _copy(file: IO[bytes]) -> "bytes | mmap.mmap":
    with suppress(OSError), TemporaryFile() as private:  # what the file itself refuses, it refuses below too
        shutil.copyfileobj(file, private, BLOCK_BYTES)
        private.flush()
        return mmap.mmap(private.fileno(), 0, access=mmap.ACCESS_READ)
    file.seek(0)
    return file.read()
