"""Plays of the pure core that are taped, so that a chain on a real engine can follow them."""

from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import uuid4

from groundwork.catalogue.loader import content_hash
from groundwork.domain.commands import Envelope
from groundwork.domain.model import Actor, DefinitionRef, StepState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from tests.domain.acceptance import AcceptancePlay, acceptance_rules
from tests.domain.worlds import rules_in_catalogue


class Act(NamedTuple):
    """One moment of a play: a command that was accepted or refused, or time that passed.

    `seq` is how far the chain had come before anybody did anything else.
    """

    moment: datetime
    envelope: Envelope | None
    refused: Reason | None
    seq: int


class Taped(AcceptancePlay):
    """A play in the small world of joint acceptance, or under other rules; all of it is on tape."""

    source = "bureau:127.0.0.1"

    def __init__(
        self, start: str = "2026-03-02 09:00", *, rules: Rules | None = None, **choices: Any
    ) -> None:
        self.tape: list[Act] = []
        self._sent: Envelope | None = None
        rules = rules or acceptance_rules()
        definition = rules.definition
        code = f"2603-440784-04-01-{uuid4().int % 1_000_000:06d}"
        named = DefinitionRef(
            id=definition.id, version=definition.version, hash=content_hash(definition)
        )
        choices = {
            "chain_id": f"{definition.id}.{code}",
            "project_code": code,
            "definition": named,
            **choices,
        }
        super().__init__(start, rules=rules, **choices)
        self.launched = self.chain

    def envelope(self, command: Any, by: Actor | None = None) -> Envelope:
        self._sent = super().envelope(command, by)
        return self._sent

    def do(self, command: Any, by: Actor | None = None) -> Self:
        super().do(command, by)
        self._note(self._sent)
        return self

    def refusal(self, command: Any, by: Actor | None = None) -> Rejection:
        rejection = super().refusal(command, by)
        self._note(self._sent, rejection.reason)
        return rejection

    def wait(self, when: str) -> Self:
        super().wait(when)
        self._note(None)
        return self

    def settle_up_to(self, *keys: str) -> Self:
        """Take through, in their order, all steps that can be, until only these are ready."""
        while ready := [
            one.key
            for one in self.chain.steps.values()
            if one.state is StepState.READY and one.key not in keys
        ]:
            self.settle(*ready)
        return self

    def _note(self, envelope: Envelope | None, refused: Reason | None = None) -> None:
        self.tape.append(Act(self.now, envelope, refused, self.chain.seq))


def on_land(version: str | None = None, **choices: Any) -> Taped:
    """A play of the catalogue's land to construction, the newest version unless told otherwise."""
    rules = rules_in_catalogue("land-to-construction", version)
    return Taped(rules=rules, **{"units": (), **choices})
