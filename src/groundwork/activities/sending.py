"""Sends a claimed notice through Apprise: e-mail, WeCom, DingTalk, Feishu, SMS gateways.

Apprise blocks, so it runs in threads of its own. What it and the servers say is not passed on,
because it may hold addresses and keys: a failure is one of our own codes.
"""

import asyncio
import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from smtplib import SMTPException
from typing import Final
from urllib.parse import quote

from apprise import Apprise, NotifyBase
from apprise.plugins.email import NotifyEmail

from groundwork.activities.mail import port_of, send_mail
from groundwork.domain.post import MAIL_PREFIX, message_id
from groundwork.runtime.guard import TargetRefused, checked_address, is_trusted
from groundwork.store.deliveries import Claimed

AT_ONCE: Final = 16
SECONDS: Final = 60.0
"""Longer than Apprise's own limits on connecting and reading."""

_WEB: Final = frozenset({"json", "jsons"})


class NotSent(Exception):
    """The notice was not sent; the message is a code."""


class Sender:
    """Sends notices. `mail_url` is the city's own mail server, as an Apprise URL; it is secret."""

    def __init__(self, trusted: Collection[str] = (), mail_url: str | None = None) -> None:
        self._trusted = frozenset(trusted)
        self._mail_url = mail_url
        self._threads = ThreadPoolExecutor(AT_ONCE, "post")
        # It tells addresses and answers of servers.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

    async def send(self, claimed: Claimed) -> None:
        """Send one notice in its channel's language. Raises NotSent."""
        target = self._target(claimed.url)
        if isinstance(target, NotifyEmail):
            await self._require_allowed(target.smtp_host, port_of(target), claimed.url)
        elif claimed.scheme in _WEB:
            port = int(target.port or (443 if target.secure else 80))
            if not is_trusted(str(target.host), port, self._trusted):
                raise NotSent("private_target")
        title, body = claimed.title[claimed.language], claimed.body[claimed.language]
        work = asyncio.get_running_loop().run_in_executor(
            self._threads, _send, target, title, body, message_id(claimed.id)
        )
        try:
            async with asyncio.timeout(SECONDS):
                accepted = await work
        except TimeoutError:
            raise NotSent("timeout") from None
        if not accepted:
            raise NotSent("refused")

    def _target(self, url: str) -> NotifyBase:
        if url.startswith(MAIL_PREFIX) and not url.startswith("mailto://"):
            if self._mail_url is None:
                raise NotSent("no_mail_server")
            joint = "&" if "?" in self._mail_url else "?"
            url = f"{self._mail_url}{joint}to={quote(url.removeprefix(MAIL_PREFIX))}"
        target = Apprise.instantiate(url, suppress_exceptions=True)
        if not isinstance(target, NotifyBase):
            raise NotSent("malformed")
        return target

    async def _require_allowed(self, host: str, port: int, url: str) -> None:
        if url.startswith(MAIL_PREFIX) and not url.startswith("mailto://"):
            return  # the installation's own server
        try:
            await checked_address(host, port, self._trusted)
        except TargetRefused as error:
            raise NotSent(str(error)) from None


def _send(target: NotifyBase, title: str, body: str, mail_id: str) -> bool:
    try:
        if isinstance(target, NotifyEmail):
            return send_mail(target, title, body, mail_id)
        return bool(target.notify(title=title, body=body))
    except (OSError, SMTPException, ValueError, TypeError, RuntimeError):
        return False
