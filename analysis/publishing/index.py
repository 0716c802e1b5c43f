"""The page of a folder of reports: what is published, and what failed."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from analysis.language import ENGLISH, LANGUAGES, current, message, say, used
from analysis.publishing.defuse import visible
from analysis.publishing.document import as_of_words
from analysis.publishing.manifest import finding_of
from analysis.publishing.owners import name_of

LINKS = {
    "report.pdf": message("PDF"),
    "briefing.pptx": message("slides"),
    "indicators.csv": message("numbers"),
    "changes.json": message("changes"),
}
# What tells this page from another's.
INDEX_MARK = '<ul class="index">'


def render_index(
    reports: Sequence[tuple[dict[str, Any], str]],
    failures: Sequence[tuple[dict[str, str], str, bool]],
    *,
    ended: Sequence[str] = (),
) -> str:
    """Return the page: in the language of the reports where all have one, else in English.

    Of each report it is given its manifest and the address of its folder, in the order of the page; of each failure
    what was kept of it, the address of its folder, and whether the executed notebook lies there; and the names
    ``ended`` of those that no schedule makes any more.
    """
    languages = {_language_of(manifest) for manifest, _ in reports}
    with used(languages.pop() if len(languages) == 1 else ENGLISH):
        notes: dict[object, str] = {
            name: say("Not renewed: its schedule does not make it any more, or is not there.") for name in ended
        }
        failing: set[object] = {failure.get("name") for failure, _, _ in failures}
        # An entry's own failure is that of its table, and so of all its reports.
        failing |= {_made_by(one) for one, _, _ in failures if name_of(str(one.get("name"))) == one.get("entry")}
        for name, manifest in last_made(manifest for manifest, _ in reports).items():
            if {name, _made_by(manifest)} & failing:
                notes[name] = say("Not renewed: the last try failed, as told below.")
        # Of each report its newest stands first, and is marked alone.
        rows = "".join(_row(manifest, place, note=notes.pop(manifest.get("name"), "")) for manifest, place in reports)
        failed = "".join(_failed(failure, place, executed=executed) for failure, place, executed in failures)
        if failed:
            failed = f"<h2>{escape(say('Failed'))}</h2>{INDEX_MARK}{failed}</ul>"
        title = escape(say("Published reports"))
        style = (Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
        return visible(
            f'<!DOCTYPE html>\n<html lang="{current()}"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
            f"<style>{style}</style></head><body><main><h1>{title}</h1>{INDEX_MARK}{rows}</ul>"
            f"{failed}</main></body></html>\n"
        )


def last_made(manifests: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return of each report the manifest of the one that was made last, whatever its day, by name."""
    return {str(one.get("name")): one for one in sorted(manifests, key=lambda one: str(one.get("started", "")))}


def _language_of(manifest: dict[str, Any]) -> str:
    told = (manifest.get("parameters") or {}).get("language")
    return told if told in LANGUAGES else ENGLISH


def _made_by(facts: dict[str, Any]) -> tuple[str | None, str | None]:
    return facts.get("schedule"), facts.get("entry")


def _row(manifest: dict[str, Any], place: str, *, note: str = "") -> str:
    shown = [
        f'<a href="{escape(place)}/{file}">{escape(say(word))}</a>'
        for file, word in LINKS.items()
        if file in (manifest.get("files") or ())
    ]
    shown.append(f'<a href="{escape(place)}/manifest.json">{escape(say("manifest"))}</a>')
    language = _language_of(manifest)
    other = "" if language == current() else f' lang="{language}"'
    as_of = say("as of {day}", day=_day(str(manifest.get("as_of", ""))))
    return (
        f'<li><p class="subtitle">{escape(as_of)} · {escape(str(manifest.get("name", "")))}</p>'
        f'<p><a href="{escape(place)}/report.html"{other}>{escape(str(manifest.get("title", "")))}</a> '
        f"({', '.join(shown)})</p><p{other}>{escape(finding_of(manifest))}</p>"
        f"{f'<p><strong>{escape(note)}</strong></p>' if note else ''}</li>"
    )


def _failed(failure: dict[str, str], place: str, *, executed: bool) -> str:
    link = f'<a href="{escape(place)}/notebook.ipynb">{escape(say("executed notebook"))}</a>'
    name, when, since = (str(failure.get(part, "")) for part in ("name", "when", "since"))
    told = say("{name}, tried {when}, failing since {since}", name=name_of(name), when=when, since=since)
    error = escape(str(failure.get("error", "")))
    return f'<li><p class="subtitle">{escape(told)}</p><p>{error}</p>{f"<p>{link}</p>" if executed else ""}</li>'


def _day(text: str) -> str:
    try:
        return as_of_words(text)
    except ValueError:  # of a manifest that somebody changed
        return text
