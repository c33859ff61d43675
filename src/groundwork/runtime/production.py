"""What an installation in production must not start with: defaults that others know, or lose.

`GROUNDWORK_ENVIRONMENT=production` asks for it. Each finding names the setting and the remedy.
"""

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote, urlsplit

from groundwork.runtime.settings import Settings, SettingsError

LEAST_SECRET: Final = 16
"""A shared secret with fewer characters can be guessed."""

KNOWN_PASSWORDS: Final = frozenset(
    {"groundwork", "postgres", "password", "changeme", "secret", "admin", "123456", "test"}
)
"""Passwords of examples and first attempts, which are tried before any other."""


def require_sound(settings: Settings) -> None:
    """Raise SettingsError, one line for each finding, unless the settings are fit for production.

    Outside production nothing is asked.
    """
    if settings.environment != "production":
        return
    if wrong := list(findings(settings)):
        raise SettingsError("\n".join(wrong))


def findings(settings: Settings) -> Iterator[str]:
    """What is not fit for production, each in a line in both languages."""
    if settings.demo:
        yield (
            "正式环境不得演示：请取消 GROUNDWORK_DEMO。 "
            "Production is no demonstration, where anybody signs in as anybody: unset"
            " GROUNDWORK_DEMO."
        )
    if settings.embeds_postgres:
        yield (
            "正式环境须使用独立的数据库：请设置 DATABASE_URL。 "
            "The embedded PostgreSQL has no password and no backup: set DATABASE_URL."
        )
    if settings.embeds_temporal:
        yield (
            "正式环境须使用独立的 Temporal：请设置 TEMPORAL_ADDRESS 或 TEMPORAL_PROFILE。 "
            "The embedded Temporal server lets in anybody on this machine: set TEMPORAL_ADDRESS"
            " or TEMPORAL_PROFILE."
        )
    if _password(settings) in KNOWN_PASSWORDS:
        yield (
            "数据库密码是示例密码：请更换，并修改 DATABASE_URL。 "
            "The database's password is that of an example: change it, and DATABASE_URL."
        )
    yield from _addresses(settings)
    yield from _secrets(settings)


def _addresses(settings: Settings) -> Iterator[str]:
    if not (settings.public_url or "").startswith("https://"):
        yield (
            "对外地址须为 https://：请设置 GROUNDWORK_PUBLIC_URL，并由前置代理启用 TLS。 "
            "Without TLS passwords and sessions can be read on the way: have a proxy speak TLS and"
            " set GROUNDWORK_PUBLIC_URL to its https:// address."
        )
    issuer = settings.oidc_issuer
    if issuer is not None and not issuer.startswith("https://"):
        yield (
            "身份认证地址须为 https://：请修改 GROUNDWORK_OIDC_ISSUER。 "
            "The identity provider is without TLS: set GROUNDWORK_OIDC_ISSUER to its https://"
            " address."
        )


def _secrets(settings: Settings) -> Iterator[str]:
    for name, secret in (
        ("GROUNDWORK_OIDC_CLIENT_SECRET", settings.oidc_client_secret),
        ("GROUNDWORK_CREDIT_TOKEN", settings.credit_token),
    ):
        value = secret.get_secret_value() if secret is not None else None
        if value is not None and (len(value) < LEAST_SECRET or value.lower() in KNOWN_PASSWORDS):
            yield (
                f"{name} 过短或为示例值：请换用至少{LEAST_SECRET}个字符的随机值。 "
                f"{name} is short or that of an example: have a random one of at least"
                f" {LEAST_SECRET} characters issued."
            )


def _password(settings: Settings) -> str | None:
    if settings.database_url is None:
        return None
    try:
        password = urlsplit(settings.database_url.get_secret_value()).password
    except ValueError:
        return None
    return unquote(password).lower() if password else None
