"""Settings: everything that may differ between two installations, read from the environment.

`load_settings()` is the entrance; `docs/settings.md` holds the table that `reference_table` prints.
"""

import os
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from groundwork.runtime.identity_settings import IdentitySettings
from groundwork.runtime.key_settings import KeySettings
from groundwork.runtime.place_settings import PlaceSettings
from groundwork.runtime.secret_files import (
    SecretFileError,
    SecretFiles,
    file_variable,
    handed_down,
)
from groundwork.runtime.secret_folders import secret_folders
from groundwork.runtime.setting_words import PREFIX, explain, table_of, variable_of
from groundwork.runtime.telemetry_settings import TelemetrySettings

EXAMPLE_DATABASE = "postgresql://groundwork@db.example:5432/groundwork"

Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(ValueError):
    """A setting has a value that cannot be used. The message is one line, meant for the user."""


class Settings(KeySettings, PlaceSettings, TelemetrySettings, IdentitySettings):
    """The settings of one installation. Immutable; its representation shows no secret."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        validate_by_name=True,
        validate_by_alias=True,
        validate_default=True,
        frozen=True,
    )

    environment: Literal["development", "production"] = Field(
        default="development",
        description="`production`: no server starts with defaults that others know or that lose "
        "data; what is asked stands below.",
    )
    data_dir: Path = Field(
        default=Path(".groundwork"),
        description="Folder of the embedded servers' data, and of what `groundwork up` notes down. "
        "A relative path counts from the current folder.",
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address the API listens on. Anything but loopback opens it to the network.",
    )
    port: Port = Field(default=8400, description="Port of the API and the pages.")
    temporal_port: Port = Field(
        default=7400, description="Port of the embedded Temporal server, on 127.0.0.1."
    )
    temporal_ui_port: Port = Field(
        default=7401, description="Port of the embedded Temporal UI, on 127.0.0.1."
    )
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        examples=[EXAMPLE_DATABASE],
        description="PostgreSQL database to use. Unset: the embedded one.",
    )
    temporal_address: str | None = Field(
        default=None,
        validation_alias="TEMPORAL_ADDRESS",
        pattern=r"^[^\s/]+:\d{1,5}$",
        examples=["temporal.example:7233"],
        description="Temporal front end to use, as host:port. Unset: the embedded one.",
    )
    temporal_profile: str | None = Field(
        default=None,
        validation_alias="TEMPORAL_PROFILE",
        min_length=1,
        description="Profile in Temporal's own configuration file that says which cluster to use. "
        "The other TEMPORAL_ variables (key, TLS) are honoured for any external cluster.",
    )
    temporal_ui_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+",
        examples=["https://temporal.example"],
        description="Address of the Temporal UI, for links. Unset: the embedded one, if any.",
    )
    namespace: str = Field(
        default="default",
        validation_alias="TEMPORAL_NAMESPACE",
        min_length=1,
        description="Temporal namespace of the live chains.",
    )
    rehearsal_namespace: str = Field(
        default="rehearsal",
        min_length=1,
        description="Temporal namespace of rehearsals, where time is skipped. Never the live one.",
    )
    task_queue: str = Field(
        default="groundwork", min_length=1, description="Task queue the workers serve."
    )
    deployment: str = Field(
        default="groundwork",
        pattern=r"^[A-Za-z0-9_-]{1,60}$",
        description="Name under which Temporal knows all workers of this installation, whatever "
        "their version.",
    )
    build_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.+-]{1,60}$",
        examples=["0.2.0"],
        description="Version of this worker. With it chains stay with workers of their version and "
        "move on by themselves (docs/ops/upgrades.md). Unset, or with the embedded server: chains "
        "go to any worker.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="`console` for people, `json` for machines."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe log entry that is written."
    )
    token: SecretStr | None = Field(
        default=None,
        description="Bearer token with which commands speak to the API. "
        "Unset: one that `groundwork up` saved in the data folder.",
    )
    credit_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+",
        examples=["https://credit.example/api"],
        description="Address of the credit bureau (docs/credit.md). "
        "Unset: Groundwork's own register answers.",
    )
    credit_token: SecretStr | None = Field(
        default=None, description="Bearer token for the credit bureau."
    )
    credit_token_file: Path | None = Field(
        default=None,
        examples=["/run/secrets/credit-token"],
        description="File that holds the token instead, such as a mounted secret.",
    )
    credit_timeout: float = Field(
        default=5.0,
        gt=0,
        le=60,
        description="Seconds that the credit bureau has for one answer.",
    )
    credit_retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a look-up is tried again at once, each time after a longer pause. "
        "After that the engine tries again.",
    )
    credit_cache_seconds: int = Field(
        default=60,
        ge=0,
        le=86400,
        description="How long an answer of the credit bureau is used again. 0: never.",
    )
    mail_url: SecretStr | None = Field(
        default=None,
        examples=["mailtos://user:password@smtp.example:465?from=notice@example.cn"],
        description="The installation's own mail server, as an Apprise URL without recipients. "
        "With it people set a channel by their e-mail address alone.",
    )
    trusted_hosts: str = Field(
        default="",
        examples=["mail.city.example,hooks.city.example:8443"],
        description="Hosts, separated by commas, each with or without a port, that channels and "
        "webhooks may reach although their addresses are private, and without TLS.",
    )
    demo: bool = Field(
        default=False,
        description="Whether this is a demonstration: every page says so, and the sign-in page "
        "lists the people to be; commands mean it. `groundwork up --demo` sets it.",
    )
    undo_seconds: int = Field(
        default=10,
        ge=0,
        le=60,
        description="How long a decision sent from a page is held, so that it can be taken back. "
        "0: not at all. It counts from when it was sent in any case.",
    )
    documents_url: str | None = Field(
        default=None,
        pattern=r"^(/|[a-z][a-z0-9+.-]*://)\S+$",
        examples=["s3://groundwork-documents"],
        description="Where the contents of documents are kept: a folder or an address of fsspec "
        "(docs/documents.md). Unset: the folder `documents` in the data folder.",
    )
    documents_types: str = Field(
        default="pdf,ofd,jpg,jpeg,png,tif,tiff,docx,xlsx,pptx,dwg",
        pattern=r"^[a-z]{3,4}(,[a-z]{3,4})*$",
        description="Extensions of documents that are taken in, of those in the default.",
    )
    documents_largest_mib: int = Field(
        default=200, ge=1, le=4096, description="Size of the largest document, in MiB."
    )
    documents_part_mib: int = Field(
        default=8,
        ge=1,
        le=64,
        description="Size of the largest part of an upload, in MiB. Each part that is being "
        "received takes that much memory.",
    )
    documents_upload_hours: int = Field(
        default=72,
        ge=1,
        le=8760,
        description="Hours after which an upload that nobody went on with is forgotten.",
    )
    scanner: str | None = Field(
        default=None,
        pattern=r"^(clamd://\S+|exec:.*\S.*)$",
        examples=["clamd://127.0.0.1:3310"],
        description="Virus scanner of documents: `clamd://host:3310`, `clamd:///path/of/socket` or "
        "`exec:command`. Unset: documents are marked as not scanned.",
    )
    scanner_timeout: float = Field(
        default=60.0, gt=0, le=600, description="Seconds that the virus scanner may be silent."
    )
    audit_key_file: Path | None = Field(
        default=None,
        examples=["/run/secrets/audit-key.pem"],
        description="File with the private key that signs the day's head of the record "
        "(docs/audit.md); only workers need it. Unset: `groundwork up` makes `audit-key.pem` in "
        "the data folder where it brings the database, and elsewhere nothing is signed.",
    )
    audit_trusted_keys: str = Field(
        default="",
        pattern=r"^(sha256:[0-9a-f]{64}(,sha256:[0-9a-f]{64})*)?$",
        description="Fingerprints, separated by commas, of the keys that may have signed heads. "
        "Unset: any key; the check tells which.",
    )
    audit_sign_at: time = Field(
        default=time(0, 20),
        description="When the head of the day before is signed, on the clock of Asia/Shanghai.",
    )
    timestamp_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+",
        examples=["https://timestamp.example/tsr"],
        description="Address of a time-stamp authority (RFC 3161) that stamps each signed head. "
        "Unset: heads are not stamped.",
    )
    timestamp_timeout: float = Field(
        default=15.0, gt=0, le=120, description="Seconds that the time-stamp authority has."
    )
    sandbox: bool = Field(
        default=True,
        description="Run workflows in the SDK's sandbox, which refuses clocks and randomness. "
        "Off saves about half of a worker's processor time.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where settings come from: arguments, the environment, files it names, folders."""
        return init_settings, env_settings, SecretFiles(settings_cls), file_secret_settings

    @field_validator("data_dir", "credit_token_file", "audit_key_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # Child processes may run elsewhere and must mean the same place.
        return value and value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        scheme, separator, rest = value.get_secret_value().partition("://")
        if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
            raise ValueError("only PostgreSQL is supported")
        return SecretStr(f"postgresql+psycopg://{rest}")

    @model_validator(mode="after")
    def _kept_apart(self) -> Self:
        if self.namespace == self.rehearsal_namespace:
            raise SettingsError(
                "预演不得使用正式命名空间，请修改 GROUNDWORK_REHEARSAL_NAMESPACE。 "
                "Rehearsals must not share the live namespace (TEMPORAL_NAMESPACE): "
                "set GROUNDWORK_REHEARSAL_NAMESPACE to another name."
            )
        if self.credit_token is not None and self.credit_token_file is not None:
            raise SettingsError(
                "信用平台令牌只能以一种方式给出，请取消其中一项设置。 "
                "The credit bureau's token is given twice: unset GROUNDWORK_CREDIT_TOKEN or "
                "GROUNDWORK_CREDIT_TOKEN_FILE."
            )
        if len({self.port, self.temporal_port, self.temporal_ui_port}) < len(PORT_FIELDS):
            raise SettingsError(
                "三个端口不得相同，请修改其中之一。 "
                f"Two of {', '.join(PREFIX + name.upper() for name in PORT_FIELDS)} are the same: "
                "give each its own port."
            )
        return self

    @property
    def api_url(self) -> str:
        """Where people reach the API: the public address, else the one it listens on."""
        here = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host
        authority = f"[{here}]" if ":" in here else here
        return (self.public_url or f"http://{authority}:{self.port}").rstrip("/")

    @property
    def trusted(self) -> frozenset[str]:
        """The hosts of `trusted_hosts`."""
        return frozenset(
            one.strip().lower() for one in self.trusted_hosts.split(",") if one.strip()
        )

    @property
    def audit_trusted(self) -> frozenset[str]:
        """The fingerprints of `audit_trusted_keys`."""
        return frozenset(self.audit_trusted_keys.split(",")) - {""}

    @property
    def audit_key_place(self) -> Path | None:
        """Where the signing key is; None where nobody provided one."""
        if self.audit_key_file is None and self.embeds_postgres:
            return self.data_dir / "audit-key.pem"
        return self.audit_key_file

    @property
    def document_types(self) -> frozenset[str]:
        """The extensions of `documents_types`."""
        return frozenset(self.documents_types.split(","))

    @property
    def documents_place(self) -> str:
        """Where the contents of documents are kept."""
        return self.documents_url or str(self.data_dir / "documents")

    @property
    def temporal_ui(self) -> str | None:
        """Where operators reach the Temporal UI; None when nobody told us."""
        embedded = f"http://127.0.0.1:{self.temporal_ui_port}" if self.embeds_temporal else None
        return self.temporal_ui_url or embedded

    @property
    def embeds_temporal(self) -> bool:
        """Whether `groundwork up` brings its own Temporal server."""
        return self.temporal_address is None and self.temporal_profile is None

    @property
    def versioned(self) -> bool:
        """Whether this process's workers say which version they are."""
        return self.build_id is not None and not self.embeds_temporal

    @property
    def embeds_postgres(self) -> bool:
        """Whether `groundwork up` brings its own PostgreSQL."""
        return self.database_url is None


PORT_FIELDS = ("port", "temporal_port", "temporal_ui_port")


def load_settings(**overrides: Any) -> Settings:
    """Read the environment, then `secret_folders`; `overrides` that are not None win over both.

    Raises `SettingsError` with one line that names the variable and the remedy.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given, _secrets_dir=secret_folders())
    except SecretFileError as error:
        raise SettingsError(str(error)) from None
    except ValidationError as error:
        raise SettingsError(explain(error, Settings.model_fields)) from None


def child_environment(
    settings: Settings, *, database_url: str | None, temporal_address: str | None
) -> dict[str, str]:
    """The environment in which a child process loads these very settings.

    The addresses are those that `groundwork up` resolved. For an embedded Temporal no TEMPORAL_
    variable of ours is handed down: one meant for another cluster would break the connection.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not (settings.embeds_temporal and name.startswith("TEMPORAL_"))
    }
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    values["data_dir"] = settings.data_dir
    if settings.embeds_temporal:
        # A child cannot tell that its server is an embedded one, where workers have no version.
        values["build_id"] = ""
        values |= {"namespace": settings.namespace, "temporal_ui_url": settings.temporal_ui}
    # A child cannot tell whether its database is an embedded one.
    values["audit_key_file"] = settings.audit_key_place
    values["database_url"] = database_url
    values["temporal_address"] = temporal_address
    ours = {variable(name): _text(value) for name, value in values.items() if value is not None}
    return handed_down(settings, inherited, ours)


def variable(name: str) -> str:
    """The environment variable of a field."""
    return variable_of(name, Settings.model_fields[name])


def reference_table() -> str:
    """The table of all settings in `docs/settings.md`, in Markdown."""
    own = Settings.__annotations__
    listed = sorted(Settings.model_fields.items(), key=lambda one: one[0] not in own)
    return table_of(dict(listed), _or_file)


def _or_file(name: str) -> str:
    file = file_variable(Settings, name)
    return f" Or in the file that `{file}` names." if file else ""


def _text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
