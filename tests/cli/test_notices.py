"""Notices, channels, webhooks and feeds, typed at a running `groundwork up`."""

import re
from collections.abc import Iterator

import httpx
import pytest

from groundwork.console.faults import ExitCode
from tests.cli.terminal import Town, eventually
from tests.notices.town import Receiver, Sink, mail_server, receiver

OFFICER = "park-committee.officer"
CODE = "2612-440784-04-01-100001"


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with mail_server() as sink:
        yield sink


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with receiver() as kept:
        yield kept


@pytest.fixture(scope="module")
def town(sink: Sink, hook: Receiver) -> Iterator[Town]:
    town = Town()
    town.env["GROUNDWORK_TRUSTED_HOSTS"] = f"{sink.host},127.0.0.1:{hook.port}"
    try:
        # No demonstration, from which nothing leaves: people of its own instead.
        town.open()
        hire = ("people", "add", "某人", "--role")
        for role in ("housekeeper", "project_manager"):
            person = town.told(*hire, role, "--save", role.replace("_", "-"))
            if role == "housekeeper":
                town.done("people", "grant", person["id"], "park", "440784", "--reason", "本园区")
        town.done(*hire, "officer", "--department", "park-committee", "--save", OFFICER)
        yield town
    finally:
        town.clear()


def test_an_application_is_told_in_the_application_by_mail_and_to_another_system(
    town: Town, sink: Sink, hook: Receiver
) -> None:
    add = ("notices", "add-channel", "邮箱", "--address", sink.url(), "--as", OFFICER)
    added = town.told(*add, "--quiet", "none")["items"][0]
    assert sink.host not in str(added)
    assert town.told("notices", "test-channel", added["id"], "--as", OFFICER)["delivery"]
    eventually(lambda: len(sink.mails) == 1)
    hooked = town.told("webhooks", "add", "监管平台", hook.url, "--event", "chain_launched")
    assert hooked["secret"].startswith("whsec_")
    town.done(
        *("launch", "land-to-construction", "--project", CODE, "--name", "东湖智造一期"),
        *("--enterprise", "东湖智造有限公司", "--uscc", "91440784MA0000015C"),
        *("--as", "housekeeper"),
    )
    town.done("act", CODE, "receive", "L01", "--all-materials", "--as", "housekeeper")
    eventually(lambda: town.told("notices", "list", "--as", OFFICER)["unread"] == 1)
    shown = town.done("notices", "list", "--as", OFFICER, "--lang", "en")
    assert "L01" in shown
    assert "Unread: 1" in shown
    eventually(lambda: len(sink.mails) == 2 and len(hook.requests) == 1)
    assert town.told("notices", "read", "--as", OFFICER) == {"unread": 0}
    health = town.told("notices", "health")
    assert health["deliveries"] == {"sent": 2}
    assert health["calls"] == {"sent": 1}
    sink.refuses = True
    town.done("notices", "test-channel", added["id"], "--as", OFFICER)
    eventually(lambda: added["id"] in town.done("notices", "health", "--lang", "en"))
    shown = town.done("notices", "health", "--lang", "en")
    sink.accept()
    assert re.search(r"deliveries +sent +2", shown)
    assert re.search(rf"{added['id']} +active +1 +refused", shown)


def test_a_channel_is_changed_and_disabled(town: Town) -> None:
    (channel,) = town.told("notices", "channels", "--as", OFFICER)["items"]
    change = ("notices", "set-channel", channel["id"], "--as", OFFICER)
    changed = town.told(*change, "--quiet", "22:00-07:30", "--rhythm", "daily", "--in", "en")
    assert changed["items"][0]["quiet_until"] == "07:30"
    assert "22:00–07:30" in town.done("notices", "channels", "--as", OFFICER)
    assert town.told(*change, "--state", "disabled")["items"][0]["state"] == "disabled"
    refused = town.run("notices", "test-channel", channel["id"], "--as", OFFICER)
    assert refused.exit_code == ExitCode.REFUSED
    assert "[channel_not_active]" in refused.stderr
    assert town.run(*change, "--quiet", "late").exit_code == ExitCode.USAGE


def test_a_webhook_is_rotated_disabled_and_enabled(town: Town) -> None:
    (webhook,) = town.told("webhooks", "list")["items"]
    assert town.told("webhooks", "rotate", webhook["id"])["secret"].startswith("whsec_")
    assert webhook["id"] in town.done("webhooks", "disable", webhook["id"])
    assert town.told("webhooks", "list")["items"][0]["state"] == "disabled"
    assert webhook["id"] in town.done("webhooks", "enable", webhook["id"])
    assert town.run("webhooks", "list", "--as", "housekeeper").exit_code == ExitCode.REFUSED


def test_a_calendar_link_works_until_it_is_revoked(town: Town) -> None:
    made = town.told("feeds", "add", "手机日历", "--as", "housekeeper")
    assert httpx.get(made["url"]).text.startswith("BEGIN:VCALENDAR")
    assert made["id"] in town.done("feeds", "list", "--as", "housekeeper")
    town.done("feeds", "revoke", made["id"], "--as", "housekeeper")
    assert httpx.get(made["url"]).status_code == 404


def test_a_worker_that_is_killed_leaves_the_post_working(town: Town, sink: Sink) -> None:
    import os
    import signal

    before = town.state.processes["worker"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: town.state.processes["worker"] != before)
    add = ("notices", "add-channel", "二", "--address", sink.url(), "--as", "project-manager")
    channel = town.told(*add)["items"][0]["id"]
    count = len(sink.mails)
    town.done("notices", "test-channel", channel, "--as", "project-manager")
    eventually(lambda: len(sink.mails) == count + 1)
