"""Chains' histories as the engine keeps them, and whether what they hold can be read here."""

from collections.abc import AsyncIterator, Iterator
from enum import StrEnum

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from groundwork.runtime.keyrings import Keys
from groundwork.runtime.payloads import KeyLacking, SealingCodec
from groundwork.workflows.ports import ChainInput

BESIDE = "user_metadata"
"""What the Temporal UI alone shows; a chain goes on without it."""


class Why(StrEnum):
    """Why a history cannot be read."""

    KEY_MISSING = "key_missing"
    """The key ring of this machine lacks a key by which it was encrypted."""
    DAMAGED = "damaged"
    """A payload of it does not open, or is not what a chain begins with."""
    OTHER_CODE = "other_code"
    """This release cannot replay it."""
    GONE = "gone"
    """Part of it is kept no more."""


async def status_of(client: Client, chain_id: str) -> WorkflowExecutionStatus | None:
    """How the engine sees a chain's last execution; None where it keeps none."""
    try:
        return (await client.get_workflow_handle(chain_id).describe()).status
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


async def histories(client: Client, chain_id: str) -> AsyncIterator[WorkflowHistory]:
    """The runs of a chain, the newest first, as far as they are kept."""
    run_id: str | None = None
    while run_id != "":
        handle = client.get_workflow_handle(chain_id, run_id=run_id)
        try:
            history = await handle.fetch_history()
        except RPCError as error:
            if run_id and error.status is RPCStatusCode.NOT_FOUND:
                return  # an earlier run is kept no more
            raise
        yield history
        begun = history.events[0].workflow_execution_started_event_attributes
        run_id = begun.continued_execution_run_id


async def unreadable(
    client: Client, history: WorkflowHistory, keys: Keys, begins: type[ChainInput]
) -> Why | None:
    """Why what a run holds cannot be read; a replay would not say so.

    `begins`: what chains begin with there. Raises KeyRingError.
    """
    codec = SealingCodec(keys)
    begun = history.events[0].workflow_execution_started_event_attributes
    try:
        for event in history.events:
            for payload in _payloads(event):
                codec.opened(payload)
        await client.data_converter.decode(begun.input.payloads, [begins])
    except KeyLacking:
        return Why.KEY_MISSING
    except (ValueError, RuntimeError, TypeError):
        return Why.DAMAGED
    return None


def _payloads(part: Message) -> Iterator[Payload]:
    if isinstance(part, Payload):
        yield part
        return
    for field, value in part.ListFields():
        if field.message_type is None or field.name == BESIDE:
            continue
        if isinstance(value, Message):
            yield from _payloads(value)
            continue
        for one in value.values() if field.message_type.GetOptions().map_entry else value:
            if isinstance(one, Message):
                yield from _payloads(one)
