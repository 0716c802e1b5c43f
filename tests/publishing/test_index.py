"""The page of all reports is in the language that they share, and marks those in another."""

from analysis.publishing.index import render_index

REPORT = {
    "as_of": "2025-07-01", "name": "situation", "title": "Attacks", "finding": "It rises.", "files": ["report.pdf"],
}  # fmt: skip
FRENCH = REPORT | {
    "name": "situation-fr",
    "title": "Attaques",
    "finding": "En hausse.",
    "parameters": {"language": "fr"},
}
FAILURE = {"name": "a", "when": "2025-07-02", "since": "2025-07-01", "error": "No <table>."}


def test_reports_of_one_language_have_a_page_in_it():
    page = render_index([(FRENCH, "situation-fr/2025-07-01")], [(FAILURE, "a/failed", True)])
    assert '<html lang="fr">' in page
    assert "<h1>Rapports publiés</h1>" in page
    assert "au 1er juillet 2025 · situation-fr" in page
    assert "<h2>Échecs</h2>" in page
    assert "No &lt;table&gt;." in page
    assert "carnet exécuté" in page
    english = render_index([(REPORT, "situation/2025-07-01")], [])
    assert '<html lang="en">' in english
    assert "as of 1 July 2025 · situation" in english


def test_among_reports_of_two_languages_the_other_is_marked():
    page = render_index([(REPORT, "situation/2025-07-01"), (FRENCH, "situation-fr/2025-07-01")], [])
    assert '<html lang="en">' in page
    assert '<a href="situation-fr/2025-07-01/report.html" lang="fr">Attaques</a>' in page
    assert '<p lang="fr">En hausse.</p>' in page
    assert '<a href="situation/2025-07-01/report.html">Attacks</a>' in page


def test_a_manifest_that_somebody_changed_does_no_harm():
    page = render_index([({"as_of": "some day", "parameters": {"language": "xx"}}, "a/some day")], [])
    assert "as of some day" in page
