"""Notices on their way: claimed, sent, tried again, given up."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import text

from groundwork.activities.sending import NotSent, Sender
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.post import DeliveryStatus, Patience, TargetState, message_id
from groundwork.store.deliveries import Claimed, Deliveries
from groundwork.store.figures import Figures
from groundwork.store.people import People
from tests.notices.town import BOOK, IMPATIENT, NAME, Sink, Town


async def deliver(town: Town, sender: Sender, deliveries: Deliveries) -> int:
    """One round of the postman; how many it took in hand."""
    claimed = await deliveries.claim(16)
    for one in claimed:
        try:
            await sender.send(one)
        except NotSent as error:
            await deliveries.failed(one, str(error))
        else:
            await deliveries.sent(one)
    return len(claimed)


async def deliver_all(town: Town, sink: Sink) -> None:
    deliveries = Deliveries(town.engine, BOOK, IMPATIENT)
    sender = Sender([sink.host])
    while await deliver(town, sender, deliveries):
        await asyncio.sleep(0.02)


async def statuses(town: Town) -> set[str]:
    return {row[0] for row in await town.sql("SELECT status FROM delivery")}


async def test_mails_arrive_in_their_readers_languages(town: Town, sink: Sink) -> None:
    await town.channel("housekeeper", sink.url("zh@example.cn"))
    await town.channel("housekeeper", sink.url("en@example.cn"), language="en")
    await town.launch()
    await town.plan()
    await deliver_all(town, sink)
    by_reader = {(str(mail["To"]), str(mail["Subject"])): mail.get_content() for mail in sink.mails}
    assert len(sink.mails) == 4
    zh = next(text for (to, title), text in by_reader.items() if "zh@" in to and "L01" in title)
    en = next(text for (to, title), text in by_reader.items() if "en@" in to and "L01" in title)
    assert "前置环节已办结" in zh
    assert "What it builds on is settled" in en
    assert all(NAME in title for _, title in by_reader)
    assert len(set(sink.ids())) == 4
    assert await statuses(town) == {DeliveryStatus.SENT.value}


async def test_each_mail_bears_the_id_of_its_delivery(town: Town, sink: Sink) -> None:
    await town.channel("housekeeper", sink.url())
    await town.launch()
    await town.plan()
    await deliver_all(town, sink)
    rows = await town.sql("SELECT id FROM delivery")
    assert sorted(sink.ids()) == sorted(message_id(row[0]) for row in rows)
    assert all(len(mail.get_all("Message-ID", [])) == 1 for mail in sink.mails)


async def test_two_workers_never_claim_the_same(town: Town, sink: Sink) -> None:
    for _ in range(6):
        await town.channel("housekeeper", sink.url())
    await town.launch()
    await town.plan()
    offices = [Deliveries(town.engine, BOOK) for _ in range(4)]
    claims = await asyncio.gather(*(office.claim(16) for office in offices))
    ids = [claimed.id for some in claims for claimed in some]
    assert len(ids) == len(set(ids)) == 6


async def test_a_claim_whose_worker_died_is_taken_over_under_the_same_message_id(
    town: Town, sink: Sink
) -> None:
    await town.channel("officer", sink.url())
    await town.launch()
    await town.receive()
    await town.plan()
    deliveries = Deliveries(town.engine, BOOK, IMPATIENT)
    (dead,) = await deliveries.claim(16)
    assert await deliveries.claim(16) == []
    await town.sql("UPDATE delivery SET claimed_until = now() - interval '1 second'")
    (heir,) = await deliveries.claim(16)
    assert heir.id == dead.id
    assert heir.claim != dead.claim
    await deliveries.sent(dead)
    assert await statuses(town) == {"sending"}
    await deliveries.sent(heir)
    assert await statuses(town) == {"sent"}


async def test_a_dead_channel_is_told_to_operators_and_holds_up_no_other(
    town: Town, sink: Sink
) -> None:
    dead = await town.channel(
        "housekeeper", "mailto://127.0.0.1:1?mode=insecure&from=x@example.cn&to=a@example.cn"
    )
    await town.channel("housekeeper", sink.url())
    await town.launch()
    await town.plan()
    deliveries = Deliveries(town.engine, BOOK, IMPATIENT)
    sender = Sender([sink.host, "127.0.0.1:1"])
    while await deliver(town, sender, deliveries):
        await asyncio.sleep(0.05)
    assert len(sink.mails) == 2
    row = await town.channels.get(dead)
    assert row is not None
    assert row["state"] == TargetState.DEAD.value
    assert row["last_error"] == "refused"
    assert await town.told("ops") == ["channel_dead"]
    assert await town.told("housekeeper") == ["chain_launched", "step_ready"]
    health = await town.notices.health()
    assert health["deliveries"] == {"sent": 2, "dead": 2}
    assert [one["id"] for one in health["channels"]] == [dead]


async def test_a_refusal_is_tried_again_until_it_is_taken(town: Town, sink: Sink) -> None:
    await town.channel("officer", sink.url())
    await town.launch()
    await town.receive()
    await town.plan()
    sink.refuses = True
    deliveries = Deliveries(town.engine, BOOK, IMPATIENT)
    assert await deliver(town, Sender([sink.host]), deliveries) == 1
    assert await statuses(town) == {"failed"}
    sink.refuses = False
    await asyncio.sleep(0.05)
    await deliver_all(town, sink)
    assert await statuses(town) == {"sent"}
    assert len(sink.mails) == 1
    (channel,) = await town.channels.of(town.people["officer"])
    assert channel["failures"] == 0
    assert channel["last_ok_at"] is not None


async def test_quiet_hours_hold_back_and_end(town: Town, sink: Sink) -> None:
    whole_day = {"quiet_since": time(0, 0), "quiet_until": time(23, 59, 59)}
    await town.channel("officer", sink.url(), **whole_day)
    await town.launch()
    await town.receive()
    await town.plan()
    ((status, not_before),) = await town.sql("SELECT status, not_before FROM delivery")
    assert status == "held"
    assert not_before > datetime.now(UTC)
    await deliver_all(town, sink)
    assert sink.mails == []
    # What is due earlier and comes late waits as well.
    await town.sql("UPDATE delivery SET not_before = now() - interval '1 second'")
    await deliver_all(town, sink)
    assert sink.mails == []
    await town.sql("UPDATE channel SET quiet_since = NULL, quiet_until = NULL")
    await deliver_all(town, sink)
    assert len(sink.mails) == 1


async def test_quiet_hours_across_midnight_hold_in_the_database_too(town: Town, sink: Sink) -> None:
    now = datetime.now(SHANGHAI)
    around = {
        "quiet_since": (now - timedelta(hours=1)).time().replace(tzinfo=None),
        "quiet_until": (now + timedelta(hours=1)).time().replace(tzinfo=None),
    }
    far = {
        "quiet_since": (now + timedelta(hours=1)).time().replace(tzinfo=None),
        "quiet_until": (now - timedelta(hours=1)).time().replace(tzinfo=None),
    }
    await town.channel("officer", sink.url("asleep@example.cn"), **around)
    await town.channel("officer", sink.url("awake@example.cn"), **far)
    await town.launch()
    await town.receive()
    await town.plan()
    await town.sql("UPDATE delivery SET not_before = now() - interval '1 second'")
    await deliver_all(town, sink)
    assert [str(mail["To"]) for mail in sink.mails] == ["awake@example.cn"]


async def test_who_left_gets_nothing_more(town: Town, sink: Sink) -> None:
    await town.channel("officer", sink.url())
    await town.launch()
    await town.receive()
    await town.plan()
    await People(town.engine).deactivate(town.people["officer"])
    await deliver_all(town, sink)
    assert sink.mails == []


async def test_a_test_notice_goes_out_on_its_channel_alone(town: Town, sink: Sink) -> None:
    asked = await town.channel("officer", sink.url("asked@example.cn"))
    await town.channel("officer", sink.url("other@example.cn"))
    await town.channels.test(BOOK, asked, town.people["officer"])
    await deliver_all(town, sink)
    assert [str(mail["To"]) for mail in sink.mails] == ["asked@example.cn"]
    assert await town.told("officer") == []


async def test_what_a_person_calls_a_channel_stands_in_no_notice(town: Town, sink: Sink) -> None:
    channel = await town.channel("officer", sink.url())
    (label,) = [one["label"] for one in await town.channels.of(town.people["officer"])]
    await town.channels.test(BOOK, channel, town.people["officer"])
    async with town.engine.begin() as connection:
        told = (await connection.execute(text("SELECT notice::text FROM notice"))).scalars().all()
    assert any(channel in one for one in told)
    assert not [one for one in told if label in one]


async def test_a_disabled_channel_gets_nothing_more(town: Town, sink: Sink) -> None:
    channel = await town.channel("officer", sink.url())
    await town.launch()
    await town.receive()
    await town.plan()
    await town.channels.change(channel, {"state": TargetState.DISABLED.value})
    await deliver_all(town, sink)
    assert sink.mails == []
    assert await statuses(town) == {"dead"}


def claimed(url: str) -> Claimed:
    text = {"zh": "题", "en": "title"}
    return Claimed("d-1", "claim", "c-1", url.partition(":")[0], url, "zh", text, text)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mailto://127.0.0.1:25?mode=insecure&from=x@example.cn&to=a@example.cn", "private_target"),
        ("jsons://10.0.0.1/x", "private_target"),
        ("json://localhost/x", "private_target"),
        ("mailto:a@example.cn", "no_mail_server"),
        ("nonsense://", "malformed"),
    ],
)
async def test_a_channel_does_not_reach_into_the_private_network(url: str, why: str) -> None:
    with pytest.raises(NotSent, match=why):
        await Sender().send(claimed(url))


async def test_an_address_alone_uses_the_installations_mail_server(sink: Sink) -> None:
    server = f"mailto://{sink.host}?mode=insecure&from=post@example.cn"
    await Sender(mail_url=server).send(claimed("mailto:officer@example.cn"))
    assert str(sink.mails[0]["To"]) == "officer@example.cn"


def test_no_address_shows_in_a_claims_representation() -> None:
    assert "secret" not in repr(claimed("mailto://u:secret@example.cn"))


def test_patience_grows_and_has_an_end() -> None:
    assert IMPATIENT.wait(1) == IMPATIENT.wait(9) == timedelta(seconds=0.01)
    waits = [Patience().wait(n).total_seconds() for n in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[0] == 30
    assert waits[-1] == 3600


async def test_what_waits_for_somebody_who_left_is_not_overdue(town: Town, sink: Sink) -> None:
    await town.channel("housekeeper", sink.url())
    await town.launch()
    await town.plan()
    await town.sql("UPDATE delivery SET not_before = now() - interval '1 hour'")
    assert await overdue_seconds(town) > 3000
    await People(town.engine).deactivate(town.people["housekeeper"])
    assert await Deliveries(town.engine, BOOK).claim(16) == []
    assert await overdue_seconds(town) == 0


async def overdue_seconds(town: Town) -> float:
    """What operators are told."""
    families = {family.name: family for family in await Figures(town.engine).collect()}
    (sample,) = families["groundwork_deliveries_overdue_seconds"].samples
    return sample.value
