"""Every topic of live pages has somebody who announces it, and a page that listens to it."""

import re
from pathlib import Path

from groundwork.api.hub import CHAINS
from groundwork.store.announcements import Topic

SOURCE = Path(__file__).parents[2] / "src" / "groundwork"
TEMPLATES = SOURCE / "api" / "pages" / "templates"
FILLED_IN = "-"
NOT_WRITERS = {SOURCE / "store" / "announcements.py", SOURCE / "api" / "hub.py"}


def announced() -> set[str]:
    """The topics that are announced; the recorder tells of chains on a channel of their own."""
    texts = [path.read_text() for path in SOURCE.rglob("*.py") if path not in NOT_WRITERS]
    named = {name for text in texts for name in re.findall(r"\bTopic\.([A-Z]+)", text)}
    assert "pg_notify(%(channel)s" in (SOURCE / "store" / "statements.py").read_text()
    return {Topic[name].value for name in named} | {Topic.CHAIN.value}


def listened_to() -> set[str]:
    """The kinds of topics at which fragments of pages are looked at again."""
    texts = [path.read_text() for path in TEMPLATES.glob("*.html")]
    fragments = [one for text in texts for one in re.findall(r'data-live="([^"]*)"', text)]
    topics = [topic for one in fragments for topic in re.sub(r"{{.*?}}", FILLED_IN, one).split()]
    return {topic.partition(":")[0] for topic in topics} - {FILLED_IN}


def test_every_topic_has_an_announcer_and_a_listener() -> None:
    topics = {topic.value for topic in Topic}
    assert announced() == topics
    assert topics <= listened_to()


def test_no_page_listens_to_what_is_no_topic() -> None:
    assert listened_to() <= {topic.value for topic in Topic} | {CHAINS}
