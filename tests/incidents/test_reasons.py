"""Every reason of a problem is said in French, whatever it quotes of the table."""

import ast
import re
from pathlib import Path

import pytest

from analysis.incidents import load_incidents
from analysis.incidents.reasons import reason_words
from analysis.language import used

ROOM = Path(__file__).resolve().parents[2] / "analysis" / "incidents"
MODULES = ("cells", "reasons", "dates", "claims", "counts", "load", "sources/gtd")
# How a reason begins: it goes on from the name of a column.
BEGINS = re.compile(r"(is|has|was|can be|stands|names|starts|ends|says|cannot|does|adds|low|best|repeats) [a-z0-9{]")
# Texts that begin so and are no reasons.
OTHERS = ("is empty", "is outside 77")  # the second is whole only where its limits are known


def reasons():
    found = []
    for name in MODULES:
        tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
        skipped = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.Raise | ast.Expr | ast.JoinedStr | ast.Assert)
            for part in ast.walk(node.exc if isinstance(node, ast.Raise) and node.exc else node)
            if part is not node and (isinstance(node, ast.Raise | ast.JoinedStr) or node.value is part)
        }
        for node in ast.walk(tree):
            if id(node) in skipped:
                continue
            if isinstance(node, ast.JoinedStr):
                text = "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if BEGINS.match(text) and not text.startswith(OTHERS):
                found.append(text)
    return sorted(set(found))


def test_every_reason_has_its_french():
    assert len(reasons()) > 40
    with used("fr"):
        assert [text for text in reasons() if reason_words(text) == text] == []


@pytest.mark.parametrize(
    ("reason", "french"),
    [
        ("is outside -90 to 90", "hors de l'intervalle de -90 à 90"),
        ("is not a date: 'Ventôse' is no month in English, French, Spanish, Portuguese, German, Russian, Ukrainian or "
            "Arabic",
            "n'est pas une date\u00a0: 'Ventôse' n'est pas un mois"),
        ("starts on another day than the other weeks, Monday",
            "ne commence pas le même jour que les autres semaines (lundi)"),
        ("of another publisher's making", "of another publisher's making"),
    ],
)  # fmt: skip
def test_what_a_reason_quotes_stays(reason, french):
    assert reason_words(reason) == reason
    with used("fr"):
        assert reason_words(reason).startswith(french)


def test_a_table_s_reasons_are_french(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "date,country,lat,lon,dead\n2024-01-01,Mali,14,-4,1\n2024-13-45,Mali,14,-4,1\n2024-01-02,Malli,99,-4,x\n"
        "2024-01-03,Mali,14,,-3\n5 Ventôse 2024,Mali,14,-4,1\n"
    )
    table = load_incidents(path, mapping="date=date,country=country,lat=lat,lon=lon,deaths=dead")
    assert len(table.problems) >= 5
    with used("fr"):
        english = [reason for reason in table.problems["reason"] if reason_words(reason) == reason]
    assert english == []
