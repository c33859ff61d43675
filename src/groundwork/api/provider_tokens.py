"""Access tokens that the identity provider issues to systems, and as whom a system acts here.

A system is a person of Groundwork like any other, with a role; the token's subject is linked to
it, and the token's scopes narrow what it may do. Checking one needs no answer of the provider as
long as its keys are known.
"""

from typing import Final

import structlog

from groundwork.api.errors import Problem
from groundwork.runtime.provider import Provider, ProviderAway, ProviderRefused
from groundwork.runtime.sign_on import holder
from groundwork.store.linked import LinkedIdentities
from groundwork.store.people import TOKEN_PREFIX, Bearer

RETRY_AFTER: Final = {"Retry-After": "5"}
_PARTS: Final = 3

log = structlog.stdlib.get_logger(__name__)


class ProviderTokens:
    """Tells who bears a token of the provider."""

    def __init__(self, provider: Provider, linked: LinkedIdentities) -> None:
        self._provider = provider
        self._linked = linked

    def issued(self, secret: str) -> bool:
        """Whether it looks like a token of the provider's, where they count at all."""
        accepted = self._provider.settings.oidc_audience is not None
        parts = secret.split(".")
        shaped = len(parts) == _PARTS and all(parts) and secret.isascii()
        return accepted and shaped and not secret.startswith(TOKEN_PREFIX)

    async def bearer(self, secret: str, *, counts: bool = True) -> Bearer | None:
        """The system that bears the token; None for a token that is not good, or is nobody's.

        Raises Problem (provider_unavailable, scope_too_narrow), StoreUnavailable.
        """
        try:
            found = await holder(self._provider, secret)
        except ProviderRefused as refused:
            log.info("token of the provider refused", complaint=str(refused))
            return None
        except ProviderAway as away:
            log.warning("identity provider away", error=str(away))
            raise Problem("provider_unavailable", headers=RETRY_AFTER) from None
        linked = await self._linked.find(
            self._provider.issuer, found.subject, kind="system", counts=counts
        )
        if linked is None or not linked.person.active:
            return None
        if found.scope is None:
            raise Problem("scope_too_narrow", scope="-", needed="read")
        return Bearer(linked.person, linked.id, "api", found.scope, found.expires_at, None)
