"""The fixed words of the screen: labels of controls, headings, what the browser itself has to say."""

from analysis.language import say


def labels_of() -> dict[str, str]:
    """Return every fixed word in the language that is spoken, by the name that the browser knows it by."""
    return {
        "choose": say("What is seen"),
        "country": say("Country"),
        "all_countries": say("all countries"),
        "who": say("Actor"),
        "all_actors": say("all actors; type or choose a name"),
        "role": say("Role"),
        "as_attacker": say("as attacker"),
        "either_side": say("on either side"),
        "event_type": say("Type of event"),
        "all_attacks": say("all attacks"),
        "window": say("Window, days"),
        "window_help": say("The verdict looks at 90 and 30 days whatever the window is."),
        "computing": say("Computing …"),
        "as_of": say("Last day"),
        "language": say("Language"),
        "offensive": say("What counts as an offensive"),
        "gap": say("Days apart, at most"),
        "km": say("Kilometres apart, at most"),
        "any": say("not asked for"),
        "sites": say("Sites, at least"),
        "deaths": say("or deaths, at least"),
        "reset": say("Back to the start"),
        "verdict": say("Is it escalating?"),
        "span": say("Span"),
        "recorded": say("Recorded"),
        "usual": say("On average before, in as many days"),
        "ratio": say("Ratio"),
        "interval": say("Interval"),
        "timeline": say("Attacks by month"),
        "tempo": say("Tempo: attacks in the window up to each day"),
        "map": say("Where"),
        "map_note": say("Filled: in the window. Ring: before. Larger: more attacks."),
        "timeline_note": say(
            "Shaded: the window. Line: a usual month. Lighter: a month that is not over. Mark: an offensive."
        ),
        "tempo_note": say("Dashed line: usual by the baseline. Marks: offensives."),
        "numbers": say("Numbers"),
        "month": say("Month"),
        "attacks": say("Attacks"),
        "use": say("Use it elsewhere"),
        "copy_command": say("Copy as command"),
        "copy_python": say("Copy as Python"),
        "publish": say("Publish the report"),
        "copied": say("Copied."),
        "not_copied": say("The browser does not allow copying; the text is marked: press Ctrl+C."),
        "no_command": say(
            "A table in memory has no command: save it to a file first. The lines of Python hold all the same."
        ),
        "kept": say("What is shown is the choice before."),
        "no_kernel": say(
            "The kernel does not answer: it is busy, or was started anew. Your choices are kept; run the cell again."
        ),
        "bad_number": say("{field}: enter a whole number of {least} or more.", field="{field}", least="{least}"),
        "bad_day": say("Last day: enter a date from {first} to {last}.", first="{first}", last="{last}"),
    }  # fmt: skip
