"""What claimants jointly allow, by hand and by property: nothing averaged, nothing counted twice, silence never
zero.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.measures import ledger as measure
from analysis.measures.ledger import (
    ANYONE,
    MIN_EVENTS,
    claim_events,
    claim_totals,
    claimants_table,
    claims_by_side,
    compare_claims,
    disclosures,
    estimate_median_deaths,
    place_claims,
)
from tests.measures.claim_rows import INF, make_claims
from tests.measures.tables import make_incidents

SPAN = {"all": (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31"))}


@pytest.fixture(scope="module")
def table():
    """A wave of two attacks, and a lone one."""
    return make_incidents(
        [
            {"date": "2024-01-01", "reported_wave": "w", "locality": "x"},
            {"date": "2024-01-01", "reported_wave": "w", "locality": "y"},
            {"date": "2024-02-01", "locality": "z"},
        ]
    )


def ledger_of(claims, table):
    return made_of(claims, attacks=table, incidents=table)


def made_of(claims, *, attacks, incidents):
    events = claim_events(attacks, incidents=incidents)
    placed = place_claims(claims, attacks=attacks, incidents=incidents, events=events)
    return measure.ledger_of(placed, events=events)


def ends(claims, table, **choice):
    ledger = ledger_of(claims, table)
    for name, value in choice.items():
        ledger = ledger[ledger[name].eq(value)]
    assert len(ledger) == 1
    return ledger["low"].item(), ledger["high"].item()


def compared(claims, table):
    return compare_claims(ledger_of(claims, table), placed=place_claims(claims, attacks=table, incidents=table))


def test_a_wave_is_one_event_and_its_claim_is_never_split(table):
    # Wave 27; its incidents 13 and 14. Added up the incidents give 27; the wave says 27; together 27, not 54.
    claims = make_claims(
        ("w", "army", "defender", "attacker", 27, 27),
        ("i0000", "army", "defender", "attacker", 13, 13),
        ("i0001", "army", "defender", "attacker", 14, 14),
    )
    assert ends(claims, table) == (27, 27)
    assert ends(claims.iloc[1:], table) == (27, 27)  # both incidents told: the wave is known
    assert ends(claims.iloc[1:2], table) == (13, INF)  # one told: the rest is open
    assert ledger_of(claims.iloc[1:2], table)["words"].tolist() == ["13 at x"]
    events = claim_events(table, incidents=table)
    totals = claim_totals(ledger_of(claims, table), events, spans=SPAN)
    assert totals.loc[totals["claimant"].eq("army"), ["low", "high", "n_events"]].to_numpy().tolist() == [[27, 27, 1]]
    # For anyone, the lone attack has no figure: the upper end is open.
    assert totals.loc[totals["claimant"].eq(ANYONE), ["low", "high", "named", "n_silent"]].to_numpy().tolist() == [
        [27, INF, 27, 1]
    ]


def test_a_wave_held_in_part_takes_no_claim_about_the_whole(table):
    claims = make_claims(
        ("w", "army", "defender", "attacker", 27, 27), ("i0000", "army", "defender", "attacker", 13, 13)
    )
    part = table.iloc[[0, 2]]
    placed = place_claims(claims, attacks=part, incidents=table)
    assert placed["claim_id"].tolist() == ["c001"]
    # The same where the other attack is not even in the table read, but the claims know of it.
    known = claims.assign(n_incidents=[2, 1])
    assert place_claims(known, attacks=part, incidents=part)["claim_id"].tolist() == ["c001"]


def test_a_name_of_both_a_wave_and_an_incident_keeps_its_upper_end_open():
    table = make_incidents(
        [
            {"date": "2024-01-01", "incident_id": "w", "reported_wave": "w"},
            {"date": "2024-01-02", "incident_id": "v", "reported_wave": "w"},
        ]
    )
    claims = make_claims(("w", "army", "defender", "attacker", 9, 9), ("v", "army", "defender", "attacker", 4, 4))
    assert ends(claims, table) == (9, INF)  # at least 9, surely not known to be 13


def test_later_figures_replace_earlier_ones(table):
    first, last = {"stage": 0}, {"stage": 2}
    claims = make_claims(
        ("i0002", "state", "defender", "defender", 8, 8, first),
        ("i0002", "state", "defender", "defender", 54, 54, last),
        ("i0002", "group", "attacker", "defender", 70, 70),
    )
    ledger = ledger_of(claims, table).set_index("claimant")
    assert ledger.loc["state", ["low", "high", "revised_from", "n_claims"]].tolist() == [54, 54, "8", 2]
    row = compared(claims, table).iloc[0]
    assert (row["verdict"], row["gap_low"], row["gap_high"]) == ("contradict", 54, 70)
    assert (row["ratio_low"], row["ratio_high"]) == (70 / 54, 70 / 54)
    totals = claim_totals(ledger_of(claims, table), claim_events(table, incidents=table), spans=SPAN)
    assert totals.set_index("claimant").loc["state", "low"] == 54  # not 62
    dated = make_claims(
        ("i0002", "state", "defender", "defender", 8, 8, {"published_date": "2024-02-01"}),
        ("i0002", "state", "defender", "defender", 54, 54, {"published_date": "2024-02-03"}),
        ("i0002", "state", "defender", "defender", None, None, {"published_date": "2024-02-05"}),
    )
    assert ends(dated, table) == (54, 54)  # a later silence takes nothing back


def test_what_outlets_relay_differently_is_spanned_and_told(table):
    claims = make_claims(
        ("w", "army", "defender", "attacker", 81, INF, {"words": "more than 80"}),
        ("w", "army", "defender", "attacker", 80, 80),
    )
    row = ledger_of(claims, table).iloc[0]
    assert (row["low"], row["high"], row["by_outlet"]) == (80, INF, True)
    assert row["words"] == "more than 80 (paper 0); 80 (paper 1)"
    lower_and_upper = make_claims(
        ("w", "p", "third_party", "defender", 30, INF), ("w", "p", "third_party", "defender", 0, 32)
    )
    assert ends(lower_and_upper, table) == (30, 32)


def test_parts_bound_from_below_and_wider_counts_from_above(table):
    part, wide = {"scope": "part"}, {"scope": "wide", "unit": "soldiers and civilians"}
    claims = make_claims(
        ("i0002", "group", "attacker", "defender", 50, 50, part | {"unit": "foreign fighters"}),
        ("i0002", "group", "attacker", "defender", 10, 10, part | {"unit": "soldiers"}),
        ("i0002", "residents", "third_party", "defender", 77, 77, wide),
    )
    assert ends(claims, table, claimant="group") == (60, INF)
    assert ends(claims, table, claimant="residents") == (0, 77)
    row = compared(claims, table).iloc[0]
    assert (row["low"], row["high"], row["verdict"]) == (60, 77, "agree")


def test_silence_is_never_zero(table):
    claims = make_claims(
        ("w", "army", "defender", "defender", None, None), ("w", "group", "attacker", "defender", 24, INF)
    )
    ledger = ledger_of(claims, table).set_index("claimant")
    assert ledger.loc["army", ["low", "high", "silent", "status"]].tolist() == [0, INF, True, "not_computed"]
    row = compared(claims, table).iloc[0]
    assert (row["low"], row["high"], row["silent"], row["n_claimants"]) == (24, INF, "army", 1)
    assert row["ratio_reason"] == "the defenders give no figure of their own"
    only = compared(claims.iloc[:1], table).iloc[0]
    assert (only["verdict"], only["status"]) == ("no figure", "not_computed")
    assert np.isnan(only["low"])
    totals = claim_totals(ledger_of(claims.iloc[:1], table), claim_events(table, incidents=table), spans=SPAN)
    assert totals["low"].isna().all()
    assert totals["reason"].str.len().gt(10).all()


@pytest.mark.parametrize(
    ("rows", "phrase"),
    [
        ([], "nobody speaks of them"),
        ([("army", "defender", None, None)], "nobody who speaks of them gives a figure"),
        ([("army", "defender", 8, 8), ("militia", "defender", 7, 9)], "one side alone"),
        ([("army", "defender", 8, 8), ("group", "attacker", 9, 9)], "contradict"),
        ([("army", "defender", 8, INF), ("group", "attacker", 9, INF)], "no upper end"),
        ([("army", "defender", 8, INF), ("group", "attacker", 9, 9)], ""),
    ],
)
def test_a_joint_estimate_needs_two_sides_that_meet_below_an_upper_end(table, rows, phrase):
    claims = make_claims(*[("w", who, side, "defender", low, high) for who, side, low, high in rows])
    reason = measure.why_no_estimate(compared(claims, table), "w", "defender")
    assert phrase in reason
    assert bool(phrase) == bool(reason)


def test_ratio_over_a_counter_claim_that_allows_zero_is_no_number(table):
    claims = make_claims(("w", "army", "defender", "defender", 0, 5), ("w", "group", "attacker", "defender", 10, 20))
    row = compared(claims, table).iloc[0]
    assert np.isnan(row["ratio_low"])
    assert "zero" in row["ratio_reason"]


def test_claimants_record_by_hand(table):
    claims = make_claims(
        ("w", "army", "defender", "defender", 4, 4),
        ("w", "army", "defender", "attacker", 20, 20),
        ("w", "group", "attacker", "attacker", 5, 10),  # army 20 over 5 to 10: 2 to 4
        ("w", "residents", "third_party", "attacker", 20, 40),  # 20 over 20 to 40: .5 to 1
        ("i0002", "army", "defender", "defender", None, None),
    )
    shown = disclosures(ledger_of(claims, table)).set_index(["claimant", "event"])["disclosed"]
    assert shown.to_dict() == {("army", "i0002"): "no figure", ("army", "w"): "figure", ("group", "w"): "figure"}
    army = claimants_table(ledger_of(claims, table)).set_index("claimant").loc["army"]
    assert army[["n_events", "n_figure", "n_no_figure", "n_not_mentioned"]].tolist() == [2, 1, 1, 0]
    assert army[["n_against_other", "ratio_other_low", "ratio_other_high"]].tolist() == [1, 2, 4]
    assert army[["n_against_third", "ratio_third_low", "ratio_third_high"]].tolist() == [1, 0.5, 1]
    assert army[["n_compared", "n_contradicted"]].tolist() == [1, 1]
    assert army["status"] == "not_computed"  # two events are no habit
    assert "a share needs 3" in army["reason"]


@pytest.mark.parametrize(("total", "contradicted"), [(49, 1), (50, 0)])
def test_a_record_holds_all_against_what_others_say_of_the_sides_together(table, total, contradicted):
    """30 and 20 by two others: the comparison called 49 in all a contradiction, the record of who said it did not."""
    claims = make_claims(
        ("w", "army", "defender", "attacker", 30, 30), ("w", "un", "third_party", "defender", 20, 20),
        ("w", "front", "attacker", "all", total, total),
    )  # fmt: skip
    assert compared(claims, table)["by_sides"].any() == bool(contradicted)
    record = claimants_table(ledger_of(claims, table)).set_index("claimant").loc["front"]
    assert record[["n_compared", "n_contradicted"]].tolist() == [1, contradicted]


@pytest.mark.parametrize(("n", "status"), [(2, "not_computed"), (3, "computed"), (4, "computed")])
def test_a_share_of_events_needs_three(n, status):
    table = make_incidents([{"date": f"2024-01-0{day + 1}"} for day in range(n)])
    claims = make_claims(*((f"i{at:04d}", "army", "defender", "defender", 1, 1) for at in range(n)))
    assert claimants_table(ledger_of(claims, table))["status"].tolist() == [status]


def test_a_loss_of_civilians_has_no_counter_claim(table):
    claims = make_claims(
        ("w", "army", "defender", "civilian", 5, 5),
        ("w", "group", "attacker", "civilian", 5, 5),
    )
    row = compared(claims, table).iloc[0]
    assert (row["verdict"], row["value"]) == ("agree", 5)  # both ends are one number
    assert row["ratio_reason"] == "no party stands against another on this loss"


def test_words_on_the_whole_stand_before_those_on_a_place(table):
    claims = make_claims(
        ("i0001", "army", "defender", "attacker", 30, 30),
        ("w", "army", "defender", "attacker", 12, INF),
    )
    assert ledger_of(claims, table)["words"].tolist() == ["12 to inf; 30 at y"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, INF, "any number"),
        (80, INF, "80 or more"),
        (1200, 1200, "1,200"),
        (0, 0, "0"),
        (0, 32, "at most 32"),
        (30, 40, "30 to 40"),
    ],
)
def test_what_an_interval_allows_in_words(low, high, words):
    assert measure.allowed_words(low, high) == words


def test_claim_against_counter_claim_by_side(table):
    claims = make_claims(
        ("w", "army", "defender", "attacker", 20, 20),
        ("w", "militia", "defender", "attacker", 15, INF),
        ("w", "group", "attacker", "attacker", 5, 10),
        ("w", "group", "attacker", "defender", 9, 9),  # nobody else speaks of these
    )
    sides = claims_by_side(ledger_of(claims, table)).set_index(["subject_side", "claimant_side"])
    assert sides[["low", "high"]].to_numpy().tolist() == [[5, 10], [15, INF]]
    assert sides.loc[("attacker", "defender"), "claimants"] == "army; militia"


def test_an_estimate_needs_enough_events():
    n = MIN_EVENTS
    table = make_incidents([{"date": "2024-01-01"} for _ in range(n)])
    rows = [(f"i{i:04d}", "p", "third_party", "defender", 1 + i, 1 + i) for i in range(n)]
    rows = [("i0000", "p", "third_party", "attacker", 900, 900), *rows]  # of another side: no part of it
    few = estimate_median_deaths(compared(make_claims(rows[0], *rows[2:]), table), subject_side="defender")
    assert few.problem == "events with a figure of defenders killed number 19; an estimate needs 20"
    assert np.isnan(few.value_low)
    enough = estimate_median_deaths(compared(make_claims(*rows), table), subject_side="defender")
    # Values 1 to 20 known exactly: half lie at 10 or below, half at 11 or above.
    assert (enough.value_low, enough.value_high, enough.bound_low, enough.bound_high) == (10, 11, 10, 11)
    assert enough.low <= 10 <= 11 <= enough.high


# ---------------------------------------------------------------------------------------------------------------------
# Properties

SPEAKERS = (("army", "defender"), ("group", "attacker"), ("residents", "third_party"), ("monitor", "third_party"))
NEWCOMER = (("newcomer", "third_party"),)
LOSS = ["event", "subject_side", "measure", "counted"]
N_EVENTS = 150
SEEDS = [1]


def many_waves():
    """Waves of two attacks each: what holds for every event is tried on all at once."""
    return make_incidents([{"date": "2024-01-01", "reported_wave": f"w{i // 2:03d}"} for i in range(2 * N_EVENTS)])


def statements(generator, event, *, n, speakers=SPEAKERS):
    """Random statements on a wave or one of its attacks: exact, bounded, open or silent; whole, part or wide; first or
    last.
    """
    for _ in range(n):
        key = (f"w{event:03d}", f"i{2 * event:04d}", f"i{2 * event + 1:04d}")[generator.integers(3)]
        who, side = speakers[generator.integers(len(speakers))]
        low = int(generator.integers(0, 60))
        high = (INF, low, low + int(generator.integers(0, 30)))[generator.integers(3)]
        if generator.random() < 0.15:
            low = high = None
        scope = ("whole", "whole", "part", "wide")[generator.integers(4)]
        more = {
            "scope": scope,
            "unit": ("persons", "soldiers")[generator.integers(2)],
            "stage": int(generator.integers(3)),
        }
        yield (key, who, side, ("attacker", "defender")[generator.integers(2)], low, high, more)


def many_claims(seed, *, added=0, speakers=SPEAKERS):
    """Return random claims on many events, and the same with some more at the end."""
    generator = np.random.default_rng(seed)
    rows = [row for i in range(N_EVENTS) for row in statements(generator, i, n=generator.integers(1, 9))]
    more = [row for i in range(N_EVENTS) for row in statements(generator, i, n=added, speakers=speakers)]
    return make_claims(*rows), make_claims(*rows, *more)


def both_compared(seed, **how):
    table = many_waves()
    before, after = (compared(claims, table).set_index(LOSS) for claims in many_claims(seed, **how))
    return before, after.loc[before.index]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_claimant_who_joins_never_widens_an_intersection(seed):
    before, after = both_compared(seed, added=1, speakers=NEWCOMER)
    apart = after["verdict"].eq("contradict")
    assert apart[before["verdict"].eq("contradict")].all()
    held = ~apart & before["verdict"].ne("no figure")
    assert held.sum() > 50
    assert after.loc[held, "low"].ge(before.loc[held, "low"]).all()
    assert after.loc[held, "high"].le(before.loc[held, "high"]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_statement_whatever_widens_what_all_statements_allow(seed):
    before, after = both_compared(seed, added=2)
    assert after["ever_low"].ge(before["ever_low"]).all()
    assert after["ever_high"].le(before["ever_high"]).all()
    assert not after["ever_low"].eq(before["ever_low"]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_order_changes_nothing(seed):
    table, (claims, _) = many_waves(), many_claims(seed)
    shuffled = claims.sample(frac=1, random_state=seed).reset_index(drop=True)
    pd.testing.assert_frame_equal(compared(shuffled, table), compared(claims, table))
    mixed = table.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(
        made_of(shuffled, attacks=table, incidents=mixed), made_of(claims, attacks=table, incidents=table)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_waves_claim_never_exceeds_its_incidents_by_being_split(seed):
    table = many_waves()
    generator = np.random.default_rng(seed)
    first, second, width = generator.integers(0, 50, (3, N_EVENTS)).tolist()
    army = ("army", "defender", "attacker")
    whole = [(f"w{i:03d}", *army, first[i] + second[i], first[i] + second[i] + 2 * width[i]) for i in range(N_EVENTS)]
    split = [(f"i{2 * i:04d}", *army, first[i], first[i] + width[i]) for i in range(N_EVENTS)]
    split += [(f"i{2 * i + 1:04d}", *army, second[i], second[i] + width[i]) for i in range(N_EVENTS)]
    found = [ledger_of(make_claims(*rows), table)[["event", "low", "high"]] for rows in (whole, split, whole + split)]
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_counted_twice(seed):
    table, (claims, _) = many_waves(), many_claims(seed)
    events = claim_events(table, incidents=table)
    once = claim_totals(ledger_of(claims, table), events, spans=SPAN)
    again = pd.concat([claims, claims.assign(claim_id="again " + claims["claim_id"])], ignore_index=True)
    pd.testing.assert_frame_equal(once, claim_totals(ledger_of(again, table), events, spans=SPAN))
    for _, group in once.groupby(["subject_side", "measure", "counted"]):
        anyone, each = group[group["claimant"].eq(ANYONE)].iloc[0], group[group["claimant"].ne(ANYONE)]
        assert anyone["named"] <= each["named"].sum()
        assert anyone["low"] <= each["low"].sum()
        assert anyone["n_figure"] + anyone["n_silent"] == anyone["n_events"] == N_EVENTS


def test_later_events_leave_earlier_ones_unchanged():
    table, (claims, _) = many_waves(), many_claims(1)
    early = claims["wave_or_incident"].isin([*table["incident_id"][:100], *table["reported_wave"][:100]])
    before, after = compared(claims[early], table), compared(claims, table)
    assert len(before) < len(after)
    pd.testing.assert_frame_equal(after[after["event"].isin(before["event"])].reset_index(drop=True), before)


# ---------------------------------------------------------------------------------------------------------------------
# The embedded table


@pytest.mark.parametrize(
    ("claims", "gap"),
    [
        # The dead of one side alone are more than another counts of all parties; as many, or fewer, are not.
        ([("w", "army", "defender", "attacker", 50, 50), ("w", "un", "third_party", "all", 49, 49)], (49, 50)),
        ([("w", "army", "defender", "attacker", 49, 49), ("w", "un", "third_party", "all", 49, 49)], None),
        # What is a least, or a part, bounds from below; what is a most, or more than a side, does not.
        ([("w", "army", "defender", "attacker", 50, INF), ("w", "un", "third_party", "all", 0, 49)], (49, 50)),
        ([("w", "army", "defender", "attacker", 0, 50), ("w", "un", "third_party", "all", 49, 49)], None),
        ([("w", "army", "defender", "attacker", 50, 50), ("w", "un", "third_party", "all", 20, INF)], None),
        (
            [
                ("w", "army", "defender", "attacker", 50, 50, {"scope": "part", "unit": "officers"}),
                ("w", "un", "third_party", "all", 49, 49),
            ],
            (49, 50),
        ),
        (
            [
                ("w", "army", "defender", "attacker", 50, 50, {"scope": "wide", "unit": "men"}),
                ("w", "un", "third_party", "all", 49, 49),
            ],
            None,
        ),
        # Of one wave's attack a least of the wave; another event is another matter; silence says nothing.
        ([("i0001", "army", "defender", "attacker", 50, 50), ("w", "un", "third_party", "all", 49, 49)], (49, 50)),
        ([("i0003", "army", "defender", "attacker", 50, 50), ("w", "un", "third_party", "all", 49, 49)], None),
        ([("w", "army", "defender", "attacker", None, None), ("w", "un", "third_party", "all", 49, 49)], None),
        # The sides add up, also where two claimants speak of them; the greater of two counts of one side once.
        (
            [
                ("w", "army", "defender", "attacker", 30, 30),
                ("w", "front", "attacker", "attacker", 5, 5),
                ("w", "front", "attacker", "defender", 20, 20),
                ("w", "un", "third_party", "all", 49, 49),
            ],
            (49, 50),
        ),
        # One's own words are no other's.
        ([("w", "un", "third_party", "attacker", 50, 50), ("w", "un", "third_party", "all", 49, 49)], None),
    ],
)
def test_dead_of_the_sides_are_no_more_than_those_of_all(table, claims, gap):
    claims = make_claims(*claims)
    found = compared(claims, table)
    row = found[found["subject_side"].eq("all")].iloc[0]
    contradicted = row["verdict"] == "contradict"
    assert (row["by_sides"], contradicted) == (gap is not None, gap is not None)
    table_of = claimants_table(ledger_of(claims, table)).set_index("claimant")
    if gap:
        assert (row["gap_low"], row["gap_high"]) == gap
        assert row["lowest_claimant"] == "un"
        assert row["highest_claimant"].split("; ")[0] == "army"
        assert f"at most {gap[0]} of all parties together (un), at least {gap[1]} of the sides" in row["reason"]
        assert np.isnan(row["low"])
        assert table_of.loc["army", "n_contradicted"] == 1
