"""What schemathesis loads: who asks, and what every answer is held to besides its own checks.

FUZZ_CAST is a JSON file with the tokens of those who ask and the people who may be treated badly;
FUZZ_STATUSES the file in which the statuses that were answered are counted.
"""

import atexit
import json
import os
import re
from collections import Counter
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import schemathesis

MEDIA_TYPE: Final = "application/problem+json"
LEAKS: Final = re.compile(r"Traceback|psycopg|sqlalchemy|pydantic|temporalio|\.py\b|File \"")
"""Words of our inside, which no answer has."""
PUBLIC: Final = ("/healthz", "/readyz", "/demonstration")

_cast: Final = json.loads(Path(os.environ["FUZZ_CAST"]).read_text())
_tokens: Final[dict[str, str]] = _cast["tokens"]
_spared: Final = frozenset(_cast["spared"])
_victims: Final[list[str]] = _cast["victims"]
_chance: Final = Random(0)
_number: Final = count()
_statuses: Final[Counter[str]] = Counter()


@atexit.register
def _write() -> None:
    if _statuses:
        Path(os.environ["FUZZ_STATUSES"]).write_text(json.dumps(_statuses))


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Have somebody ask, each time somebody else; a key of its own for most writes."""
    who = "administrator" if _chance.random() < 0.4 else _chance.choice(sorted(_tokens))
    headers = case.headers
    headers["Authorization"] = f"Bearer {_tokens[who]}"
    if "Idempotency-Key" in headers and re.fullmatch(
        r"[\w.:-]{8,120}", str(headers["Idempotency-Key"]), re.ASCII
    ):
        headers["Idempotency-Key"] = f"fuzz-{next(_number):08}"
    person = (case.path_parameters or {}).get("person_id")
    if case.method == "DELETE" and isinstance(person, str) and person in _spared:
        # Whoever asks must still be there for the next request.
        case.path_parameters["person_id"] = _chance.choice(_victims)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Leave out what only looks like bad data that was taken for good.

    A list for a single parameter is the parameter said twice, of which the last counts; who asks is
    put in again whatever was drawn; and false and true are read as 0 and 1, and the other way.
    """
    if type(failure).__name__ != "AcceptedNegativeData":
        return True
    repeated = any(isinstance(value, list) for value in (case.query or {}).values())
    wrong = re.search(r"in body - (\w+): Incorrect type", str(failure.message))
    value = case.body.get(wrong[1]) if wrong and isinstance(case.body, dict) else None
    counted = isinstance(value, int) and value in {0, 1}
    return not (repeated or counted or "Authorization" in str(failure.message))


@schemathesis.check
def told_as_documented(ctx: Any, response: Any, case: Any) -> None:
    """A failure is a problem whose code the address documents; no answer shows our inside."""
    status = response.status_code
    _statuses[str(status)] += 1
    documented = case.operation.definition.raw["responses"]
    if status >= 400 and status != 405:
        assert response.headers["content-type"][0].startswith(MEDIA_TYPE), "not told as a problem"
        problem = response.json()
        assert str(status) in documented, f"{status} {problem['code']} is not documented"
        examples = documented[str(status)]["content"][MEDIA_TYPE]["examples"]
        assert problem["code"] in examples, f"{problem['code']} is not documented"
        assert not LEAKS.search(response.text), "the answer shows our inside"
