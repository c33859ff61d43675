"""Everything that can happen to a chain.

The same events are the audit trail, the projection's input and the notices' trigger. An event
carries every fact that its fold needs (due dates included), so that a reader needs neither the
definition nor the calendar to know what was true.
"""

from typing import Annotated

from pydantic import Field

from groundwork.domain.events.base import *
from groundwork.domain.events.chain import *
from groundwork.domain.events.credit import *
from groundwork.domain.events.joint import *
from groundwork.domain.events.promises import *
from groundwork.domain.events.steps import *
from groundwork.domain.events.units import *

AnyEvent = Annotated[
    AnyChainEvent | AnyStepEvent | AnyJointEvent | AnyPromiseEvent | AnyUnitEvent | AnyCreditEvent,
    Field(discriminator="type"),
]
"""Any event, told apart by its `type`."""
