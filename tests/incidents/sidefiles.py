"""Files beside a table, broken at random: each is used or refused with its name, a place in it and a reason, and never
hangs.
"""

import random
import re
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from analysis.incidents.actors import load_actors
from analysis.incidents.boundaries import load_units
from analysis.incidents.claims import load_claims
from analysis.incidents.coverage import load_context, load_coverage, load_periods, load_reference
from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from analysis.incidents.printing import printable
from analysis.incidents.regions import load_regions
from analysis.resources import resource
from analysis.scheduling.errors import ScheduleError
from tests.incidents.tables import write

SECONDS = 20
# Where in the file the fault is: a line, a row, a feature, a key; or the file as a whole.
PLACE = re.compile(
    r"line \d|last line|row \d|rows? [\d,]+|\bfeature \d|units|bytes|column|header|empty|text|tables|never"
    r" closed|quotation|not a table|gzip|zip|decoded"
)
SCHEDULE = """
[batch]
out = "published"
workers = 2
[defaults]
cadence = "weekly"
on = "monday"
at = "06:00"
[reports.mali]
selection = { country = "MLI", attacker = ["JNIM"], as_of = 2025-07-01 }
parameters = { headline_count = 3 }
[reports.sahel]
foreach = "country"
cadence = "monthly"
on = 1
"""
MAPPING = '[columns]\ndate = "when"\ncountry = "land"\nattacker = "grp"\n'


def load_mapping(path: Path) -> object:
    """Read a plain table through a mapping."""
    table = path.with_name("plain.csv")
    if not table.exists():
        write(table, "when,land,grp\n2024-01-01,Mali,A\n2024-01-02,Mali,B\n")
    return load_incidents(table, mapping=path)


def load_schedule(path: Path) -> object:
    """Read a schedule."""
    from analysis.scheduling.schedule import read_schedule

    return read_schedule(path)


def kinds() -> dict[str, tuple[str, bytes, Callable[[Path], object]]]:
    """Return, for each kind of file beside a table, a name, a sound content, and what reads it."""
    return {
        "actors": ("actors.csv", resource("data/actors.csv").read_bytes()[:3000].rpartition(b"\n")[0], load_actors),
        "coverage": ("coverage.csv",
            b"country,first_day,last_day\nMLI,2020-01-01,2025-06-30\nNiger,2020-01-01,2025-06-30\n", load_coverage),
        "reference": ("reference.csv",
            b"country,period_start,period_end,count,reporter\nMLI,2024-01-01,2024-02-01,12,UN\n", load_reference),
        "periods": ("periods.csv",
            b"from,to,unit\n2024-01-01,2024-02-01,Mopti\n2024-03-01,2024-03-09,\n", load_periods),
        "context": ("context.csv",
            b"date,text\n2024-01-01,\"Elections, the first\"\n2024-03-01,A truce\n", load_context),
        "claims": ("claims.csv", resource("data/sahel/claims.csv").read_bytes()[:4000].rpartition(b"\n")[0],
            load_claims),
        "regions": ("regions.csv", resource("data/regions.csv").read_bytes(), load_regions),
        "boundaries": ("units.geojson",
            resource("data/boundaries/mali_niger_admin1_ne10m_derived.geojson").read_bytes(), load_units),
        "mapping": ("mapping.toml", MAPPING.encode(), load_mapping),
        "schedule": ("schedule.toml", SCHEDULE.encode(), load_schedule),
    }  # fmt: skip


def broken(content: bytes, chance: random.Random) -> bytes:
    """Return a file's content with one to four faults."""
    for _ in range(chance.randint(1, 4)):
        content = chance.choice(FAULTS)(content, chance)
    return content


def _spot(content: bytes, chance: random.Random) -> int:
    return chance.randrange(len(content) + 1)


def _insert(*pieces: bytes) -> Callable[[bytes, random.Random], bytes]:
    def insert(content: bytes, chance: random.Random) -> bytes:
        spot = _spot(content, chance)
        return content[:spot] + chance.choice(pieces) + content[spot:]

    return insert


def _lines(change: Callable[[list[bytes], random.Random], list[bytes]]) -> Callable[[bytes, random.Random], bytes]:
    return lambda content, chance: b"\n".join(change(content.split(b"\n"), chance))


def _recoded(encoding: str) -> Callable[[bytes, random.Random], bytes]:
    return lambda content, chance: content.decode("utf-8", "replace").encode(encoding, "replace")


def _number(content: bytes, chance: random.Random) -> bytes:
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?", content))
    if not found:
        return content
    match = chance.choice(found)
    other = chance.choice(
        [
            b"",
            b"-1",
            b"1e400",
            b"NaN",
            b"9" * 5000,
            b"0.5",
            b"true",
            b"null",
            b'"',
            b"200",
            b"2024-02-31",
            b"99999999999999999999",
        ]
    )
    return content[: match.start()] + other + content[match.end() :]


def _word(content: bytes, chance: random.Random) -> bytes:
    found = list(re.finditer(rb"[A-Za-z_]{3,}", content))
    if not found:
        return content
    match = chance.choice(found)
    other = chance.choice(
        [
            b"",
            b"x",
            match[0].upper(),
            b"=cmd",
            b"\x1b[2J",
            b"a" * 100_000,
            b"a." * 50_000 + b"a",
            b"\xe9",
            b"__proto__",
            b"-1",
            b"[]",
        ]
    )
    return content[: match.start()] + other + content[match.end() :]


FAULTS = [
    lambda content, chance: content[: _spot(content, chance)],
    lambda content, chance: content[_spot(content, chance) :],
    lambda content, chance: b"".join(
        bytes([chance.randrange(256)]) if chance.random() < 0.01 else bytes([byte]) for byte in content[:20_000]
    ),
    _insert(
        b"\0",
        b"\xff\xfe",
        b'"',
        b"'",
        b",",
        b";",
        b"\n",
        b"\r",
        b"\x1b]0;x\x07",
        "\u202e".encode(),
        b"#",
        b"=",
        b"\xef\xbb\xbf",
        b"\t",
    ),
    _insert(
        b"[" * 5000,
        b"{" * 5000,
        b"[[[[",
        b"]",
        b"}",
        b'{"a":' * 3000,
        b"a=" + b"[" * 40 + b"]" * 40 + b"\n",
        b"[" + b"a." * 20_000 + b"a]\n",
        b'"""',
        b"'''",
    ),
    _lines(lambda lines, chance: lines + [chance.choice(lines)] * chance.choice([1, 2, 200])),
    _lines(lambda lines, chance: [line for line in lines if chance.random() > 0.2]),
    _lines(lambda lines, chance: chance.sample(lines, len(lines))),
    _lines(lambda lines, chance: [lines[0] + b"," + lines[0], *lines[1:]]),
    _lines(lambda lines, chance: lines[1:]),
    lambda content, chance: content.replace(b",", chance.choice([b";", b"\t", b"|", b" , ", b",,"])),
    lambda content, chance: content.replace(b'"', chance.choice([b"'", b"", b'""'])),
    lambda content, chance: content.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n", b""])),
    _recoded("utf-16"),
    _recoded("utf-8-sig"),
    _recoded("cp1252"),
    _number,
    _number,
    _word,
    _word,
    lambda content, chance: b"",
    lambda content, chance: content * chance.choice([2, 3]),
]


@contextmanager
def ended_after(seconds: int):
    """Fail where what is inside takes longer; Unix alone, and in the main thread."""

    def fail(*_):
        raise AssertionError(f"it took longer than {seconds} seconds")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def break_side_files(folder: Path, *, n: int, seed: int) -> Counter:
    """Read ``n`` broken files of every kind in turn; return how many of each were used and refused.

    Raises
    ------
    AssertionError
        If one is neither, is refused without its name, a place and a reason, or takes too long.
    """
    chance = random.Random(seed)
    files = kinds()
    counts: Counter = Counter()
    for number in range(n):
        kind = list(files)[number % len(files)]
        name, sound, load = files[kind]
        path = folder / name
        path.write_bytes(broken(sound, chance))
        try:
            with ended_after(SECONDS):
                load(path)
            refusal = ""
        except (TableError, ScheduleError) as error:
            refusal = str(error)
        except Exception as error:
            (folder / f"failed-{number}-{name}").write_bytes(path.read_bytes())
            raise AssertionError(
                f"{kind}, number {number}: {type(error).__name__}: {error}; kept as failed-{number}-{name}"
            ) from error
        counts[f"{kind} {'refused' if refusal else 'used'}"] += 1
        said = f"{kind}, number {number}: {refusal[:400]!r}"
        assert refusal.replace("\n", "") == printable(refusal.replace("\n", "")), said
        assert len(refusal) <= 4000 or kind == "schedule", said
        if refusal and kind != "mapping":  # which is told of together with the table
            assert name in refusal, said
            assert PLACE.search(refusal), said
    return counts
