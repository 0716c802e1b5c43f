"""The PDF holds the charts that lie beside it, waits for those that are still drawn, and takes nothing from elsewhere."""

import threading
import time

import pytest
from PIL import Image

from analysis.publishing.pdf import write_pdf
from analysis.reports.beside import ENDING, BesideError

PAGE = '<html><body><h1>A</h1><figure id="chart-{name}"><img src="charts/{name}.svg" alt="x"></figure></body></html>'


def write_later(folder, name, *, failing=""):
    """Leave a note for a chart, and after a while the chart, or why there is none."""
    charts = folder / "charts"
    charts.mkdir()
    note = charts / f"{name}.png{ENDING}"
    note.touch()

    def work():
        time.sleep(0.5)
        if failing:
            note.write_text(failing)
        else:
            Image.new("RGB", (40, 20), "#2C5F8A").save(charts / f"{name}.png")
            note.unlink()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("name", ["tempo", "größe 50%"])
def test_a_chart_that_is_still_drawn_is_waited_for(tmp_path, name):
    thread = write_later(tmp_path, name)
    write_pdf(PAGE.format(name=name), tmp_path / "a.pdf", title="a", as_of="2025-07-01")
    thread.join()
    content = (tmp_path / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Subtype /Image") == 1
    assert b"/Width 40" in content


def test_a_chart_that_could_not_be_drawn_is_told(tmp_path):
    thread = write_later(tmp_path, "tempo", failing="ValueError: no ticks")
    with pytest.raises(BesideError, match=r"tempo.png was not written: ValueError: no ticks"):
        write_pdf(PAGE.format(name="tempo"), tmp_path / "a.pdf", title="a", as_of="2025-07-01")
    thread.join()


@pytest.mark.parametrize("address", ["http://192.0.2.1/a.png", "file:///etc/hostname", "chart:../a.png"])
def test_nothing_is_taken_from_elsewhere(tmp_path, address):
    with pytest.raises(ValueError, match="asks for what it does not hold"):
        write_pdf(f'<img src="{address}">', tmp_path / "a.pdf", title="a", as_of="2025-07-01")
