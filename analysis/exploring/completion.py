"""Completion inside quotation marks, in IPython and Jupyter: ``study.compare(by="``, ``open_study("x", country="``.

IPython itself completes names and arguments, and between quotation marks files alone. What may stand there is asked of
the study, or of the table that the call names.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

_OPENING, _CLOSING = "([{", ")]}"
_CALLED = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*$")
_KEYWORD = re.compile(r"(?:^|,)\s*(\w+)\s*=\s*[\[(]?[^\])=]*$", re.DOTALL)
_OPENERS = ("open_study", "explore")
_FORMATS = ("html", "pdf", "pptx", "html,pdf", "html,pdf,pptx")


def offer_completion() -> None:
    """Offer values in IPython and Jupyter, where one of them runs this process; else do nothing."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    completer: Any = getattr(shell, "Completer", None)
    if not hasattr(completer, "custom_matchers"):
        return
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier="analysis.values")
    def values(context: Any) -> dict[str, Any]:
        lines = context.full_text.split("\n")[: context.cursor_line]
        begun, found = complete("\n".join([*lines, context.text_until_cursor]), shell.user_ns)
        made = [SimpleCompletion(text=text, type="value") for text in found]
        return {"completions": made, "matched_fragment": begun, "suppress": bool(made)}

    completer.custom_matchers.append(values)


def complete(code: str, names: Mapping[str, object]) -> tuple[str, list[str]]:
    """Return the text that a code, up to the cursor, begins in quotation marks at its end, and all texts that go on
    from it; none where it is in no call of this package. ``names`` is what is known by name where the code runs."""
    if (place := _place_of(code)) is None:
        return "", []
    called, given, begun = place
    try:
        found = _values(called.split("."), given, names)
    except Exception:  # whatever cannot be told is not offered; an error here would end the line that is written
        return begun, []
    texts = [text for text in dict.fromkeys(map(str, found)) if text.casefold().startswith(begun.casefold())]
    return begun, [text for text in texts if '"' not in text and "\\" not in text]


def _place_of(code: str) -> tuple[str, str, str] | None:
    """Return the function that is called at the end of a code, its arguments so far, and the text that is begun."""
    opened: list[int] = []
    quote, start, at = "", 0, 0
    while at < len(code):
        sign = code[at]
        if quote:
            if sign == "\\":
                at += 1
            elif code.startswith(quote, at):
                at, quote = at + len(quote) - 1, ""
        elif sign in "\"'":
            quote = sign * 3 if code.startswith(sign * 3, at) else sign
            start = at
            at += len(quote) - 1
        elif sign == "#":
            at = code.find("\n", at) if "\n" in code[at:] else len(code)
        elif sign in _OPENING:
            opened.append(at)
        elif sign in _CLOSING and opened:
            opened.pop()
        at += 1
    if len(quote) != 1 or not opened:
        return None
    calls = [at for at in opened[-2:] if code[at] == "(" and _CALLED.search(code[:at])]
    if not calls or (opened[-1] != calls[-1] and code[opened[-1]] == "{"):
        return None
    name = _CALLED.search(code[: calls[-1]])
    return (name[1], code[calls[-1] + 1 : start], code[start + 1 :]) if name else None


def _values(called: list[str], given: str, names: Mapping[str, object]) -> Iterable[object]:
    from analysis.incidents.parameters import COMPARED_BY, EXAMPLE_NAME, SPLITS
    from analysis.incidents.study import Study
    from analysis.measures import QUESTIONS

    *owners, name = called
    owner: Any = names.get(owners[0]) if owners else None
    for part in owners[1:]:
        owner = getattr(owner, part) if isinstance(owner, Study) and part in QUESTIONS else None
    keyword = _KEYWORD.search(given)
    asked = keyword[1] if keyword else ""
    if not owners or getattr(owner, "__name__", "") == "analysis":
        function = getattr(owner, name, None) if owners else names.get(name)
        if name not in _OPENERS or getattr(function, "__module__", "") != "analysis.door.study":
            return []
        return _of_parameter(asked, lambda: _table_of(given, names)) if asked else [EXAMPLE_NAME]
    if isinstance(owner, Study):
        if name == "compare":
            return COMPARED_BY if asked in ("", "by") else []
        if name == "indicators":
            return {"by": SPLITS, "questions": QUESTIONS}.get(asked, ())
        if name == "selectable":
            return owner.selectable()["parameter"].unique()  # type: ignore[attr-defined]
        if name == "report":
            return _FORMATS if asked == "formats" else ()
        return _of_parameter(asked, lambda: owner.table) if name in ("select", "explore") and asked else ()
    return owner.charts() if name == "plot" and hasattr(owner, "charts") and asked in ("", "name") else ()


def _of_parameter(name: str, table: Callable[[], Any]) -> Iterable[object]:
    """Return the values that a parameter of a study can have, of a table where they are its own."""
    from analysis.incidents.check import selectable
    from analysis.incidents.parameters import TAKES_VALUES_OF, parameters_of
    from analysis.incidents.places import country_name
    from analysis.incidents.regions import load_regions

    if choices := next((one.choices for one in parameters_of() if one.name == name), ()):
        return choices
    if name == "region":
        return load_regions()
    if name == "target_type":
        rows = table().incidents
        return [value for column in ("target_type", "target_group") for value in rows[column].dropna().unique()]
    found = selectable(table())
    if name == "country":
        return [text for code in found["country"] for text in (code, country_name(code))]
    if name == "event_type":
        return [*found.get("event_type", ()), *found.get("sub_event_type", ()), "demonstrations", "other"]
    return found.get(TAKES_VALUES_OF.get(name, name), ())


def _table_of(given: str, names: Mapping[str, object]) -> Any:
    """Return the table that a call's arguments so far name."""
    from analysis.incidents.parameters import reading_of

    whole = given[: _KEYWORD.search(given).start()]  # type: ignore[union-attr]
    call = ast.parse(f"f({whole})", mode="eval").body
    assert isinstance(call, ast.Call)

    def value(node: ast.expr) -> Any:
        return names[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)

    told = {one.arg: value(one.value) for one in call.keywords if one.arg}
    table = value(call.args[0]) if call.args else told.pop("table", "")
    return _loaded(table, reading_of(told))


_last: list[tuple[object, object]] = []  # the last table that was read for its values, with what it was read by


def _loaded(table: Any, reading: dict[str, Any]) -> Any:
    from analysis.incidents.load import IncidentTable, load_incidents
    from analysis.incidents.opening import source_of

    if isinstance(table, IncidentTable):
        return table
    source = source_of(table)
    state = source.stat().st_mtime_ns if isinstance(source, Path) else id(source)
    key = (str(source) if isinstance(source, Path) else "", state, repr(reading))
    if not _last or _last[0][0] != key:
        _last[:] = [(key, load_incidents(source, **reading))]
    return _last[0][1]
