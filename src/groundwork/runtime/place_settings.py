"""The settings that say for which place an installation is, and where people find it."""

from pydantic import Field
from pydantic_settings import BaseSettings


class PlaceSettings(BaseSettings):
    """What the place is called, and its address; its chains are data (docs/catalogue.md)."""

    city: str = Field(
        default="鹤山市",
        min_length=1,
        max_length=40,
        description="The place whose approvals these are, as pages name it in Chinese.",
    )
    city_en: str = Field(
        default="Heshan",
        min_length=1,
        max_length=40,
        description="The same in English.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/\s]+",
        examples=["https://approvals.example"],
        description="Address under which people reach the pages, for links. "
        "Unset: the API's own address.",
    )
