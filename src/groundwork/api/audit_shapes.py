"""The shapes of signed heads and of the keys that signed them."""

from datetime import date, datetime

from groundwork.api.shapes import Shape


class SignedHeadShape(Shape):
    """What the record held when a day was over, signed. `good` when the signature is."""

    day: date
    signed_at: datetime | None
    chains: int | None
    events: int | None
    denials: int | None
    hash: str
    statement: str
    signature: str
    key: str
    good: bool
    stamped_at: datetime | None


class KeyShape(Shape):
    """A public key that signed heads from a day on, as base64 and as PEM."""

    fingerprint: str
    public_key: str
    pem: str | None
    since: date
