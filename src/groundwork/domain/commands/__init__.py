"""Everything that a person can ask of a chain.

A command's `type` is its verb: the update's name in Temporal, the word in the API and the CLI, and
the action that the policy permits or refuses.
"""

from hashlib import sha256
from typing import Annotated

from pydantic import AwareDatetime, Field

from groundwork.domain.base import Frozen
from groundwork.domain.commands.base import *
from groundwork.domain.commands.chain import *
from groundwork.domain.commands.joint import *
from groundwork.domain.commands.promises import *
from groundwork.domain.commands.steps import *
from groundwork.domain.commands.units import *
from groundwork.domain.model import Actor

AnyCommand = Annotated[
    AnyStepCommand | AnyJointCommand | AnyPromiseCommand | AnyUnitCommand | AnyChainCommand,
    Field(discriminator="type"),
]
"""Any command, told apart by its `type`."""


class Envelope(Frozen):
    """A command with who asked, when the API received it, and its idempotency key."""

    key: Annotated[str, Field(min_length=8, max_length=120)]
    by: Actor
    received_at: AwareDatetime
    command: AnyCommand

    @property
    def digest(self) -> str:
        """What is asked and by whom, in short: tells a retry from a reused key."""
        asked = f"{self.by.id} {self.command.model_dump_json()}"
        return sha256(asked.encode()).hexdigest()[:16]


class Receipt(Frozen):
    """The answer to an accepted command: the number of the last event it caused."""

    seq: int
