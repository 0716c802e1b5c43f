"""Charts alone, in a folder of their own: for a slide, a page or a post."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.incidents.names import first_few
from analysis.incidents.study import Study
from analysis.language import say, used
from analysis.publishing.charts import warnings_refused
from analysis.publishing.defuse import defuse_csv
from analysis.publishing.errors import StorageError
from analysis.publishing.folders import copy_folder, making_beside, persist_folder, replace_folder, told_plainly
from analysis.publishing.own_files import read_facts
from analysis.reports.nouns import named
from analysis.resources import real_path

if TYPE_CHECKING:
    from analysis.reports.charts import Found

LISTING = "charts.json"


@dataclass(frozen=True)
class Written:
    """What was written: the files in the order of the catalogue, and why each other chart was not."""

    folder: Path
    files: tuple[Path, ...]
    absent: dict[str, str]


def write_charts(
    study: Study,
    out: Path,
    *,
    names: Sequence[str] = (),
    found: "Iterable[Found] | None" = None,
    forms: Sequence[str] = ("png",),
    size: str = "slide",
    theme: str = "light",
    tell: Callable[[str], None] = lambda line: None,
) -> Written:
    """Write charts of a study, each with the CSV of its numbers, in the study's language: those named (see
    `analysis.reports.charts.catalogue`), or ``found``, charts of another making, or all.

    The folder appears whole or not at all. Charts that it holds from earlier runs stay, but for those of the same
    names. Same inputs give equal bytes. For ``size`` and ``theme`` see `analysis.figures.looks`; ``tell`` is told the
    name of each chart before it is made.

    Raises `ParameterError` if a name is unknown; `StorageError` if the folder is somebody else's, or cannot be written;
    `LockedError` if another run writes charts into it.
    """
    from analysis.reports.charts import charts_of, listed

    listed(names)
    out = real_path(out)
    with told_plainly(out):
        _held(out)
        with making_beside(out) as working:
            held = _held(out)
            folder = working / "charts"
            if held:
                copy_folder(out, folder)
            else:
                folder.mkdir()
            with used(study.settings.language):
                chosen = charts_of(study, names) if found is None else found
                made, absent = _fill(study, folder, chosen, forms=forms, size=size, theme=theme, tell=tell)
            if made:
                entries = {item["name"]: item for item in [*held, *made]}
                for item in held:
                    if item["name"] in {new["name"] for new in made}:
                        for file in set(item["files"]) - set(entries[item["name"]]["files"]):
                            (folder / file).unlink(missing_ok=True)
                listing = {"schema": 1, "charts": [entries[name] for name in sorted(entries)]}
                text = json.dumps(listing, ensure_ascii=False, indent=1) + "\n"
                (folder / LISTING).write_text(text, encoding="utf-8")
                persist_folder(folder)
                replace_folder(folder, out)
    return Written(out, tuple(out / file for item in made for file in item["files"]), absent)


def _fill(
    study: Study,
    folder: Path,
    charts: "Iterable[Found]",
    *,
    forms: Sequence[str],
    size: str,
    theme: str,
    tell: Callable[[str], None],
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    from matplotlib import pyplot as plt

    from analysis.figures import looks
    from analysis.figures.theme import absence_of, calling
    from analysis.reports.chart_files import figure_of, write_chart
    from analysis.reports.documents import numbers_of
    from analysis.reports.wording import source_name
    from analysis.reports.wording import title as selection_title

    made, absent = [], {}
    for found in charts:
        name, chart = found.listed.name, found.chart
        if chart is None:
            absent[name] = named(found.reason, study.noun)
            continue
        tell(name)
        with warnings_refused(), looks.sized(size), calling(partial(named, noun=study.noun)):
            drawn = chart.draw()
            reason = absence_of(figure_of(drawn))
            if reason or chart.numbers.empty:
                plt.close(figure_of(drawn))
                absent[name] = named(reason or say("its numbers are empty"), study.noun)
                continue
            title = chart.title or chart.what
            write_chart(
                folder / name,
                drawn,
                title=title,
                noun=study.noun,
                forms=forms,
                theme_name=theme,
                scale=looks.SIZES[size].scale,
            )
        numbers_of(chart.numbers, chart.draw).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        defuse_csv(folder / f"{name}.csv")
        made.append(
            {
                "name": name,
                "question": found.listed.question,
                "title": named(title, study.noun),
                "shows": selection_title(study),
                "source": source_name(study),
                "as_of": f"{study.as_of:%Y-%m-%d}",
                "size": size,
                "theme": theme,
                "language": study.settings.language,
                "files": [*(f"{name}.{form}" for form in forms), f"{name}.csv"],
            }
        )
    return made, absent


def _held(out: Path) -> list[dict[str, Any]]:
    """Return what a folder of charts lists; nothing where there is no folder, or an empty one."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return []
    try:
        held = read_facts(out / LISTING)["charts"]
        expected = {LISTING, *(file for item in held for file in item["files"])}
    except (KeyError, TypeError):
        expected, held = set(), []
    strange = sorted(path.name for path in out.iterdir() if path.name not in expected) if out.is_dir() else [out.name]
    if strange:
        raise StorageError(
            f"{out} holds what no chart of this program is: {first_few(strange, 3)}. It was left alone, and "
            "nothing was written. Give another folder."
        )
    return held
