"""Files beside a table (actors, coverage, mappings, boundaries): read whole, bounded, and refused with file, line and
reason.

Light on import, as whoever reads a schedule does so before anything is computed.
"""

import json
import os
import re
import signal
import stat
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from mmap import mmap
from pathlib import Path
from typing import Any, NoReturn

from analysis.incidents.errors import TableError

with suppress(ImportError):
    import fcntl

MOST_TOML_BYTES = 1 << 20
MOST_JSON_BYTES = 1 << 29
# Beyond these a document is no list of settings; the time that a parser takes grows with their square.
MOST_NESTED = 32
MOST_KEY_CHARACTERS = 200
# A file changed less than so long ago may be in the midst of a write, whose time is that of its beginning.
SETTLED_NS = 20_000_000
# Where it is known that somebody has it open to write to it, they may wait so long between two writes.
WRITTEN_NS = 1_000_000_000
# Text in quotes and comments: what is left holds only keys, signs and numbers.
_QUOTED = re.compile(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*')
_DOTTED = re.compile(r"[\w-]+(?:[ \t]*\.[ \t]*[\w-]+)+")
_WORD = re.compile(rf"[\w-]{{{MOST_KEY_CHARACTERS + 1},}}")
# What a sound document consists of: comments, texts of both kinds on one line or several, line ends, signs, and words.
_TOKEN = re.compile(
    r"#[^\n]*|"
    r'"""(?:\\[\s\S]|[^\\])*?"""+|'
    r"'''[\s\S]*?'''+|"
    r'"(?:\\.|[^"\\\n])*"|'
    r"'[^'\n]*'|"
    r"\n|[\[\]{}=,.]|[^\s\[\]{}=,.#\"']+"
)


@dataclass(frozen=True)
class ReadFile:
    """What a file was when it was read: the hash of its content, and its lines."""

    sha256: str
    n_lines: int


_READ: ContextVar[dict[Path, ReadFile] | None] = ContextVar("read", default=None)


@contextmanager
def noting_files() -> Iterator[dict[Path, ReadFile]]:
    """Note each file beside a table that is read meanwhile, by its absolute path: it may be another one later."""
    token = _READ.set({})
    try:
        noted = _READ.get()
        assert noted is not None
        yield noted
    finally:
        _READ.reset(token)


def note_file(path: str | Path, content: bytes) -> None:
    """Note what was read of a file, where somebody asks (see `noting_files`)."""
    noted = _READ.get()
    if noted is not None:
        noted[Path(path).absolute()] = ReadFile(sha256(content).hexdigest(), content.count(b"\n"))


def read_text(path: str | Path, *, most_bytes: int, what: str) -> str:
    """Return a text file's content.

    Parameters
    ----------
    path
        The file.
    most_bytes
        The largest size that is read.
    what
        What the file is to be, for errors: ``"a mapping"``.

    Raises
    ------
    TableError
        If it is no file, too large, or not UTF-8 text.
    """
    content = read_content(path, most_bytes=most_bytes, what=what)
    note_file(path, content)
    return as_utf8(Path(path), content)


def as_utf8(path: Path, content: bytes) -> str:
    """Return a file's content as text, or refuse it with the line of what is none."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        kind = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        line = content.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"{path.name}, line {line}: the text is {kind} ({error.reason} at byte {error.start}). Save the file as"
            " UTF-8.",
            path=path,
        ) from None


def read_content(path: str | Path, *, most_bytes: int, what: str) -> bytes:
    """Return a file's content.

    Parameters
    ----------
    path, most_bytes, what
        As of `read_text`.

    Raises
    ------
    TableError
        If it is no file, or too large.
    """
    path = Path(path)
    if not os.path.exists(path):  # a path that is too long, or holds a zero byte, is none
        raise TableError(f"{path} does not exist. Check the path.", path=path)
    try:
        with open_at_once(path) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise TableError(f"{path} is no file; give {what} as a file.", path=path)
            before = settled(file.fileno(), path)
            if before.st_size > most_bytes:
                raise TableError(
                    f"{path.name} has {before.st_size:,} bytes; {what} has at most {most_bytes:,}.", path=path
                )
            content = file.read()
            refuse_moving(content, file.fileno(), path)
            refuse_other(len(content), before.st_mtime_ns, os.fstat(file.fileno()), path)
            return content
    except OSError as error:
        if path.is_dir():
            raise TableError(f"{path} is no file; give {what} as a file.", path=path) from None
        raise TableError(f"{path} cannot be read: {error.strerror or error}.", path=path) from None


def refuse_pipe(path: str | Path, what: str = "the table") -> None:
    """Refuse a device or a pipe, as shells give one for ``<(...)``: to open it would wait for whoever writes to it, and
    a process apart has another of its name, or none.

    Raises
    ------
    TableError
        If it is one.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise TableError(f"{path} is no file but a device or a pipe. Save {what} as a file.", path=Path(path))


def open_at_once(path: Path) -> BufferedReader:
    """Open a file to be read; of a pipe, nobody who writes to it is waited for."""
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))


def state_of(path: Path) -> os.stat_result | None:
    """Return what a file is now, or None where it is none that can be looked at: who reads it says why."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def settled(opened: int, path: Path) -> os.stat_result:
    """Return the state of an open file that nobody is writing to; one that was written to a moment ago is waited for.

    Raises
    ------
    TableError
        If it is written to meanwhile.
    """
    state = os.fstat(opened)
    age = time.time_ns() - state.st_mtime_ns
    patience = WRITTEN_NS if has_writer(opened) else SETTLED_NS
    if 0 <= age < patience:  # a later time is of a clock that is not this one
        time.sleep((patience - age) / 1e9)
        refuse_other(state.st_size, state.st_mtime_ns, os.fstat(opened), path)
    return state


def has_writer(opened: int) -> bool:
    """Return whether somebody has an open file open to write to it, or holds its pages to write to them.

    No time of the file tells of who writes through memory, or is in the midst of one long write. Linux gives a lease
    of a file to who reads it only where nobody can write to it; it is given back at once. Where leases are unknown, or
    the file is another user's, nothing is known and nobody is assumed.
    """
    try:
        fcntl.fcntl(opened, fcntl.F_SETSIG, signal.SIGURG)  # a signal without effect, if somebody comes just then
        fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except (OSError, NameError, AttributeError):
        pass
    return False


def refuse_moving(content: bytes | mmap, opened: int, path: Path) -> None:
    """Refuse what was read of a file that somebody has open to write to it, if it reads otherwise a moment later.

    Raises
    ------
    TableError
        If it does.
    """
    if not has_writer(opened):
        return
    time.sleep(SETTLED_NS / 1e9)
    at = 0
    while block := os.pread(opened, 1 << 22, at):
        if content[at : at + len(block)] != block:
            break
        at += len(block)
    if block or at != len(content):
        _refuse_written(path)


def refuse_other(n_bytes: int, modified_ns: int, now: os.stat_result, path: Path) -> None:
    """Refuse a file whose size or time is not what it was: what was read may be half of the old and half of the new.

    Raises
    ------
    TableError
        If it is another.
    """
    if (now.st_size, now.st_mtime_ns) != (n_bytes, modified_ns):
        _refuse_written(path)


def _refuse_written(path: Path) -> NoReturn:
    raise TableError(f"{path.name} was written to while it was read. Run again when it is complete.", path=path)


def parse_toml(text: str, *, path: Path, what: str) -> dict[str, Any]:
    """Return the TOML document of settings that a text holds.

    Raises
    ------
    TableError
        If it is not TOML, or is nested deeper, or has longer keys, than settings are; with file and line.
    """
    bare = _QUOTED.sub(lambda match: "_" + "\n" * match[0].count("\n"), text)

    def refuse(position: int, reason: str) -> NoReturn:
        line = bare.count("\n", 0, position) + 1
        raise TableError(f"{path.name}, line {line}: {reason}; {what} needs no such thing.", path=path)

    # First, as the time that the search for keys takes grows with the square of their length.
    if match := _WORD.search(bare):
        refuse(match.start(), f"a key of {len(match[0]):,} characters, more than {MOST_KEY_CHARACTERS}")
    for match in _DOTTED.finditer(bare):
        if (depth := match[0].count(".") + 1) > MOST_NESTED:
            refuse(match.start(), f"a key of {depth:,} parts joined by points, more than {MOST_NESTED}")
    depth = 0
    for match in re.finditer(r"[\[\]{}]", bare):
        depth = max(0, depth + (1 if match[0] in "[{" else -1))
        if depth > MOST_NESTED:
            refuse(match.start(), f"brackets nested more than {MOST_NESTED} deep")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        where = f", line {found[1]}" if found else ", last line" if "end of document" in str(error) else ""
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise TableError(f"{path.name}{where}: this is not TOML: {reason}.", path=path) from None


def toml_lines(text: str) -> dict[tuple[str, ...], int]:
    r"""Return the line on which each key of a sound TOML document is written first, and each table that is named.

    Names are as they are meant, however they are written; what looks like a key within a text or a comment is none.

    >>> toml_lines('[a]\nb = \'\'\'\nc = 1\n\'\'\'\n"\\u0064" = { e = 1 }')
    {('a',): 1, ('a', 'b'): 2, ('a', 'd'): 5, ('a', 'd', 'e'): 5}
    """
    lines: dict[tuple[str, ...], int] = {}
    number, first = 1, 1
    header: tuple[str, ...] = ()
    here: tuple[str, ...] = ()
    # Brackets that are open, each with the key whose value it is in.
    opened: list[tuple[str, tuple[str, ...]]] = []
    parts: list[str] = []
    at_key, heading = True, False

    def note(key: tuple[str, ...]) -> None:
        for depth in range(1, len(key) + 1):
            lines.setdefault(key[:depth], first)

    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == "\n":
            number += 1
            if not opened:
                parts, at_key, heading = [], True, False
        elif word == "[" and at_key and not parts and not opened:
            heading = True
        elif word == "]" and heading:
            if parts:
                header = tuple(parts)
                note(header)
            parts, at_key = [], False
        elif word == "=" and at_key:
            here = (opened[-1][1] if opened else header) + tuple(parts)
            note(here)
            parts, at_key = [], False
        elif word in ("[", "{"):
            opened.append((word, here))
            parts, at_key = [], word == "{"
        elif word in ("]", "}"):
            if opened:
                here = opened.pop()[1]
            parts, at_key = [], False
        elif word == ",":
            parts, at_key = [], bool(opened) and opened[-1][0] == "{"
        elif word != "." and not word.startswith("#"):
            if at_key:
                first = first if parts else number
                parts.append(_name_of(word))
            number += word.count("\n")
    return lines


def _name_of(word: str) -> str:
    """Return a key's name from how it is written."""
    if word.startswith('"'):
        return str(tomllib.loads(f"a = {word}")["a"])
    return word.strip("'")


def read_json(path: str | Path, *, what: str, content: bytes | None = None) -> object:
    """Return a JSON document, of a file's ``content`` where that has been read.

    Raises
    ------
    TableError
        If it cannot be read or is not JSON, with file and line; or if a key stands twice in an object, with two values.
    """
    path = Path(path)
    text = as_utf8(path, content) if content is not None else read_text(path, most_bytes=MOST_JSON_BYTES, what=what)

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) < len(pairs) and (twice := [key for key, value in pairs if value != made[key]]):
            raise TableError(
                f"{path.name}: cannot be read as {what}: {twice[0]!r} stands twice in one object, with two values."
                " Leave out one.",
                path=path,
            )
        return made

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise TableError(
            f"{path.name}, line {error.lineno}: cannot be read as {what}: {error.msg}.", path=path
        ) from None
    except TableError:
        raise
    except (RecursionError, ValueError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else f"{error}".partition(";")[0]
        raise TableError(f"{path.name}, line 1: cannot be read as {what}: {reason}.", path=path) from None
