"""Histories written by hand, so that the record is tested on its own."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from groundwork.domain import events as ev
from groundwork.domain.batch import RecordBatch
from groundwork.domain.definition import (
    ChainDefinition,
    Limit,
    Mode,
    Provenance,
    StepDefinition,
    Text,
    Windows,
)
from groundwork.domain.model import (
    SYSTEM,
    Actor,
    DecisionResult,
    DefinitionRef,
    Launch,
    Light,
    Role,
)
from groundwork.store.projects import NewProject

T0 = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DEFINITION_HASH = "sha256-of-the-definition"
PROJECT = "2603-440784-04-01-558123"
CHAIN = f"land-to-construction.{PROJECT}"
HOUSEKEEPER = Actor(id="p-housekeeper", role=Role.HOUSEKEEPER)
OFFICER = Actor(id="p-officer", role=Role.OFFICER, department="planning")

_NAME = Text(zh="事项", en="Item")
_LIMIT = Limit(amount=5, provenance=Provenance.DEFAULT, source="test")


def definition(steps: int = 22) -> ChainDefinition:
    """A chain of so many steps; every third one is led by the fire brigade."""
    return ChainDefinition(
        id="land-to-construction",
        version="1",
        name=_NAME,
        workflow_type="LandToConstruction",
        departments=(),
        stages=(),
        steps=tuple(
            StepDefinition(
                id=f"L{number:02}",
                name=_NAME,
                stage="S1",
                lead="planning" if number % 3 else "fire",
                modes=(Mode.STANDARD,),
                extension=_LIMIT,
                output=_NAME,
            )
            for number in range(1, steps + 1)
        ),
        windows=Windows(
            acceptance=_LIMIT,
            commitment_verification=_LIMIT,
            rectification=_LIMIT,
            max_tolerated_materials=3,
            max_tolerated_source="test",
            cure_extension_percent=50,
            cure_extension_source="test",
        ),
        ladder=(),
    )


DEFINITION = definition()


def find_definition(content_hash: str) -> ChainDefinition:
    """The look-up that a composition root would inject."""
    return {DEFINITION_HASH: DEFINITION}[content_hash]


def project(code: str = PROJECT, **changes: Any) -> NewProject:
    """A project to create."""
    values = {
        "code": code,
        "name": "新材料生产基地",
        "enterprise": "某某新材料有限公司",
        "uscc": "91440784MA4UQXXX00",
        "district": "gonghe",
        "housekeeper": HOUSEKEEPER.id,
        "created_by": HOUSEKEEPER.id,
    }
    return NewProject(**(values | changes))


class History:
    """Grows the events of one chain, one day apart."""

    def __init__(
        self,
        chain_id: str = CHAIN,
        project_code: str = PROJECT,
        housekeeper: str = HOUSEKEEPER.id,
        district: str = "gonghe",
    ) -> None:
        self.chain_id = chain_id
        self.events: list[ev.AnyEvent] = []
        launch = Launch(
            chain_id=chain_id,
            project_code=project_code,
            uscc="91440784MA4UQXXX00",
            definition=DefinitionRef(id=DEFINITION.id, version="1", hash=DEFINITION_HASH),
            calendar_version="2026.1",
            housekeeper=housekeeper,
            district=district,
            key="launch-key",
            by=HOUSEKEEPER,
            received_at=T0,
        )
        keys = [step.id for step in DEFINITION.steps]
        self.add(
            ev.ChainLaunched,
            by=HOUSEKEEPER,
            key="launch-key",
            launch=launch,
            steps=dict.fromkeys(keys, Mode.STANDARD),
        )

    @property
    def now(self) -> datetime:
        """The business time of the next event."""
        return T0 + timedelta(days=len(self.events))

    def add(self, kind: type[ev.Event], /, by: Actor = SYSTEM, **facts: Any) -> "History":
        """Write the next event."""
        event: Any = kind(seq=len(self.events) + 1, at=self.now, by=by, **facts)
        self.events.append(event)
        return self

    def open(self, step: str, due_on: date | None = None) -> "History":
        """Make a step ready, receive and accept it."""
        self.add(ev.StepReady, step=step)
        accept_by = self.now + timedelta(days=7)
        self.add(
            ev.StepReceived,
            by=OFFICER,
            key=f"receive-{step}",
            step=step,
            materials=("plan",),
            accept_by=accept_by,
        )
        return self.add(
            ev.StepAccepted,
            by=OFFICER,
            key=f"accept-{step}",
            step=step,
            accepted_at=self.now,
            limit=_LIMIT,
            due_on=due_on or date(2026, 4, 1),
        )

    def decide(self, step: str, opinion: str = "") -> "History":
        """Pass an accepted step."""
        return self.add(
            ev.StepDecided,
            by=OFFICER,
            key=f"decide-{step}",
            step=step,
            result=DecisionResult.PASS,
            opinion=opinion,
        )

    def escalate(self, step: str, level: int = 2) -> "History":
        """Reach a rung of the ladder on an open step."""
        return self.add(
            ev.EscalationFired,
            step=step,
            escalation=f"{step}-{level}",
            level=level,
            rung="red",
            light=Light.RED,
            recipients=("deputy_leader", "data_bureau"),
        )

    def tolerate(self, step: str) -> "History":
        """Tolerate a lacking material."""
        return self.add(
            ev.DeficiencyOpened,
            step=step,
            deficiency=f"{step}-d1",
            material="tax-receipt",
            cure_by=date(2026, 3, 20),
            cure_before=datetime(2026, 3, 20, 16, tzinfo=UTC),
        )

    def promise(self, step: str) -> "History":
        """Sign a commitment."""
        return self.add(
            ev.CommitmentSigned,
            step=step,
            commitment=f"{step}-c1",
            obligations=("build to the standard", "accept supervision"),
            due_on=date(2026, 6, 1),
            due_before=datetime(2026, 6, 1, 16, tzinfo=UTC),
        )

    def batch(self, first: int = 1, last: int | None = None) -> RecordBatch:
        """The events of those numbers, as the workflow hands them in."""
        events = tuple(self.events[first - 1 : last])
        return RecordBatch(chain_id=self.chain_id, recorded_at=self.now, events=events)

    def batches(self, size: int = 1) -> Iterator[RecordBatch]:
        """All events in batches of that size."""
        for first in range(1, len(self.events) + 1, size):
            yield self.batch(first, min(first + size - 1, len(self.events)))


def eventful() -> History:
    """A history that fills every table of the read model."""
    history = History().open("L01").escalate("L01").decide("L01")
    history.open("L02").tolerate("L02").promise("L02")
    history.add(ev.CureSubmitted, by=OFFICER, deficiency="L02-d1", document="doc-1")
    history.add(ev.CureConfirmed, by=OFFICER, deficiency="L02-d1")
    return history.open("L03").escalate("L03", 1)
