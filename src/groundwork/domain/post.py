"""When a notice may be sent, what it is called on its way, and the shapes of its delivery."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from groundwork.domain.base import Frozen
from groundwork.domain.calendar import SHANGHAI

PLAN_POST: Final = "plan_post"
DELIVER_POST: Final = "deliver_post"
CALL_WEBHOOKS: Final = "call_webhooks"
COMPOSE_DIGESTS: Final = "compose_digests"
"""Names of the activities."""

MAIL_PREFIX: Final = "mailto:"
"""`mailto:somebody@example.cn` is an address that the installation's own mail server writes to."""

SCHEMES: Final = frozenset(
    {
        *("mailto", "mailtos", "wecombot", "dingtalk", "feishu", "lark"),
        *("bulksms", "burstsms", "clicksend", "d7sms", "httpsms", "msg91", "nexmo", "plivo"),
        *("sinch", "twilio", "json", "jsons"),
    }
)
"""Kinds of channels that people may set: none of Apprise's that act on this machine.

`json` and `jsons` go to hosts that the installation trusts, and to no others.
"""

MAIL_DOMAIN: Final = "notices.groundwork"
"""The right-hand side of our Message-IDs."""


class Rhythm(StrEnum):
    """How often somebody wants to hear on a channel."""

    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


class DeliveryStatus(StrEnum):
    """The life of one notice on one channel."""

    PLANNED = "planned"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"


class TargetState(StrEnum):
    """Whether a channel or webhook is used."""

    ACTIVE = "active"
    DISABLED = "disabled"
    DEAD = "dead"


class Quiet(Frozen):
    """Hours, on the clock of Asia/Shanghai, in which nothing is sent; they may cross midnight.

    The first belongs to them, the last does not. Two equal hours mean none.
    """

    since: time
    until: time

    def over(self, moment: datetime) -> datetime | None:
        """When the quiet hours around the moment are over; None outside them."""
        local = moment.astimezone(SHANGHAI)
        clock = local.timetz().replace(tzinfo=None)
        if self.since < self.until:
            inside, days = self.since <= clock < self.until, 0
        else:
            inside = self.since != self.until and (clock >= self.since or clock < self.until)
            days = 1 if clock >= self.since else 0
        if not inside:
            return None
        end = datetime.combine(local.date() + timedelta(days=days), self.until, SHANGHAI)
        return end.astimezone(UTC)


class Patience(Frozen):
    """How failing targets are tried again: seconds between tries, and how many there are."""

    first_seconds: float = 30
    factor: float = 3
    longest_seconds: float = 3600
    tries: int = 8
    lease_seconds: float = 120
    """After so long a claim that was never finished may be taken over."""

    def wait(self, failures: int) -> timedelta:
        """How long to leave a target alone after so many failures in a row (at least one)."""
        seconds = self.first_seconds * self.factor ** min(failures - 1, 32)
        return timedelta(seconds=min(seconds, self.longest_seconds))


class Shift(Frozen):
    """How long one run of the postman's activities lasts, and how soon a dead one is noticed."""

    seconds: float = 600
    heartbeat_seconds: float = 20
    shifts: int = 20
    """After so many the workflow continues as new."""


def notice_id(source: str, rule: str, person: str) -> str:
    """The id of a notice: the same whenever it is planned again."""
    return f"n-{_digest(source, rule, person)}"


def delivery_id(notice: str, channel: str) -> str:
    """The id of a notice's way through a channel."""
    return f"d-{_digest(notice, channel)}"


def message_id(delivery: str) -> str:
    """The Message-ID of the e-mail: a mail sent again after a crash is known by it."""
    return f"<{delivery}@{MAIL_DOMAIN}>"


def webhook_message_id(webhook: str, chain_id: str, seq: int) -> str:
    """The `webhook-id` of an event for a subscriber: the same on every try."""
    return f"msg_{_digest(webhook, chain_id, str(seq))}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
