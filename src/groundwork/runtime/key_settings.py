"""The settings that name files with keys to encrypt with."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings


class KeySettings(BaseSettings):
    """Where key rings are (docs/privacy.md)."""

    vault_key_file: Path | None = Field(
        default=None,
        examples=["/run/secrets/vault-keys.json"],
        description="File with the key ring that seals personal data in the database "
        "(docs/privacy.md). Unset: `groundwork up` makes `vault-keys.json` in the data folder "
        "where it brings the database.",
    )
    payload_key_file: Path | None = Field(
        default=None,
        examples=["/run/secrets/payload-keys.json"],
        description="File with the key ring that encrypts what Temporal keeps (docs/privacy.md). "
        "Unset: `groundwork up` makes `payload-keys.json` in the data folder where it brings "
        "Temporal.",
    )

    @field_validator("vault_key_file", "payload_key_file")
    @classmethod
    def _one_place(cls, value: Path | None) -> Path | None:
        # Child processes may run elsewhere and must mean the same place.
        return value and value.expanduser().absolute()
