"""What a password that somebody chooses must be: long, and none that is guessed first.

As NIST SP 800-63B has it: no rules on kinds of characters, and no end after so many days.
"""

from typing import Final

LEAST: Final = 12
MOST: Final = 128
_FEWEST_DIFFERENT: Final = 5
_SHORTEST_NAME: Final = 2
"""Names of two characters are common."""

_COMMON: Final = frozenset(
    {
        "password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd", "mypassword", "newpassword",
        "passwordpassword", "password123password", "letmein", "letmeinplease", "welcome",
        "welcometo", "changeme", "changemenow", "changemeplease", "administrator", "admin",
        "adminadmin", "adminadminadmin", "rootroot", "superadmin", "superuser", "sysadmin",
        "qwerty", "qwertyuiop", "qwertyuiopasdfghjkl", "qwertyqwerty", "asdfghjkl", "asdfasdf",
        "asdfghjklqwertyuiop", "zxcvbnm", "qazwsxedc", "qazwsxedcrfv", "qweasdzxc", "asdfqwer",
        "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "q1w2e3r4t5y6",
        "iloveyou", "iloveyouforever", "woaini", "woainiwoaini", "woaini1314520", "5201314woaini",
        "groundwork", "approval", "approvals", "heshan", "heshanheshan", "jiangmen", "guangdong",
        "beijing", "shanghai", "zhongguo", "zhengwu", "shenpi", "mima", "mimamima", "gongsi",
        "football", "baseball", "basketball", "princess", "sunshine", "dragon", "monkey",
        "correcthorsebatterystaple", "trustno", "startrek", "starwars", "internet", "computer",
    }
)  # fmt: skip
"""What people choose first, without the digits and signs they put around it."""

_RUNS: Final = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz")


def weakness(password: str, names: tuple[str, ...]) -> str | None:
    """The code of what is wrong with it, if anything; `names` are those of the person."""
    plain = password.casefold()
    if len(password) < LEAST:
        return "password_short"
    if len(password) > MOST:
        return "password_long"
    if any(len(name) >= _SHORTEST_NAME and name.casefold() in plain for name in names):
        return "password_like_name"
    core = plain.strip("0123456789 .,;:!?@#$%^&*()-_+=~/\\|<>[]{}'\"")
    common = plain in _COMMON or core in _COMMON or core == ""
    if common or any(plain in run for run in _RUNS) or len(set(plain)) < _FEWEST_DIFFERENT:
        return "password_common"
    return None
