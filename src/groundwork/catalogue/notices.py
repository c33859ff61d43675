"""The rules of notices: one immutable YAML file per version."""

from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

import yaml
from pydantic import ValidationError

from groundwork.domain.notices import NoticeBook

SHELF = resources.files("groundwork.catalogue") / "notices"
CURRENT = "default-1.0.0"


class NoticeFileError(ValueError):
    """A file of notice rules cannot be read; the message names file, field and mistake."""


@lru_cache(maxsize=4)
def load_notices(name: str = CURRENT) -> NoticeBook:
    """The rules of that name. Raises NoticeFileError."""
    return read_notices(SHELF / f"{name}.yaml")


def read_notices(file: Traversable) -> NoticeBook:
    """The rules in a file (a Path will do), also from outside the catalogue."""
    try:
        return NoticeBook.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        mistake = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in mistake["loc"])
        raise NoticeFileError(f"{file.name}: {place}: {mistake['msg']}") from error
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        # Such as other bytes than UTF-8, a 13th month, or a thousand brackets.
        raise NoticeFileError(f"{file.name} cannot be read as YAML in UTF-8") from error
