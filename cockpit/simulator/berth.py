"""A short-named, private folder for a server's socket, gone when the server is.

A socket's path holds about 100 characters (104 on macOS, 108 on Linux), a state folder may be
longer, and a user without rights cannot pass through a closed home folder. So sockets lie in a
temporary folder named after the state folder: the same after a restart, so that an address
stays good. Who holds the lock inside is alive; what nobody holds is swept.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cockpit.errors import SimulatorError
from cockpit.simulator.binaries import anyone_reaches

_PREFIX = "cockpit-pg-"
_LONGEST = 70
"""Characters a base folder may have: name and socket take 34 more, and 104 is macOS's limit."""


@dataclass(frozen=True, slots=True)
class Berth:
    """The folder, and the lock on it: pass `lock` to children and the berth lives as long as the last of them."""

    path: Path
    lock: int

    def leave(self) -> None:
        """Let go and remove it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def take_berth(folder: Path, owner: tuple[int, int] | None, *, runs_programs: bool = False) -> Berth | None:
    """The berth that belongs to a state folder, handed to `owner` (uid, gid) where that is another user.

    Sweeps what dead servers left first. None while somebody else holds it, if only a sweeper for a moment.
    """
    base = _base(stranger=owner is not None, runs_programs=runs_programs)
    sweep(base)
    path = base / (_PREFIX + hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:10])
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.lstat().st_uid not in (os.geteuid(), *(owner or ())[:1]):
        raise SimulatorError(f"{path} belongs to somebody else.", "Remove it, or point TMPDIR elsewhere.")
    try:
        lock = hold(path)
        if lock is not None and owner is not None:
            os.chown(path, *owner)
    except FileNotFoundError:
        return None
    return Berth(path, lock) if lock is not None else None


def hold(folder: Path) -> int | None:
    """An exclusive lock on a folder as a file descriptor, or None while another process has it."""
    file = folder / "lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A sweeper may have removed the file between our open and our lock: then we hold nothing.
        if file.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def sweep(base: Path) -> None:
    """Remove berths that nobody holds: their servers were killed."""
    for path in _ours(base):
        try:
            lock = hold(path)
        except OSError:
            continue
        if lock is not None:
            Berth(path, lock).leave()


def _ours(base: Path) -> Iterator[Path]:
    for path in base.glob(_PREFIX + "*"):
        try:
            mine = os.geteuid() in (0, path.lstat().st_uid)
        except OSError:
            continue
        if mine and path.is_dir() and not path.is_symlink():
            yield path


def _base(*, stranger: bool, runs_programs: bool) -> Path:
    for base in map(Path, (tempfile.gettempdir(), "/tmp", "/dev/shm")):  # noqa: S108  (made private, 0700, by take_berth)
        fits = base.is_dir() and os.access(base, os.W_OK | os.X_OK) and len(os.fsencode(base)) <= _LONGEST
        if fits and (not stranger or anyone_reaches(base)) and (not runs_programs or _may_run(base)):
            return base
    raise SimulatorError(
        "No temporary folder will do for the simulator's database.", "Point TMPDIR at a short, writable one."
    )


def _may_run(base: Path) -> bool:
    return not os.statvfs(base).f_flag & getattr(os, "ST_NOEXEC", 0)
