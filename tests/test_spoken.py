"""A study says what it says in its own language, whatever is spoken around it, and charts and pages follow it."""

import subprocess
import sys

import pandas as pd
import pytest

from analysis import open_study
from analysis.incidents.errors import SelectionError
from analysis.incidents.study import in_its_language, kept_on_study
from analysis.language import current, speaking, used
from analysis.reports.page import Page


@kept_on_study
def spoken_when_kept(study):
    return current()


@in_its_language
def spoken_by(study):
    return current()


def studies():
    return [open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", language=one) for one in ("en", "fr")]


def test_two_studies_of_one_process_keep_their_languages():
    english, french = studies()
    assert [spoken_by(study) for study in (french, english, french)] == ["fr", "en", "fr"]
    with used("fr"):
        assert [spoken_when_kept(study) for study in (english, french)] == ["en", "fr"]
    assert [spoken_when_kept(study) for study in (english, french)] == ["en", "fr"]
    assert current() == "en"


def test_a_study_is_found_wherever_it_stands_among_the_arguments():
    french = studies()[1]
    assert in_its_language(lambda page, study: current())("a page", french) == "fr"
    assert in_its_language(lambda page, *, study: current())("a page", study=french) == "fr"
    with pytest.raises(TypeError, match=r"spoken_by\(\) takes a study, and was given none"):
        spoken_by("a page")


def test_public_methods_speak_the_language_of_their_object():
    @speaking
    class Clock:
        language = "fr"

        def spoken(self):
            return current(), self._asked()

        def _asked(self):
            return current()

    assert Clock().spoken() == ("fr", "fr")
    assert Clock()._asked() == "en"


def test_a_drawing_is_sent_with_its_language(tmp_path, monkeypatch):
    from analysis.reports import blocks
    from analysis.reports.page import Drawing

    monkeypatch.setenv(blocks.PUBLISHER, "1")
    shown = []
    monkeypatch.setattr("analysis.reports.page._show", shown.append)
    page = Page(tmp_path)
    page.language = "fr"
    page.chart("a", Drawing("frequency.plot_counts"), pd.DataFrame({"n": [1]}), alt="A")
    assert [block.get("language") for block in shown if block["kind"] == "drawing"] == ["fr"]


def test_an_unknown_language_of_a_study_is_refused():
    with pytest.raises(SelectionError, match=r"language.*'de'.*expected one of en, fr"):
        open_study(language="de")


def test_english_needs_no_catalogue_and_no_babel():
    asked = (
        "import sys, analysis; from analysis.reports import open_report; open_report; assert 'babel' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
