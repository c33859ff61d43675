"""Key rings (密钥环): the keys that one purpose was given over time.

What is written is encrypted with the current key; the others stay to read what was written before.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime, Field

from groundwork.domain.base import Frozen

SECRET_BYTES: Final = 32
"""What AES-256 takes."""


class Key(Frozen):
    """A key. Nothing is written with it before `used_from`, so that every machine has it by then.

    Its representation does not show it.
    """

    id: str = Field(pattern=r"^k-[0-9a-f]{8}$")
    made_at: AwareDatetime
    used_from: AwareDatetime
    secret: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)

    @property
    def raw(self) -> bytes:
        """The 32 bytes of the key."""
        return bytes.fromhex(self.secret)


class KeyRing(Frozen):
    """All keys of a purpose, oldest first."""

    keys: tuple[Key, ...] = Field(min_length=1)

    def current(self, now: datetime) -> Key:
        """What is written with now: the newest key whose time has come, else the oldest."""
        begun = [key for key in self.keys if key.used_from <= now]
        return begun[-1] if begun else self.keys[0]

    def find(self, key_id: str) -> Key | None:
        """The key of that id; None when the ring lacks it."""
        return next((key for key in self.keys if key.id == key_id), None)

    def lacks(self, key_ids: Iterable[str]) -> list[str]:
        """Those of the ids that are not of this ring, sorted."""
        return sorted(set(key_ids) - {key.id for key in self.keys})

    def with_key(self, key: Key) -> "KeyRing":
        """The ring with one more key, which is the newest."""
        return KeyRing(keys=(*self.keys, key))
