"""The published rules of notices hang together and hold no personal datum."""

import re
from pathlib import Path
from typing import get_args

import pytest

from groundwork.catalogue.notices import NoticeFileError, load_notices, read_notices
from groundwork.domain import events as ev

TYPES = {kind.model_fields["type"].default for kind in get_args(get_args(ev.AnyEvent)[0])}
OUR_OWN = {"channel_dead", "webhook_dead", "channel_test"}


def test_every_rule_is_about_an_event_that_exists() -> None:
    assert {rule.event for rule in load_notices().rules} <= TYPES | OUR_OWN


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
