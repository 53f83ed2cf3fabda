"""The account of an error of our own: its traceback in a private file, with the secrets taken out.

Nobody who operates is shown a traceback; whoever mends Cockpit needs one.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cockpit.core.environment import SECRETIVE
from cockpit.core.text.redact import Redactor


def keep(failure: BaseException, folder: Path, redact: Callable[[str], str]) -> str:
    """Write the traceback to a new file of mode 0600 in `folder`; says in words where it lies, or why it does not."""
    text = redact("".join(traceback.format_exception(failure)))
    path = folder / f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        return f"{type(failure).__name__}, and its account could not be written ({error.strerror})"
    return f"its account lies in {path}"


def redact_environment(environ: Mapping[str, str] = os.environ) -> Callable[[str], str]:
    """Takes out the values of variables whose names sound like a secret's, for where no vault is at hand.

    A path (`PWD`, `SSH_AUTH_SOCK`) is none.
    """
    return Redactor(
        value for name, value in environ.items() if SECRETIVE.search(name) and not value.startswith("/")
    ).clean
