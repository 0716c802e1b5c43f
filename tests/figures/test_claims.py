import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.claims import SIDES, plot_counter_claims, plot_disclosure, plot_ledger

CAPTION = theme.Caption("claims as published (claims.csv)", "2025-07-01", 22, counted="claims")
INF = np.inf


def ledger(*rows):
    """Each row: whose loss, measure, claimant, its side, words, low, high (None: silent)."""
    made = [
        {
            "event": "w",
            "date_start": pd.Timestamp("2025-07-01"),
            "where": "Kayes; Niono",
            "subject_side": subject,
            "measure": measure,
            "counted": "persons",
            "loss": f"{subject}s {measure.removeprefix('attackers_')}",
            "claimant": claimant,
            "claimant_side": side,
            "words": words,
            "silent": low is None,
            "low": 0.0 if low is None else float(low),
            "high": INF if low is None else float(high),
        }
        for subject, measure, claimant, side, words, low, high in rows
    ]
    return pd.DataFrame(made)


WEST = [
    ("attacker", "killed", "JNIM", "attacker", "no figure", None, None),
    (
        "attacker",
        "killed",
        "Malian Armed Forces",
        "defender",
        "more than 80 (Sahel Intelligence); 80 (ADF Magazine)",
        80,
        INF,
    ),
    ("attacker", "attackers_engaged", "Africa Corps", "defender", "up to 100 at Niono", 0, INF),
    ("defender", "killed", "JNIM", "attacker", "dozens", 24, INF),
    ("defender", "killed", "Residents (a paper)", "third_party", "30 to 40", 30, 40),
    ("civilian", "abducted", "Indian Ministry of External Affairs", "third_party", "3", 3, 3),
]


def sides(*rows):
    """Each row: event, whose dead, the claimants' side, low, high."""
    made = [
        {
            "event": event,
            "date_start": pd.Timestamp("2025-06-01"),
            "where": f"Place {event}",
            "subject_side": subject,
            "claimant_side": side,
            "low": float(low),
            "high": float(high),
        }
        for event, subject, side, low, high in rows
    ]
    columns = ["event", "date_start", "where", "subject_side", "claimant_side", "low", "high"]
    return pd.DataFrame(made, columns=columns)


def shown(*rows):
    """Each row: claimant, side, day, what it disclosed."""
    columns = ["claimant", "claimant_side", "event", "date_start", "disclosed"]
    made = [(who, side, f"e{i}", pd.Timestamp(day), what) for i, (who, side, day, what) in enumerate(rows)]
    return pd.DataFrame(made, columns=columns)


def marks(ax, gid):
    """Ends of the lines and marks called so, as drawn."""
    return [line.get_xdata().tolist() for line in ax.lines if line.get_gid() == gid]


def test_numbers_are_dots_spans_are_bars_and_open_ends_are_arrows(read):
    ax = plot_ledger(ledger(*WEST), caption=CAPTION)
    assert marks(ax, "w: third_party") == [[30, 40], [3]]
    arrows = [text for text in ax.texts if text.get_gid() == "open end"]
    # An arrow starts at the least number and ends at the axis' end.
    assert sorted(arrow.xyann[0] for arrow in arrows) == [0, 24, 80]
    assert {arrow.xy[0] for arrow in arrows} == {ax.get_xlim()[1]}
    assert marks(ax, "w: attacker") == [[24]]
    assert marks(ax, "w: defender") == [[80]]  # none at the zero of an interval that says nothing
    assert read.overlaps(ax) == ([], [])


def test_silence_is_a_mark_and_not_a_zero(read):
    ax = plot_ledger(ledger(*WEST))
    strips = [patch for patch in ax.patches if patch.get_gid() == "silence"]
    assert len(strips) == 1
    assert strips[0].get_hatch()
    assert strips[0].get_width() == ax.get_xlim()[1]
    assert "gives no figure" in read.texts(ax)


def test_no_silence_no_mark_for_it(read):
    ax = plot_ledger(ledger(*WEST[1:]))
    assert "gives no figure" not in read.texts(ax)
    assert not [patch for patch in ax.patches if patch.get_gid() == "silence"]


def test_words_heads_and_claimants_are_written(read):
    ax = plot_ledger(ledger(*WEST), caption=CAPTION)
    texts = {text.replace("\n", " ") for text in read.texts(ax)}
    assert {"Attackers killed", "Attackers engaged", "Defenders killed", "Civilians abducted"} <= texts
    assert {row[2] for row in WEST} <= texts
    assert {row[4] for row in WEST} <= texts
    assert ax.get_xlabel() == "persons"
    assert ax.get_title(loc="left").replace("\n", " ") == "Who says what: Kayes; Niono, 1 Jul 2025"
    assert any("Arrows: no upper end." in text and "n = 22 claims" in text for text in texts)
    colors = {tick.get_text(): tick.get_color() for tick in ax.get_yticklabels()}
    assert colors["Africa Corps"] == SIDES["defender"][1]


def test_rows_stand_apart_and_in_the_tables_order(read):
    ax = plot_ledger(ledger(*WEST))
    places = ax.get_yticks()
    assert (np.diff(places) >= 1).all()
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [row[2] for row in WEST]


def test_long_names_and_many_claimants_do_not_meet(read):
    rows = [
        ("defender", "killed", f"A very long name of a source of this kind, number {i} (an agency)", "third_party",
         f"at least {i} of them, said with many words and in several places at once", i, INF)
        for i in range(1, 26)
    ]  # fmt: skip
    assert read.overlaps(plot_ledger(ledger(*rows), caption=CAPTION)) == ([], [])


def test_a_ledger_of_several_events_or_units_is_refused():
    table = ledger(*WEST)
    with pytest.raises(ValueError, match="2 values of event"):
        plot_ledger(table.assign(event=["w", "v", "w", "w", "w", "w"]))
    with pytest.raises(ValueError, match="values of counted"):
        plot_ledger(table.assign(counted=["persons", "vehicles", "persons", "persons", "persons", "persons"]))
    with pytest.raises(ValueError, match="lacks silent"):
        plot_ledger(table.drop(columns="silent"))


@pytest.mark.parametrize(
    ("plot", "table", "reason"),
    [
        (plot_ledger, ledger(*WEST).iloc[:0], "no claimant gives a number"),
        (plot_counter_claims, sides(), "two sides"),
        (plot_disclosure, shown(), "no party speaks"),
    ],
)
def test_nothing_said_gives_the_reason(plot, table, reason, read):
    assert any(reason in text.replace("\n", " ") for text in read.texts(plot(table)))


def test_claim_stands_beside_counter_claim(read):
    table = sides(
        ("a", "defender", "attacker", 101, INF), ("a", "defender", "third_party", 30, INF),
        ("b", "attacker", "defender", 14, 14), ("b", "attacker", "third_party", 4, 6),
    )  # fmt: skip
    ax = plot_counter_claims(table, caption=CAPTION)
    assert marks(ax, "b: defender") == [[14]]
    assert marks(ax, "b: third_party") == [[4, 6]]
    assert sorted(text.xyann[0] for text in ax.texts if text.get_gid() == "open end") == [30, 101]
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == ["Place a\n1 Jun 2025, defenders killed", "Place b\n1 Jun 2025, attackers killed"]
    assert {"attackers say", "defenders say", "third parties say"} <= set(read.texts(ax))
    assert ax.get_xlabel() == "deaths"
    assert read.overlaps(ax) == ([], [])


def test_disclosure_tells_figures_silence_and_no_word_apart(read):
    table = shown(
        ("Army", "defender", "2024-05-01", "figure"), ("Army", "defender", "2024-09-01", "no figure"),
        ("Army", "defender", "2025-06-01", "not mentioned"), ("Group", "attacker", "2025-06-01", "not mentioned"),
    )  # fmt: skip
    ax = plot_disclosure(table, caption=CAPTION)
    drawn = {line.get_gid(): line for line in ax.lines if line.get_gid()}
    assert {name: len(line.get_xdata()) for name, line in drawn.items()} == {
        "Army: figure": 1, "Army: no figure": 1, "Army: not mentioned": 1, "Group: not mentioned": 1,
    }  # fmt: skip
    assert drawn["Army: figure"].get_markerfacecolor() == SIDES["defender"][1]
    assert drawn["Army: no figure"].get_markerfacecolor() == theme.PAPER
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Army", "Group"]
    assert {"1 of 3", "0 of 1"} <= set(read.texts(ax))
    assert read.overlaps(ax) == ([], [])


def test_charts_fit_axes_of_the_callers_own():
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(9, 4))
    assert plot_ledger(ledger(*WEST), ax=axes) is axes
