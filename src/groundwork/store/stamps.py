"""Time stamps of RFC 3161: what an authority's answer says of a signed head."""

from base64 import b64decode
from binascii import Error as NotBase64
from datetime import datetime
from hashlib import sha512

from rfc3161_client import PKIStatus, TimeStampResponse, decode_timestamp_response


def stamp_says(response: str, head_hash: str) -> datetime | None:
    """When the authority saw the hash, by its own answer in base64; None if it is not of that hash.

    Whether the authority is one to believe, its certificate must tell: docs/audit.md says how.
    """
    try:
        decoded = decode_timestamp_response(b64decode(response, validate=True))
    except (NotBase64, ValueError):
        return None
    return decoded.tst_info.gen_time if granted(decoded, head_hash.encode()) else None


def granted(response: TimeStampResponse, content: bytes) -> bool:
    """Whether the authority granted a stamp, and for that content."""
    if PKIStatus(response.status) is not PKIStatus.GRANTED:
        return False
    return response.tst_info.message_imprint.message == sha512(content).digest()
