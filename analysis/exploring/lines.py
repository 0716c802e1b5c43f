"""What is on the screen, as a command and as lines of Python that anybody can run."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.incidents.load import IncidentTable
from analysis.incidents.names import as_names
from analysis.incidents.parameters import parameters_of


def command_of(table: object, chosen: Mapping[str, object]) -> str:
    """Return the ``escalation report`` line of a look; ``""`` where the table is no file that a command could read.

    Parameters
    ----------
    table
        As `analysis.explore` was given it.
    chosen
        Parameters by name; those at their default are left out.

    Examples
    --------
    >>> command_of("my table.csv", {"attacker": "Group A, North", "window_days": 60})
    "escalation report 'my table.csv' --attacker 'Group A, North' --window 60"
    """
    if isinstance(table, pd.DataFrame | IncidentTable):
        return ""
    words = ["escalation", "report", *([str(table)] if table else [])]
    for one in parameters_of():
        value = chosen.get(one.name)
        if value in (None, "", one.plain_default, one.default):
            continue
        if one.kind == "names":
            for name in as_names(value):  # type: ignore[arg-type]
                words += [one.flag, name]
        elif one.type is bool:
            words.append(one.flag)
        elif not one.flag:
            words += ["-p", f"{one.name}={value}"]
        else:
            words += [one.flag, str(value)]
    return " ".join(map(shlex.quote, words))


def python_of(table: object, chosen: Mapping[str, object]) -> str:
    """Return the lines of Python that open the study of a look and show its verdict.

    Examples
    --------
    >>> print(python_of("a.csv", {"country": "MLI"}))
    import analysis
    <BLANKLINE>
    study = analysis.open_study('a.csv', country='MLI')
    print(study.assessment.level_ratio)
    """
    named = "" if isinstance(table, str | Path) else "# table: the one that you gave to explore\n"
    first = repr(str(table)) if isinstance(table, str | Path) else "table"
    defaults = {one.name: (one.plain_default, one.default) for one in parameters_of()}
    said = [
        f"{name}={value!r}" for name, value in chosen.items() if value not in (None, "") and value not in defaults[name]
    ]
    inside = ", ".join([first, *said])
    return f"import analysis\n\n{named}study = analysis.open_study({inside})\nprint(study.assessment.level_ratio)"
