"""Publishers' words for kinds of events."""

import pytest

from analysis.incidents.kinds import acled_kind, fold_type, kind_of, violence_type, whole_kind


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("IED", "attack"), ("ambush", "attack"), ("Attaque", "attack"), ("Violence against civilians", "attack"),
        ("Battles", "attack"),
        ("Protests", "demonstration"), ("Peaceful protest", "demonstration"), ("manifestation", "demonstration"),
        ("Émeutes", "demonstration"),
        ("Strategic developments", "other"), ("Agreement", "other"), ("Non-violent transfer of territory", "other"),
        ("protester killed", "attack"),
    ],
)  # fmt: skip
def test_a_plain_tables_words(written, kind):
    assert kind_of(written) == kind


def test_words_that_acled_does_not_use():
    assert acled_kind("IED") is None
    assert acled_kind(" battle - NON-state actor overtakes territory ") == "attack"


def test_types_of_violence_and_whole_kinds():
    assert [violence_type(word) for word in ("0", "11", "state", "sided")] == [None] * 4
    assert [whole_kind(word) for word in ("Attacks", "demonstrations", "Battles")] == ["attack", "demonstration", None]
    assert whole_kind("Attack") is None  # a type of ACLED's
    assert fold_type("Explosions / Remote_violence") == "explosions/remote violence"
