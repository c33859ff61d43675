"""Signs the record's heads and has them time-stamped. Both may be repeated at any time."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from groundwork.activities.stamping import NotStamped, TimeStamper
from groundwork.domain.proof import SIGN_HEADS, STAMP_HEADS
from groundwork.store.signatures import SigningKey, UnusableKey
from groundwork.store.signed_heads import SignedHeads

NO_KEY: Final = "no_signing_key"

log = structlog.stdlib.get_logger(__name__)


class HeadActivities:
    """Signs with the key that `key` finds, and stamps if there is an authority."""

    def __init__(
        self,
        heads: SignedHeads,
        key: Callable[[], SigningKey | None],
        stamper: TimeStamper | None = None,
    ) -> None:
        self._heads = heads
        self._key = key
        self._stamper = stamper

    @activity.defn(name=SIGN_HEADS)
    async def sign(self, at: datetime) -> int:
        """Sign what is due at that moment; how many heads.

        Without a key nothing is signed, nor is it tried again before the next day or start.
        """
        try:
            key = self._key()
        except (OSError, UnusableKey) as error:
            reason = getattr(error, "strerror", None) or str(error)
            log.error("signed heads: the key cannot be used", reason=reason)
            raise ApplicationError(reason, type=NO_KEY, non_retryable=True) from None
        if key is None:
            log.error("signed heads: there is no key, see GROUNDWORK_AUDIT_KEY_FILE")
            raise ApplicationError("no key to sign with", type=NO_KEY, non_retryable=True)
        days = await self._heads.sign(at, key)
        for day in days:
            log.info("signed head", day=str(day))
        return len(days)

    @activity.defn(name=STAMP_HEADS)
    async def stamp(self) -> int:
        """Have the heads stamped that have no stamp; how many. An authority away is retried."""
        if self._stamper is None:
            return 0
        stamped = 0
        for one in await self._heads.unstamped():
            activity.heartbeat()
            try:
                response = await self._stamper.stamp(one.hash)
            except NotStamped as error:
                log.warning("signed head not stamped yet", day=str(one.day), reason=str(error))
                raise ApplicationError(str(error), type="not_stamped") from None
            await self._heads.stamp(one.day, self._stamper.url, response)
            stamped += 1
        return stamped
