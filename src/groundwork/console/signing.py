"""The file with the key that signs the record's heads: made once, for its owner alone."""

import os
from pathlib import Path

from groundwork.console.faults import Fault
from groundwork.store.signatures import SigningKey


def make_signing_key(path: Path) -> SigningKey:
    """Write a fresh key to a file that is not there yet. Raises Fault."""
    key = SigningKey.new()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Fault(
            f"{path} 已存在，不会覆盖；请另选文件名。 "
            f"{path} is there already and is not overwritten: choose another name."
        ) from None
    except OSError as error:
        raise Fault(
            f"无法写入 {path}（{error.strerror}）。 {path} cannot be written ({error.strerror})."
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.pem())
    return key


def keep_signing_key(path: Path) -> None:
    """See to it that there is a key. Raises Fault."""
    if not path.exists():
        make_signing_key(path)
