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


def test_a_verdict_stands_beside_how_sure_it_is():
    page = render_index([(REPORT | {"confidence": "Confidence is <low>."}, "situation/2025-07-01")], [])
    assert "<p>It rises. Confidence is &lt;low&gt;.</p>" in page


def test_a_manifest_that_somebody_changed_does_no_harm():
    page = render_index([({"as_of": "some day", "parameters": {"language": "xx"}}, "a/some day")], [])
    assert "as of some day" in page


def test_what_is_not_renewed_is_marked_once_with_its_reason():
    """Of three days the newest alone; an entry that fails as a whole is that of all its reports."""
    of_each = {"schedule": "../s.toml", "entry": "each"}
    reports = [(REPORT | {"as_of": f"2025-07-0{day}"}, f"situation/2025-07-0{day}") for day in (3, 2, 1)]
    reports += [(REPORT | {"name": name} | of_each, f"{name}/2025-07-01") for name in ("each-mli", "each-ner")]
    ended = "Not renewed: its schedule does not make it any more, or is not there."
    failed = "Not renewed: the last try failed"
    page = render_index(reports, [], ended=["situation"])
    assert (page.count(ended), page.count(failed)) == (1, 0)
    assert page.index(ended) < page.index("2 July 2025")
    failure = FAILURE | of_each
    for name, marked in (("each-ner", 1), ("each", 2), ("situation", 1), ("a", 0)):
        page = render_index(reports, [(failure | {"name": name}, f"{name}/failed", False)], ended=[])
        assert page.count(failed) == marked, name
    assert "N'est pas renouvelé : le dernier essai a échoué" in visibly(
        render_index([(FRENCH, "x")], [(FAILURE | {"name": "situation-fr"}, "x/failed", False)])
    )


def visibly(page):
    """Return a page with its quotes as they are read."""
    return page.replace("&#x27;", "'").replace("\xa0", " ")
