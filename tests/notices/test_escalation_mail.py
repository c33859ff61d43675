"""The mail of an escalation says what and where, with a link, and nothing of anybody."""

from datetime import UTC, datetime, timedelta

import pytest

from groundwork.activities.sending import Sender
from groundwork.domain.model import Role
from groundwork.store.deliveries import Deliveries
from tests.notices.town import BOOK, DEFINITION, IMPATIENT, LINK, NAME, PARK, Sink, Town

STEP, DESK = DEFINITION.step("L01"), DEFINITION.department(PARK)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_rung_has_its_mail_with_link_and_names_and_no_personal_datum(
    town: Town, sink: Sink, language: str
) -> None:
    desks: dict[str, tuple[Role, str | None]] = {
        "deputy": (Role.DEPUTY_LEADER, PARK),
        "director": (Role.DIRECTOR, PARK),
        "bureau": (Role.DATA_BUREAU, None),
        "leader": (Role.LIAISON_LEADER, None),
        "office": (Role.BUSINESS_ENVIRONMENT_OFFICE, None),
    }
    for who, (role, department) in desks.items():
        await town.add(who, role, department)
    await town.launch()
    await town.receive()
    chain = await town.accept()
    await town.plan()
    for who in ("head", *desks):
        await town.channel(who, sink.url(f"{who}@example.cn"), language=language)
    await town.wait(datetime.now(UTC) + timedelta(days=40))
    await town.plan()
    deliveries, sender = Deliveries(town.engine, BOOK, IMPATIENT), Sender([sink.host])
    while claimed := await deliveries.claim(16):
        for one in claimed:
            await sender.send(one)
            await deliveries.sent(one)
    names = {rung.id: getattr(rung.name, language) for rung in DEFINITION.ladder_of("L01")}
    for rung in names.values():
        assert any(str(mail["Subject"]).startswith(rung) for mail in sink.mails), rung
    for mail in sink.mails:
        text = f"{mail['Subject']}\n{mail.get_content()}"
        assert f"{LINK}/chains/{chain.id}" in text
        assert NAME in text
        assert getattr(STEP.name, language) in text
        assert getattr(DESK.name, language) in text
        assert "某人" not in text
        assert not [person for person in town.people.values() if person in text]
