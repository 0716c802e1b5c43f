"""A template is parsed, and slides are written, in a process of its own: what breaks or fills it is told."""

import os
import re
import sys
import zipfile
from pathlib import Path

import pptx
import pytest
from click.testing import CliRunner
from pptx import Presentation

from analysis.cli import cli
from analysis.incidents.errors import TableError
from analysis.publishing import deck_apart
from analysis.publishing.deck import Content
from analysis.publishing.deck_apart import DeckProcess, DeckWriter, read_template
from analysis.publishing.deck_template import Template
from analysis.publishing.errors import KernelDiedError, OutOfMemoryError

PLAIN = Path(pptx.__file__).parent / "templates" / "default.pptx"


def bomb(path):
    """Write some kB that unpack to 30 MB of markup, a tree of a gigabyte, in a part not called markup."""
    with zipfile.ZipFile(PLAIN) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name).replace(b"slideLayout1.xml", b"slideLayout1.bin")
            if name == "ppt/slideLayouts/slideLayout1.xml":
                content = content.replace(b"</p:spTree>", b"<p:a/>" * 5_000_000 + b"</p:spTree>")
            target.writestr(name.replace("slideLayout1.xml", "slideLayout1.bin"), content)
    return path


def test_a_small_template_that_fills_memory_is_refused_by_the_command(tmp_path):
    path = bomb(tmp_path / "bomb.pptx")
    assert path.stat().st_size < 100_000
    words = ["report", "--formats", "html,pptx", "--template", str(path), "--out", str(tmp_path / "out")]
    shown = CliRunner().invoke(cli, words)
    assert shown.exit_code == 3
    assert "The template bomb.pptx cannot be used: reading it needs more than 64" in shown.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="opens a device")
def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.pptx")
    for path, words in ((tmp_path / "pipe.pptx", "pipe.pptx is no file"), (Path("/dev/zero"), "zero is no file")):
        with pytest.raises(TableError, match=words):
            read_template(path)


CONTENTS = (Content("A title", points=("One.",)),)


def written(tmp_path, *, template=None, contents=CONTENTS, ended=(), **options):
    writer = DeckWriter(**options)
    for process in ended:
        process._process.kill()
        process._process.wait()
    try:
        path = tmp_path / "deck.pptx"
        writer.write(contents, path, template=template, title="t", as_of="2025-07-01", foot="f")
    finally:
        writer.close()
    return Presentation(path)


def test_slides_are_written_apart_also_where_who_was_to_write_them_was_ended_before(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(deck_apart, "DeckProcess", lambda **how: started.append(DeckProcess(**how)) or started[-1])
    template = Template("t.pptx", PLAIN.read_bytes())
    assert written(tmp_path, template=template, ended=started).slides[0].shapes.title.text == "A title"
    assert len(started) == 2


def test_slides_that_need_more_than_they_may_hold_are_refused(tmp_path):
    many = (Content("A title", points=("One.",), notes=("x" * 300_000_000,)),)
    with pytest.raises(OutOfMemoryError, match="needs more than 400 MB of memory"):
        written(tmp_path, contents=many, memory_mb=400)


@pytest.mark.parametrize(
    ("template", "kind"), [(None, KernelDiedError), (Template("t.pptx", b"no slides"), TableError)]
)
def test_a_writer_that_is_ended_is_told(tmp_path, monkeypatch, template, kind):
    said = deck_apart.DeckProcess._say

    def say(self, content):
        said(self, content)
        if b"contents" in content and template is None:
            self._process.kill()

    monkeypatch.setattr(deck_apart.DeckProcess, "_say", say)
    with pytest.raises(kind) as caught:
        written(tmp_path, template=template)
    words = r"The template t\.pptx cannot be used: .* failed" if template else "broke down.*signal 9 ended it"
    assert re.search(words, str(caught.value))
