"""The daily signed head: what the engine is asked to do about it, and how it is named."""

from typing import Final

SIGN_HEADS: Final = "sign_heads"
STAMP_HEADS: Final = "stamp_heads"
"""Names of the activities."""
