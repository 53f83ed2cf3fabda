"""The key of masked columns: beside the journal, not in it, so that the journal alone gives no value away."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

BYTES = 16


def mask_key(journal: Path) -> bytes:
    """The run's key, from `<journal>.key` (0600); made at random where there is none.

    Where it cannot be written it holds for this process only. What was masked by a key that is lost
    does not compare with what is masked later; hashes tell which key made them (`core/reading/keeping.Mask`).
    """
    path = journal.with_name(f"{journal.name}.key")
    return _read(path) or _made(path)


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            is_ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid()
            key = file.read(BYTES + 1) if is_ours else b""
    except OSError:
        return None
    return key if len(key) == BYTES else None


def _made(path: Path) -> bytes:
    key = os.urandom(BYTES)
    with suppress(OSError):
        path.unlink(missing_ok=True)  # torn by a full disk, or none of ours
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(descriptor)
    return _read(path) or key
