"""Where secrets come from, and the vault that knows which values must never be shown.

A plan only points at a secret: `env:NAME`, `file:PATH`, or a command whose first output line it
is. Values live in memory, and an error here names the place, never what lay there.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import subprocess
import time
from pathlib import Path

from cockpit.core.plan.fields import SecretCommand, SecretRef
from cockpit.core.text.inert import inert
from cockpit.core.text.redact import Redactor
from cockpit.errors import SecretError

LONGEST = 65_536
"""Bytes a secret may have."""

_COMMAND_SECONDS = 10.0


class Vault:
    """Resolves references and remembers every value it gave out, to take it out of any text."""

    def __init__(self) -> None:
        self._values: dict[str, None] = {}
        self._redactor = Redactor(())

    def resolve(self, reference: SecretRef) -> str:
        """The secret, read anew each time: it may have been renewed. Raises SecretError."""
        value = resolve(reference)
        self.remember(value)
        return value

    def remember(self, value: str) -> None:
        """Hold a value for secret that came from elsewhere, such as a secret answer of the operator."""
        self._values[value] = None
        self._redactor = Redactor(self._values)

    def redact(self, text: str) -> str:
        """The text with every remembered value, and every password in one, as a mark."""
        return self._redactor.clean(text)

    def __repr__(self) -> str:
        return f"Vault({len(self._values)} values)"


def resolve(reference: SecretRef) -> str:
    """What a reference leads to. Blocks, a command up to ten seconds. Raises SecretError."""
    if isinstance(reference, SecretCommand):
        return _from_command(reference.command)
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        return _from_environment(place)
    if kind == "file" and place:
        return _from_file(Path(place))
    raise SecretError("A secret stands in the plan itself.", "Write env:NAME or file:PATH in its place.")


def _from_environment(name: str) -> str:
    """Of a variable, else of the credential that systemd holds under that name (`LoadCredential=`, systemd.exec(5))."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and name not in os.environ and (credential := Path(folder, name)).is_file():
        return _text(credential.read_bytes()[: LONGEST + 1], f"The credential {name}")
    value = os.environ.get(name, "").strip()
    if not value:
        state = "empty" if name in os.environ else "not set"
        raise SecretError(f"The environment variable {name} is {state}.", "Export it, then start again.")
    return value


def _from_file(path: Path) -> str:
    try:
        descriptor = os.open(path.expanduser(), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "no such path"
        raise SecretError(f"The secret file {path} cannot be read: {why}.", "Look at its path and rights.") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SecretError(f"{path} is no plain file.", "Point file: at the file that holds the secret.")
        if status.st_mode & 0o077:
            raise SecretError(f"Others may read the secret file {path}.", f"Close it: chmod 600 {path}")
        return _text(os.read(descriptor, LONGEST + 1), f"The secret file {path}")
    finally:
        os.close(descriptor)


def _from_command(argv: tuple[str, ...]) -> str:
    program = inert(argv[0], limit=80)
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it would write over the screen, and may tell the secret
            start_new_session=True,  # so that its children can be ended with it
        )
    except (OSError, ValueError) as error:
        raise SecretError(
            f"The command '{program}' for a secret does not run.", "See whether it is installed."
        ) from error
    with process:
        output = _output(process, time.monotonic() + _COMMAND_SECONDS)
        if output is None:
            os.killpg(process.pid, signal.SIGKILL)
            raise SecretError(
                f"The command '{program}' for a secret took longer than {_COMMAND_SECONDS:.0f} s.",
                "Run it by hand; unlock what it waits for.",
            )
    if process.returncode != 0:
        raise SecretError(
            f"The command '{program}' for a secret ended with {process.returncode}.", "Run it by hand and see why."
        )
    return _text(output.partition(b"\n")[0], f"The first line of '{program}'")


def _output(process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    """What it wrote until it ended, cut; None where it did not end in time.

    Not `communicate`: a child left in the background may hold the pipe open, and output may have no end.
    """
    assert process.stdout is not None
    pipe, kept = process.stdout.fileno(), bytearray()
    while (left := deadline - time.monotonic()) > 0:
        if select.select([pipe], [], [], min(left, 0.02))[0]:
            chunk = os.read(pipe, LONGEST)
            kept += chunk[: LONGEST + 1 - len(kept)]
            if chunk:
                continue
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                return None
            return bytes(kept)
        if process.poll() is not None:
            return bytes(kept)
    return None


def _text(raw: bytes, what: str) -> str:
    try:
        value = raw.decode().strip()
    except UnicodeDecodeError:
        # Without its cause: the error holds the bytes.
        raise SecretError(f"{what} is no text.", "Store the secret as UTF-8.") from None
    if not value:
        raise SecretError(f"{what} is empty.", "Store the secret there.")
    if len(raw) > LONGEST:
        raise SecretError(f"{what} is longer than 64 KB.", "A secret is one value; look at what lies there.")
    return value
