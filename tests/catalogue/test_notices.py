"""The published rules of notices hang together and hold no personal datum."""

import re
from pathlib import Path
from typing import get_args

import pytest

from groundwork.catalogue.notices import NoticeFileError, load_notices, read_notices
from groundwork.domain import events as ev

TYPES = {kind.model_fields["type"].default for kind in get_args(get_args(ev.AnyEvent)[0])}
OUR_OWN = {"channel_dead", "webhook_dead", "channel_test"}
UNTOLD = {
    "mode_chosen": "the applicant's own choice, or told by the credit answer that forces it",
    "review_begun": "nobody has to do anything, and no day changes",
    "light_eased": "told by whatever moved the date; past escalations stand",
    "recheck_concluded": "all stays as it was for everybody but the section head who concluded it",
    "deficiency_dropped": "told by the event that ended its step",
    "commitment_dropped": "told by the event that ended its step, or drew up a new letter",
    "commitment_archived": "told by how it ended, and by the record that was filed",
    "credit_asked": "nobody acts: the register is asked by itself",
    "credit_filing_due": "told once it is filed",
    "site_visit_held": "everybody concerned was there",
    "equipment_registered": "told by the gate it opens",
}
"""Events of which nobody is told, and why."""


def test_every_rule_is_about_an_event_that_exists() -> None:
    assert {rule.event for rule in load_notices().rules} <= TYPES | OUR_OWN


def test_each_type_of_event_is_told_or_said_not_to_be() -> None:
    ruled = {rule.event for rule in load_notices().rules} - OUR_OWN
    assert ruled | UNTOLD.keys() == TYPES
    assert not ruled & UNTOLD.keys()


def test_a_condition_is_about_a_field_that_the_event_has() -> None:
    kinds = {kind.model_fields["type"].default: kind for kind in get_args(get_args(ev.AnyEvent)[0])}
    for rule in load_notices().rules:
        known = {*kinds[rule.event].model_fields, "occasion"} if rule.event in kinds else set()
        assert rule.when.keys() <= known, rule.id


def test_rules_of_one_event_exclude_each_other() -> None:
    told: dict[str, list[dict[str, str | bool]]] = {}
    for rule in load_notices().rules:
        for other in told.setdefault(rule.event, []):
            shared = rule.when.keys() & other.keys()
            assert any(rule.when[name] != other[name] for name in shared), rule.id
        told[rule.event].append(rule.when)


def test_every_rule_speaks_both_languages_about_the_same() -> None:
    for rule in load_notices().rules:
        for text in (rule.title, rule.body):
            gaps = [sorted(re.findall(r"\{(\w+)\}", words)) for words in (text.zh, text.en)]
            assert set(gaps[0]) == set(gaps[1]), rule.id
            assert not re.search(r"[一-鿿]", text.en)
        assert re.search(r"[一-鿿]", rule.body.zh)


def test_both_digests_are_there() -> None:
    assert set(load_notices().digests) == {"daily", "weekly"}


@pytest.mark.parametrize("content", ["id: [", "id: x\nversion: '1'\n"])
def test_a_file_with_a_mistake_is_told_by_its_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "mine-1.yaml"
    file.write_text(content)
    with pytest.raises(NoticeFileError, match=r"mine-1\.yaml"):
        read_notices(file)
