"""Webhooks: other systems that are told of events; for administrators."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Response
from pydantic import Field

from groundwork.api.answers import answer
from groundwork.api.bodies import ShortLine
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.post_shapes import IssuedWebhookShape, SecretShape, WebhookShape
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import Listed
from groundwork.api.visit import IdempotencyKey, Visit, WebhookManager
from groundwork.domain.base import Frozen
from groundwork.domain.post import TargetState
from groundwork.runtime.guard import TargetRefused, checked_address, require_sound_url
from groundwork.store.webhooks import Webhooks

router = APIRouter(prefix="/webhooks", tags=["notices"])

WebhookId = Annotated[str, Path(max_length=60)]
EventType = Annotated[str, Field(pattern=r"^(\*|[a-z][a-z0-9_]{1,59})$")]
_WRITTEN: Final = documented(*WRITING, "webhook_not_found")


class WebhookBody(Frozen):
    """A subscription: an https address, and the types of events to be told of (`*`: all)."""

    label: ShortLine
    url: Annotated[str, Field(min_length=8, max_length=500)]
    types: Annotated[Sequence[EventType], Field(min_length=1, max_length=50)] = ("*",)


@router.get("", response_model=Listed[WebhookShape], responses=documented(*SIGNED_IN))
async def list_webhooks(visit: WebhookManager) -> Response:
    """Every subscription."""
    rows = await Webhooks(visit.resources.database).all()
    return answer({"items": rows, "next": None})


@router.post(
    "",
    status_code=201,
    response_model=IssuedWebhookShape,
    responses=documented(*WRITING, "key_reused", "webhook_address_refused"),
)
async def add_webhook(visit: WebhookManager, key: IdempotencyKey, body: WebhookBody) -> Response:
    """Subscribe an address. `secret` verifies what is sent there; it is shown this once."""
    trusted = visit.resources.settings.trusted
    try:
        await checked_address(*require_sound_url(body.url, trusted), trusted)
    except TargetRefused as refused:
        raise Problem("webhook_address_refused", reason=str(refused)) from None

    async def write() -> bytes:
        webhooks = Webhooks(visit.resources.database)
        row, secret = await webhooks.add(body.label, body.url, body.types, visit.actor.id)
        return orjson.dumps(row | {"secret": secret}, option=orjson.OPT_UTC_Z)

    return await _once(visit, key, f"webhook {body.model_dump_json()}", write)


@router.post(
    "/{webhook_id}/rotate",
    status_code=201,
    response_model=SecretShape,
    responses=documented(*WRITING, "key_reused", "webhook_not_found"),
)
async def rotate_secret(
    visit: WebhookManager, key: IdempotencyKey, webhook_id: WebhookId
) -> Response:
    """Make a new secret. For a day both sign, so that the receiver can follow."""

    async def write() -> bytes:
        secret = await Webhooks(visit.resources.database).rotate(webhook_id)
        if secret is None:
            raise Problem("webhook_not_found", webhook=webhook_id)
        return orjson.dumps({"id": webhook_id, "secret": secret})

    return await _once(visit, key, f"rotate {webhook_id}", write)


@router.post("/{webhook_id}/enable", status_code=204, response_class=Response, responses=_WRITTEN)
async def enable_webhook(
    visit: WebhookManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    webhook_id: WebhookId,
) -> Response:
    """Use it again, from the next event on."""
    return await _set(visit, webhook_id, TargetState.ACTIVE)


@router.delete("/{webhook_id}", status_code=204, response_class=Response, responses=_WRITTEN)
async def disable_webhook(
    visit: WebhookManager,
    key: IdempotencyKey,  # not looked at: doing it twice is doing it once
    webhook_id: WebhookId,
) -> Response:
    """Tell it nothing any more."""
    return await _set(visit, webhook_id, TargetState.DISABLED)


async def _set(visit: Visit, webhook_id: str, state: TargetState) -> Response:
    if not await Webhooks(visit.resources.database).set_state(webhook_id, state):
        raise Problem("webhook_not_found", webhook=webhook_id)
    return Response(status_code=204)


async def _once(
    visit: Visit, key: str, asked: str, write: Callable[[], Awaitable[bytes]]
) -> Response:
    content = await visit.resources.replays.once(visit.actor.id, key, asked.encode(), write)
    headers = {"Location": f"{PREFIX}/webhooks"}
    return Response(content, 201, headers, media_type="application/json")
