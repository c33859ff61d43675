"""Settings of who may come in: sign-in, sessions, tokens, an identity provider, and traffic."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from groundwork.runtime.networks import Networks, read_networks


class IdentitySettings(BaseSettings):
    """The part of the settings that says who comes in, how, and how often."""

    session_idle_minutes: int = Field(
        default=60,
        ge=5,
        le=1440,
        description="Minutes after which a browser that nobody uses is signed out.",
    )
    session_hours: int = Field(
        default=12, ge=1, le=168, description="Hours after which a browser is signed out anyway."
    )
    confirm_minutes: int = Field(
        default=15,
        ge=1,
        le=10_080,
        description="How old, in minutes, the last sign-in may be for decisions that are annulled "
        "or revoked, chains that are terminated, and work on many steps at once. Older: people "
        "confirm first that it is them.",
    )
    sign_in_per_minute: int = Field(
        default=10,
        ge=1,
        le=100_000,
        description="How many sign-ins from one address may fail in a minute, in each API process.",
    )
    second_factor_roles: str = Field(
        default="",
        pattern=r"^[a-z_]*(,[a-z_]+)*$",
        examples=["administrator,director"],
        description="Roles, separated by commas, whose people need a second factor on the pages. "
        "Everybody else may use one.",
    )
    one_time_password_hours: int = Field(
        default=72,
        ge=1,
        le=720,
        description="Hours for which a password that was handed out opens an account.",
    )
    token_days: int = Field(
        default=90,
        ge=0,
        le=3650,
        description="Days after which a token lapses that was issued without an end. 0: never.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s?#]+[^\s?#]*$",
        examples=["https://login.city.example/realms/city"],
        description="Issuer of the identity provider (OpenID Connect) that people sign in with "
        "(docs/identity.md), exactly as it writes itself. Unset: none.",
    )
    oidc_client_id: str | None = Field(
        default=None,
        min_length=1,
        examples=["groundwork"],
        description="Id under which this installation is registered with the provider.",
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret of that registration. Unset: it is a public client."
    )
    oidc_scopes: str = Field(
        default="openid",
        pattern=r"^openid( \S+)*$",
        description="Scopes that are asked for, `openid` first. No more is needed: roles, names "
        "and departments are kept here.",
    )
    oidc_name: str = Field(
        default="统一身份认证 · Single sign-on",
        min_length=1,
        max_length=80,
        description="What the button on the sign-in page says; both languages on either side of "
        "` · `.",
    )
    oidc_audience: str | None = Field(
        default=None,
        min_length=1,
        examples=["https://approvals.example"],
        description="Audience (`aud`) that the provider's access tokens of systems must name. "
        "Unset: none are accepted.",
    )
    oidc_scope_prefix: str = Field(
        default="groundwork:",
        pattern=r"^[!-~]*$",
        description="Before `read`, `act` and `admin` in the scopes of such tokens.",
    )
    oidc_second_factor_acr: str = Field(
        default="",
        pattern=r"^\S*( \S+)*$",
        examples=["urn:city:acr:two-factors"],
        description="Values of `acr`, separated by spaces, by which the provider says that it "
        "asked for a second factor. It may also say so by `mfa`, `otp` or `hwk` in `amr`.",
    )
    oidc_timeout: float = Field(
        default=5.0, gt=0, le=60, description="Seconds that the provider has for one answer."
    )
    oidc_sign_out: bool = Field(
        default=True,
        description="Whether who signs out here is led to the provider to sign out there as well.",
    )
    local_sign_in: bool = Field(
        default=True,
        description="Whether people may sign in by name and password, or by their token, on the "
        "pages. Off: through the provider alone, and administrators by token in an emergency.",
    )
    requests_per_account: int = Field(
        default=3000,
        ge=0,
        le=10_000_000,
        description="How many requests one account may make in a minute, in each API process. "
        "0: as many as it likes.",
    )
    requests_per_address: int = Field(
        default=12_000,
        ge=0,
        le=10_000_000,
        description="How many requests may come from one address in a minute, in each API "
        "process; an office may be behind one. 0: as many as it likes.",
    )
    request_silence: float = Field(
        default=20.0,
        gt=0,
        le=600,
        description="Seconds of silence after which a request whose body is not whole is given up.",
    )
    request_seconds: float = Field(
        default=120.0,
        gt=0,
        le=3600,
        description="Seconds after which a request that has no answer yet is given up.",
    )
    progress_per_minute: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="How many look-ups of public progress one address may make in a minute; "
        "up to as many at once.",
    )
    progress_total_per_minute: int = Field(
        default=1200,
        ge=1,
        le=1_000_000,
        description="How many look-ups of public progress one API process answers in a minute, "
        "from all addresses together.",
    )
    trusted_proxies: str = Field(
        default="",
        examples=["127.0.0.1,10.0.0.0/8"],
        description="Addresses or networks, separated by commas, of the proxies in front of the "
        "API. Only what these write into X-Forwarded-For is believed.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        read_networks(value)
        return value

    @property
    def proxies(self) -> Networks:
        """The networks of `trusted_proxies`."""
        return read_networks(self.trusted_proxies)

    @property
    def second_factor(self) -> frozenset[str]:
        """The roles of `second_factor_roles`."""
        return frozenset(one for one in self.second_factor_roles.split(",") if one)

    @property
    def strong_acr(self) -> frozenset[str]:
        """The values of `oidc_second_factor_acr`."""
        return frozenset(self.oidc_second_factor_acr.split())

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError(
                "请同时设置 GROUNDWORK_OIDC_ISSUER 和 GROUNDWORK_OIDC_CLIENT_ID，或都不设置。 "
                "An identity provider needs both GROUNDWORK_OIDC_ISSUER and "
                "GROUNDWORK_OIDC_CLIENT_ID: set the other as well, or neither."
            )
        if self.oidc_issuer is None and not self.local_sign_in:
            raise ValueError(
                "关闭本地登录前请先接入身份认证（GROUNDWORK_OIDC_ISSUER），否则无人能登录网页。 "
                "Without local sign-in nobody could come in: set GROUNDWORK_OIDC_ISSUER first, or "
                "unset GROUNDWORK_LOCAL_SIGN_IN."
            )
        return self
