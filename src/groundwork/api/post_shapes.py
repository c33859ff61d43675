"""What answers about notices, channels, webhooks and feeds look like."""

from datetime import date, datetime
from typing import Literal

from groundwork.api.shapes import Shape
from groundwork.domain.post import Rhythm, TargetState


class NoticeShape(Shape):
    """What you were told."""

    id: str
    rule: str
    title: str
    body: str
    chain: str | None
    seq: int | None
    step: str | None
    due_on: date | None
    urgent: bool
    at: datetime
    created_at: datetime
    read_at: datetime | None


class NoticesShape(Shape):
    """A page of your notices, and how many you have not read."""

    items: list[NoticeShape]
    next: str | None
    unread: int


class UnreadShape(Shape):
    """How many notices you have not read."""

    unread: int


class ChannelShape(Shape):
    """A channel, without its address."""

    id: str
    label: str
    scheme: str
    language: Literal["zh", "en"]
    rhythm: Rhythm
    quiet_since: str | None
    quiet_until: str | None
    state: TargetState
    failures: int
    last_error: str | None
    last_ok_at: datetime | None
    created_at: datetime


class TestedShape(Shape):
    """A test notice on its way; the channel shows whether it arrived."""

    channel: str
    delivery: str


class AilingShape(Shape):
    """A channel or webhook that fails."""

    id: str
    state: TargetState
    failures: int
    last_error: str | None
    person_id: str | None = None
    scheme: str | None = None
    last_ok_at: datetime | None = None


class PostHealthShape(Shape):
    """How the post is: deliveries and webhook calls by status, and what fails."""

    deliveries: dict[str, int]
    calls: dict[str, int]
    channels: list[AilingShape]
    webhooks: list[AilingShape]


class WebhookShape(Shape):
    """A subscription, without its secret."""

    id: str
    label: str
    url: str
    types: list[str]
    state: TargetState
    failures: int
    last_error: str | None
    last_ok_at: datetime | None
    created_at: datetime
    created_by: str


class IssuedWebhookShape(WebhookShape):
    """A new subscription; `secret` is shown this once."""

    secret: str


class SecretShape(Shape):
    """A new signing secret, shown this once."""

    id: str
    secret: str


class FeedShape(Shape):
    """A calendar link, without its secret part."""

    id: str
    person_id: str
    department: str | None
    language: str
    label: str
    created_at: datetime
    revoked_at: datetime | None


class IssuedFeedShape(FeedShape):
    """A new calendar link; `url` is shown this once."""

    url: str
