"""Tracking codes (跟踪码): what an applicant types to see how far a project is, without signing in.

A code is read aloud, copied by hand and typed on old keyboards, so it is made of digits and
consonants of which none is taken for another (2 but no Z, 5 but no S, 6 but no G, 8 but no B; none
of 0 O Q, none of 1 I L) and has no vowel, so that no word comes out. The last of its characters is
a check: with weights that differ from place to place modulo a prime, every wrong character and
every swap of two is told from a code that is merely unknown.
"""

import unicodedata
from typing import Final

ALPHABET: Final = "23456789CDFHJKMNPRTVWXY"
"""The 23 characters of a code: a prime number of them, so that the check misses no single error."""

LENGTH: Final = 20
GROUP: Final = 4

CODES: Final = len(ALPHABET) ** (LENGTH - 1)
"""How many codes there are: almost 2 to the power of 86, so that none is found by trying."""

_DASHES: Final = str.maketrans(dict.fromkeys("-‐‑‒–—―−_.·", " "))


def tracking_code(number: int) -> str:
    """The code of a number below CODES, in its printed form: `C7KM-4XTP-…`.

    Raises ValueError for a number that has none.
    """
    if not 0 <= number < CODES:
        raise ValueError(f"a tracking code has a number from 0 to {CODES - 1}")
    characters = []
    for _ in range(LENGTH - 1):
        number, value = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[value])
    drawn = "".join(reversed(characters))
    return _grouped(drawn + ALPHABET[-_weighed(drawn) % len(ALPHABET)])


def read_tracking_code(text: str) -> str | None:
    """The code in its printed form, however it was typed; None when no code can look like that.

    Small letters, full-width characters, other dashes and spaces are all the same.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).upper()
    code = "".join(plain.split())
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return _grouped(code) if _weighed(code) % len(ALPHABET) == 0 else None


def _weighed(characters: str) -> int:
    """The sum that the check makes a multiple of 23: the first place weighs 20, the check 1."""
    weights = range(LENGTH, 0, -1)
    return sum(
        ALPHABET.index(one) * weight for one, weight in zip(characters, weights, strict=False)
    )


def _grouped(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))
