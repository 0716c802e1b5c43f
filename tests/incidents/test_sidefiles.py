"""Files beside a table are used, or refused with file, line and reason; none takes a parser's time or memory away."""

import os
import re
import sys
import time
import tomllib
from hashlib import sha256
from mmap import mmap

import pytest

from analysis.incidents import load_incidents, open_study, sidefiles
from analysis.incidents.errors import TableError
from analysis.incidents.files import copies
from analysis.incidents.side_tables import read_side_table
from analysis.incidents.sidefiles import parse_toml, read_json, read_text, toml_lines
from analysis.publishing.publish import publish_report
from tests.incidents.sidefiles import break_side_files, kinds
from tests.incidents.tables import write


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_broken_side_files_are_used_or_refused(tmp_path, seed):
    counts = break_side_files(tmp_path, n=140, seed=seed)
    assert sum(counts.values()) == 140


READ_IN_THREE_WAYS = pytest.mark.parametrize(
    "read",
    [
        lambda path: read_text(path, most_bytes=1 << 20, what="a mapping"),
        lambda path: copies.read_privately(path, lambda _: False)[0],
        lambda path: copies.read_privately(path, lambda _: True)[0],
    ],
    ids=["settings", "copied", "held"],
)


@READ_IN_THREE_WAYS
def test_a_file_that_somebody_is_writing_at_the_moment_is_refused(tmp_path, monkeypatch, read):
    # The system gives a file the time at which a write began: while it goes on, the file looks alike before and after.
    monkeypatch.setattr(copies, "_LEAST_HELD_BYTES", 0)
    path = write(tmp_path / "map.toml", "date = 'when'\n")
    waited = []

    def write_on(seconds):
        waited.append(seconds)
        path.write_text("date = 'then'\n")

    monkeypatch.setattr(sidefiles.time, "sleep", write_on)
    now = time.time_ns()
    monkeypatch.setattr(sidefiles.time, "time_ns", lambda: now)
    os.utime(path, ns=(now, now - sidefiles.SETTLED_NS + 1))
    with pytest.raises(TableError, match=r"map\.toml was written to while it was read\. Run again when it is complete"):
        read(path)
    assert waited == [1e-9]
    os.utime(path, ns=(now, now - sidefiles.SETTLED_NS))  # long enough ago; and by a clock that is ahead of this one
    assert bytes(read(path), *(["utf-8"] if isinstance(read(path), str) else [])) == b"date = 'then'\n"
    os.utime(path, ns=(now, now + 1))
    read(path)
    assert len(waited) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="who has a file open is asked of Linux")
@READ_IN_THREE_WAYS
def test_a_file_that_is_written_through_memory_while_it_is_read_is_refused(tmp_path, monkeypatch, read):
    # No time of the file tells of such a writer once it is at work, nor of one long write, or of pauses in a slow one.
    monkeypatch.setattr(copies, "_LEAST_HELD_BYTES", 0)
    path = write(tmp_path / "map.toml", "date = 'when'\n")
    os.utime(path, ns=(1, 1))
    with path.open("r+b") as file, mmap(file.fileno(), 0) as pages:
        monkeypatch.setattr(sidefiles.time, "sleep", lambda seconds: None)
        assert len(read(path)) == 14  # who has it open and lets it be disturbs nobody: spreadsheets do
        pages[8:12] = b"WHEN"
        os.utime(path, ns=(1, 1))

        def write_on(seconds):
            pages[8:12] = b"then"
            os.utime(path, ns=(1, 1))

        monkeypatch.setattr(sidefiles.time, "sleep", write_on)
        with pytest.raises(TableError, match=r"map\.toml was written to while it was read"):
            read(path)
        now = time.time_ns()
        monkeypatch.setattr(sidefiles.time, "time_ns", lambda: now)
        monkeypatch.setattr(sidefiles.time, "sleep", lambda seconds: file.write(b"date = 'who'\n") and file.flush())
        os.utime(path, ns=(now, now - sidefiles.WRITTEN_NS + 1))
        with pytest.raises(TableError, match=r"map\.toml was written to while it was read"):
            read(path)


def test_a_file_that_goes_once_it_was_looked_for_is_told(tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", "date,country\n")

    def is_there_no_more(self):
        path.unlink(missing_ok=True)
        return False

    monkeypatch.setattr(type(path), "is_dir", is_there_no_more)
    with pytest.raises(TableError, match=r"a\.csv cannot be read: No such file or directory"):
        load_incidents(path)


def test_a_pipe_that_takes_the_name_of_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "map.toml")
    with pytest.raises(TableError, match="is no file; give a mapping as a file"):
        read_text(tmp_path / "map.toml", most_bytes=1 << 20, what="a mapping")


@pytest.mark.parametrize("kind", kinds())
def test_the_sound_files_are_used(tmp_path, kind):
    name, content, load = kinds()[kind]
    assert load(write(tmp_path / name, content)) is not None


DEEP = sidefiles.MOST_NESTED


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        (
            f"x = 1\n{'.'.join('a' * (DEEP + 1))} = 1\n",
            (
                rf"m\.toml, line 2: a key of {DEEP + 1} parts joined by points, more than {DEEP}; a mapping needs no"
                r" such thing"
            ),
        ),
        ("a." * 100_000 + "a = 1", "a key of 100,001 parts"),
        ("[" + "a . " * 100_000 + "a]", "a key of 100,001 parts"),
        (f"x = {'[' * (DEEP + 1)}{']' * (DEEP + 1)}", f"line 1: brackets nested more than {DEEP} deep"),
        ("x = " + "[" * 100_000, "brackets nested"),
        ("x = " + "{a = " * 100_000, "brackets nested"),
        ("a" * 201 + " = 1", "line 1: a key of 201 characters, more than 200"),
        ("\n\na = \n", "line 3: this is not TOML: Invalid value"),
        ('a = "', "last line: this is not TOML|line 1: this is not TOML"),
        ('a = """', "this is not TOML"),
        ("a = 1\na = 2\n", "line 2: this is not TOML: Cannot overwrite a value|this is not TOML"),
    ],
)
def test_toml_that_is_refused(tmp_path, text, phrase):
    with pytest.raises(TableError, match=phrase):
        parse_toml(text, path=tmp_path / "m.toml", what="a mapping")


@pytest.mark.parametrize(
    "text",
    [
        f"{'.'.join('a' * DEEP)} = 1",
        f"x = {'[' * DEEP}{']' * DEEP}",
        "a" * 200 + " = 1",
        f'x = "{"a." * 500}" # {"[" * 500}',
        "x = """ + "'" + "[" * 500 + "'",
        'x = """\n' + "[" * 500 + '\n"""',
    ],
)  # fmt: skip
def test_toml_that_is_read(tmp_path, text):
    assert parse_toml(text, path=tmp_path / "m.toml", what="a mapping")


def test_the_line_of_a_fault_counts_the_lines_inside_quotes(tmp_path):
    text = 'x = """\n\n\n"""\n' + "a." * 40 + "a = 1"
    with pytest.raises(TableError, match="line 5: a key of 41 parts"):
        parse_toml(text, path=tmp_path / "m.toml", what="a mapping")


def test_each_key_has_its_line_however_it_is_written():
    text = r'''# [no.table]
a."b c".d = [1.5, { "e" = { f = 2024-01-01 } },
  "[x]", 'y = 1']
"\u0067\t" = """
h = 1 \""" = 2
["h"]
"""
[[i."j.k"]]
l = "m = {" # n = 1
[[i.'j.k']]
l.o = {
  p = 1, "\"" = 2 }
'''
    tomllib.loads(text.replace("{\n  p", "{ p"))  # sound, but for a line end that a later version of the language takes
    assert toml_lines(text) == {
        ("a",): 2, ("a", "b c"): 2, ("a", "b c", "d"): 2, ("a", "b c", "d", "e"): 2, ("a", "b c", "d", "e", "f"): 2,
        ("g\t",): 4, ("i",): 8, ("i", "j.k"): 8, ("i", "j.k", "l"): 9, ("i", "j.k", "l", "o"): 11,
        ("i", "j.k", "l", "o", "p"): 12, ("i", "j.k", "l", "o", '"'): 12,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [('a = "x"\n\n"\\u0062" = 1\n', 3), ('# b = 1\n[columns]\na = """\nb = 1"""\nb = []\n', 5), ("columns = 1", 1), ("",
        1)],
)  # fmt: skip
def test_a_mapping_that_names_no_column_is_refused_with_its_line(tmp_path, text, line):
    write(tmp_path / "t.csv", "date,country\n2024-01-01,Mali\n")
    with pytest.raises(TableError, match=rf"m\.toml, line {line}: "):
        load_incidents(tmp_path / "t.csv", mapping=write(tmp_path / "m.toml", text))


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"\xff\xfea\0", r"t\.toml, line 1: the text is UTF-16 .* Save the file as UTF-8"),
        (b"a\nb\n\xe9", r"t\.toml, line 3: the text is not UTF-8 .* at byte 4"),
        (b"x" * 11, r"t\.toml has 11 bytes; a mapping has at most 10"),
    ],
)
def test_text_that_cannot_be_read(tmp_path, content, phrase):
    with pytest.raises(TableError, match=phrase):
        read_text(write(tmp_path / "t.toml", content), most_bytes=10, what="a mapping")


def test_what_is_no_file(tmp_path):
    for path, phrase in (
        (tmp_path, "is no file"),
        (tmp_path / "none.toml", "does not exist"),
        ("a\0b", "does not exist"),
    ):
        with pytest.raises(TableError, match=phrase):
            read_text(path, most_bytes=10, what="a mapping")
    assert read_text(write(tmp_path / "bom.toml", b"\xef\xbb\xbfa"), most_bytes=10, what="a mapping") == "a"


def test_a_file_that_is_read_only_when_asked_for_is_no_pipe(tmp_path):
    os.mkfifo(tmp_path / "regions.csv")
    with pytest.raises(TableError, match=r"regions\.csv is no file but a device or a pipe\. Save the table as a file"):
        open_study(country="MLI", regions=tmp_path / "regions.csv")


@pytest.mark.parametrize("name", ["table", "regions", "claims", "boundaries", "coverage"])
def test_a_report_refuses_a_pipe_before_another_process_looks_for_it(tmp_path, name):
    """`report --regions <(...)` said that the pipe does not exist: in the kernel it has another, or none."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TableError, match=r"pipe is no file but a device or a pipe\. Save what it holds as a file\."):
        publish_report({name: str(tmp_path / "pipe")}, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_json_says_its_line(tmp_path):
    for text, phrase in (
        ("{\n\n]", "line 3: cannot be read as GeoJSON"),
        ("[" * 100_000, "nested too deep"),
        ("9" * 5000, "cannot be read"),
    ):
        with pytest.raises(TableError, match=re.escape("g.json") + ".*" + phrase):
            read_json(write(tmp_path / "g.json", text), what="GeoJSON")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b'a,b,note\n1,2024-01-01,"x\n2,2024-01-02,y"\n3,2024-01-03,\n4,2024-01-04,\n',
            "1 line within a quoted cell reads",
        ),
        (b'a,b,note\n1,2,x\n1,2,"x', "ends within a quoted cell"),
        (b"a,b,note\n" + b"1,2,x\n" * 20 + b"1,2,\0\0\n1,2,x\n", "zero bytes in the file"),
    ],
)
def test_a_table_beside_another_that_may_lack_rows_is_refused(tmp_path, content, reason):
    with pytest.raises(TableError, match=f"t.csv cannot be used: .*{reason}"):
        read_side_table(write(tmp_path / "t.csv", content), needed=("a",))


def test_a_table_beside_another_has_a_size(tmp_path, monkeypatch):
    path = write(tmp_path / "t.csv", b"a\n1\n")
    monkeypatch.setattr("analysis.incidents.side_tables.MOST_BYTES", 4)
    assert len(read_side_table(path, needed=("a",))) == 1
    monkeypatch.setattr("analysis.incidents.side_tables.MOST_BYTES", 3)
    with pytest.raises(TableError, match=r"t\.csv has 4 bytes; a table beside another has at most 3\."):
        read_side_table(path, needed=("a",))


def test_a_table_beside_another(tmp_path):
    # Semicolons, blanks and capitals in the header, an older encoding, empty rows.
    path = write(tmp_path / "actors.csv", "Actor ;TYPE;aliases\nA;militia;B\n;;\nSah\xe9l;militia;\n".encode("cp1252"))
    table = read_side_table(path, needed=("actor", "type"), optional=("aliases", "note"))
    assert table.to_dict("list") == {
        "actor": ["A", "Sah\xe9l"],
        "type": ["militia"] * 2,
        "aliases": ["B", ""],
        "row": [2, 4],
    }


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        (
            "actor,kind\nA,b\n",
            r"actors\.csv, row 1: there is no column type; found actor, kind\. It needs the columns actor and type",
        ),
        ("actor,type,Type\nA,b,c\n", r"actors\.csv, row 1: column type stands twice"),
        (
            "actor,type\nA\nB\n",
            (
                r"actors\.csv, row 2: 'A' has 1 fields where the header has 2\. Correct the row\. 1 more rows do not"
                r" fit either"
            ),
        ),
        ("actor,type\n,\n", "a header and no rows"),
    ],
)
def test_tables_that_are_refused(tmp_path, text, phrase):
    with pytest.raises(TableError, match=phrase):
        read_side_table(write(tmp_path / "actors.csv", text), needed=("actor", "type"))


def test_the_manifest_names_every_file_as_it_was_read(tmp_path):
    """Whatever becomes of a file after it was read."""
    files = {
        "t.csv": "when,land,who\n2024-01-02,Mali,A\n2024-05-02,Mali,A\n",
        "map.toml": 'date = "when"\ncountry = "land"\nattacker = "who"\n',
        "regions.csv": "region,countries\nnorth,MLI\n",
        "coverage.csv": "country,first_day,last_day\nMLI,2024-01-01,2024-12-31\n",
        "context.csv": "date,text\n2024-02-01,An election\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    study = open_study(
        tmp_path / "t.csv", mapping=str(tmp_path / "map.toml"), region="north", regions=tmp_path / "regions.csv",
        coverage=tmp_path / "coverage.csv", context=tmp_path / "context.csv",
    )  # fmt: skip
    for name in files:
        (tmp_path / name).write_text("something else\n")
    read = {item["file"]: item for item in study.inputs()}
    assert {name: item["sha256"] for name, item in read.items()} == {
        name: sha256(text.encode()).hexdigest() for name, text in files.items()
    }
    assert {item["role"] for item in read.values()} == {"incidents", "mapping", "regions", "coverage", "context"}
    assert read["coverage.csv"]["rows"] == 1
