"""A whole French report has no English left: neither words nor numbers, in blocks nor in charts."""

import re
from datetime import date, timedelta

import numpy as np
import pytest

from analysis.incidents.parameters import EXAMPLE
from tests.aggregates import write_aggregates
from tests.french import NOTEBOOKS, english_in, texts_of
from tests.incidents.tables import GED_49, as_text, ged, write

# What the situation report answers whole is read there.
WHOLE = set(re.findall(r'section\(\\"(\w+)\\"\)', (NOTEBOOKS / "situation.ipynb").read_text(encoding="utf-8")))
QUESTIONS = sorted(
    path.stem
    for path in NOTEBOOKS.glob("*.ipynb")
    if "report.answer(" in path.read_text(encoding="utf-8") and path.stem not in WHOLE
)
EMBEDDED = {"table": "", **EXAMPLE, "unit": "country"}
ALL = {"country": "", "attacker": "", "as_of": "", "headline_count": 0}


def deadly_events(folder):
    """Write a made-up table in UCDP's form: two years, more events in the last weeks, some placed roughly."""
    generator = np.random.default_rng(7)
    first, rows = date(2022, 1, 1), []
    for day in range(730):
        for _ in range(generator.poisson(0.6 if day > 690 else 0.12)):
            start = first + timedelta(days=day)
            east, north = generator.normal(-4, 1), generator.normal(14, 0.6)
            dead = int(generator.geometric(0.25))
            rows.append(
                {
                    "id": str(len(rows) + 1), "year": str(start.year), "date_start": f"{start} 00:00:00.000",
                    "date_end": f"{start} 00:00:00.000", "latitude": f"{north:.3f}", "longitude": f"{east:.3f}",
                    "adm_1": f"Province {'ABC'[len(rows) % 3]}", "where_prec": str(1 + 3 * (len(rows) % 9 == 0)),
                    "best": str(dead), "low": str(dead), "high": str(dead + 1), "deaths_b": str(dead), "deaths_a": "0",
                }
            )  # fmt: skip
    return write(folder / "GEDEvent_v23_1.csv", as_text(ged(*rows), GED_49))


@pytest.mark.parametrize("notebook", ["situation", *QUESTIONS])
def test_a_french_report_has_no_english_left(notebook, tmp_path):
    # As the notebook opens, but for the charts of many units.
    asked = EMBEDDED if notebook in ("situation", "surge") else {}
    texts, study = texts_of(notebook, tmp_path, **asked, language="fr", n_simulations=50)
    assert len(texts) > 5
    assert english_in(texts, study) == []


def test_a_french_report_on_deadly_events_calls_them_so(tmp_path):
    table = deadly_events(tmp_path)
    texts, study = texts_of("situation", tmp_path, table=str(table), **ALL, language="fr", n_simulations=50)
    assert study.noun == "deadly event"
    assert english_in(texts, study) == []
    # Headings of a notebook, and values in the rows of tables, stay as they are.
    shown = [text for where, text in texts if where not in ("prose", "table")]
    assert any("actions meurtrières" in text for text in shown)
    assert [text for text in shown if re.search(r"\battaques?\b", text, flags=re.IGNORECASE)] == []


def test_a_french_report_on_counts_has_no_english_left(tmp_path):
    table = write_aggregates(tmp_path)
    asked = ALL | {"country": "Mali", "unit": "admin1"}
    texts, study = texts_of("situation", tmp_path, table=str(table), **asked, language="fr", n_simulations=50)
    assert study.holds_counts
    assert english_in(texts, study) == []


def test_english_is_found_where_it_stands(tmp_path):
    texts, study = texts_of("trend", tmp_path, n_simulations=50)
    assert english_in(texts, study)
    assert english_in([("say", "Il y en a 1,234."), ("say", "soit 0.5 par jour")], study)
    assert english_in([("say", "Il y en a 0,234 ; 1\u202f234 en tout.")], study) == []
