"""Files of this machine that answer checks: what they say, how large and how old they are."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.adapters.shell import OUTPUT_BYTES, Processes, cut_off, facts_of, lines_of, looked, stand_in, stood_in
from cockpit.core.expression import Expression
from cockpit.core.plan.check import FileCheck, Question
from cockpit.core.reading import Answer
from cockpit.core.text.inert import inert
from cockpit.errors import Missing, Refused, SourceError, TimedOut
from cockpit.ports import Asking, Link

LARGEST = 64 * 1_048_576
"""Bytes of a file that are read for its digest."""
AHEAD = timedelta(seconds=5)
"""How far the clock that stamps a file, of another machine perhaps, may go before ours."""


@dataclass(frozen=True, slots=True)
class _Found:
    begin: bytes
    size: int
    modified: datetime
    digest: str | None


class Files:
    """Files under one folder.

    Their facts: `exists`, `size` in bytes, `modified`, `age`, `sha256` (up to 64 MB), `text` and `lines` of the first
    64 KB, `json`, and `value` where it is one number. A file that is not there is an error, unless `pass`
    or `seen` asks for `exists`.
    """

    def __init__(
        self, name: str, folder: str = ".", *, rehearsal: bool = False, mentioned: Collection[str] = ()
    ) -> None:
        self.name = name
        self._folder = Path(folder)
        self._rehearsal = rehearsal
        self._processes = Processes(clean=rehearsal, mentioned=mentioned)

    async def ask(self, check: Question, asking: Asking) -> Answer:  # noqa: ARG002  (a path binds nothing)
        """Read it. Raises Missing, Refused for what is no ordinary file, TimedOut, SourceError."""
        if not isinstance(check, FileCheck):
            raise Refused(f"'{self.name}' has files and answers no such check.", "Give the check a 'file'.")
        seconds = check.deadline.total_seconds()
        if self._rehearsal:
            ran = await looked(self._processes, stand_in(check), seconds)
            body = ran.text.encode()
            found = _Found(body, len(body), datetime.now(UTC), hashlib.sha256(body).hexdigest())
            return replace(_answer(check, found), blind=cut_off(ran))
        try:
            async with asyncio.timeout(seconds):
                found = await asyncio.to_thread(_read, self._folder / check.file)
        except TimeoutError as error:
            what = f"{inert(check.file, limit=120)} was not read within {seconds:g} s."
            raise TimedOut(what, "See whether its disk answers.") from error
        except OSError as error:
            return _not_read(check, error)
        return _answer(check, found)

    async def examine(self) -> Link:
        """Whether the folder is there and may be read."""
        if self._rehearsal:
            return stood_in(self.name)
        began = time.perf_counter()
        where = inert(str(self._folder.resolve()), limit=120)
        try:
            await asyncio.to_thread(os.listdir, self._folder)
        except OSError as error:
            what = f"The folder {where} cannot be read: {error.strerror}."
            return Link(self.name, ok=False, summary=what, milliseconds=0, remedy="Name another one in the plan.")
        took = round((time.perf_counter() - began) * 1000)
        return Link(self.name, ok=True, summary=f"Files of {where}", milliseconds=took)

    async def close(self) -> None:
        """Nothing is kept open."""


def _read(path: Path) -> _Found:
    """A regular file and nothing else: a pipe or a device would never end. Raises OSError, Refused."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise Refused(f"{inert(path.name, limit=120)} is no ordinary file.", "Name a file.")
    with os.fdopen(handle, "rb") as file:
        begin = file.read(OUTPUT_BYTES + 1)
        digest = None
        if about.st_size <= LARGEST:
            whole = hashlib.sha256(begin)
            while chunk := file.read(1_048_576):
                whole.update(chunk)
            digest = whole.hexdigest()
    return _Found(begin, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC), digest)


def _answer(check: FileCheck, found: _Found) -> Answer:
    whole = len(found.begin) <= OUTPUT_BYTES
    facts: dict[str, object] = {
        "exists": True,
        "size": found.size,
        "modified": found.modified,
        **_age(found.modified),
        **({"sha256": found.digest} if found.digest else {"sha256_error": "The file is larger than 64 MB. Use size."}),
    }
    if whole:
        text = found.begin.decode(errors="replace")
        return Answer({**facts, **facts_of(text)}, lines_of(text))
    long = f"{inert(check.file, limit=120)} is longer than {OUTPUT_BYTES // 1024} KB. Use size, age or sha256."
    return Answer({**facts, **{f"{name}_error": long for name in ("text", "lines", "json", "value")}})


def _age(modified: datetime) -> dict[str, object]:
    """How old it is. A stamp in the future would be young for as long as it takes to get there, and tells no age."""
    age = datetime.now(UTC) - modified
    if age < -AHEAD:
        return {"age_error": "The file was changed in the future, by its stamp. Look at the clocks, or who set it."}
    return {"age": max(age, timedelta(0))}


def _not_read(check: FileCheck, error: OSError) -> Answer:
    shown = inert(check.file, limit=120)
    if not isinstance(error, FileNotFoundError):
        raise SourceError(f"{shown} cannot be read: {error.strerror}.", "Look at its rights.") from error
    asked = any("exists" in Expression.parse(each).names() for each in (check.pass_, check.seen) if each)
    if not asked:
        raise Missing(f"There is no file {shown}.", "Mend the path, or ask for exists.") from error
    names = ("size", "modified", "age", "sha256", "text", "lines", "json", "value")
    return Answer({"exists": False, **{f"{name}_error": f"There is no file {shown}." for name in names}})
