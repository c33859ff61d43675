"""Whether an address can be a channel, before it is kept."""

import re
from typing import Final

from groundwork.domain.post import MAIL_PREFIX, SCHEMES

_MAILBOX: Final = re.compile(r"[^\s@<>,;:/?&#]{1,64}@[A-Za-z0-9.-]{1,190}")


class AddressRefused(ValueError):
    """The address cannot be a channel; the message is a code, never the address."""


def channel_scheme(url: str) -> str:
    """The kind of channel that an address names. Blocks for a moment.

    Raises AddressRefused: `scheme_unknown`, `malformed`.
    """
    scheme = url.partition(":")[0].lower()
    if scheme not in SCHEMES:
        raise AddressRefused("scheme_unknown")
    if url.startswith(MAIL_PREFIX) and not url.startswith("mailto://"):
        if not _MAILBOX.fullmatch(url.removeprefix(MAIL_PREFIX)):
            raise AddressRefused("malformed")
        return scheme
    from apprise import Apprise, NotifyBase  # noqa: PLC0415 -- it takes long to import

    if not isinstance(Apprise.instantiate(url, suppress_exceptions=True), NotifyBase):
        raise AddressRefused("malformed")
    return scheme
