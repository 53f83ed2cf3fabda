"""Commands of this machine: by argv, through a shell only where a plan says so, with a deadline.

Past the deadline the whole process group is killed. A rehearsal's commands see an environment
without real tokens and addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from cockpit.adapters.jsontext import read_json
from cockpit.core.environment import clean_environment
from cockpit.core.expression import Expression
from cockpit.core.plan.check import MachineQuestion, Question, ShellCheck
from cockpit.core.reading import Answer, Table
from cockpit.core.text.inert import inert
from cockpit.errors import ActionUncertain, Refused, SourceError, TimedOut
from cockpit.ports import Asking, Link, Ran

OUTPUT_BYTES = 64 * 1024
"""Kept of what a command prints; the rest is read and dropped."""

BASH = ("bash", "-euo", "pipefail", "-c")
"""How one line is run: it ends at the first failure, and at a variable that is not set."""

# `pipefail` alone tells the exit of the last part that failed, and a grep that found nothing hides the login that
# failed before it. So an earlier part that failed is told by an exit of its own; 141 is one that was no longer read.
_BROKEN_PIPE = 125
_WATCH = (
    'trap \'c=$? s=("${PIPESTATUS[@]-}"); if ((${#s[@]} > 1)); then c=${s[-1]}; unset "s[-1]"; '
    f'for p in "${{s[@]}}"; do ((p == 0 || p == 141)) || c={_BROKEN_PIPE}; done; fi; exit $c\' EXIT\n'
)

_ROWS = 1000
"""Lines that are kept as rows."""

_NOT_RUN = {_BROKEN_PIPE: "failed before the last one of its pipe", 126: "could not be run", 127: "was not found"}
"""Exits that say that the command did not get as far as to look."""
_UNSET = ": unbound variable"


class Processes:
    """`ports.Shell` on this machine. `clean` leaves out what leads to a real system, `mentioned` by the plan or not."""

    def __init__(self, *, clean: bool = False, mentioned: Collection[str] = (), folder: str | None = None) -> None:
        self._clean = clean
        self._mentioned = mentioned
        self._folder = folder

    def find(self, program: str) -> str | None:
        """Where a command of that name is; a path is meant from the folder that commands run in."""
        is_path = len(Path(program).parts) > 1
        return shutil.which(str(Path(self._folder or ".") / program) if is_path else program)

    async def run(
        self, argv: Sequence[str], *, seconds: float, apart: bool = False, extra: Mapping[str, str | None] | None = None
    ) -> Ran:
        """Run to its end. SourceError when it could not start, ActionUncertain when it was killed underway.

        `apart` keeps the standard error out of `text`; `extra` is laid over the environment, None takes a variable out.
        """
        environment = clean_environment(os.environ, self._mentioned) if self._clean else dict(os.environ)
        laid = {**environment, **(extra or {})}
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE if apart else asyncio.subprocess.STDOUT,
                start_new_session=True,
                cwd=self._folder,
                env={name: value for name, value in laid.items() if value is not None},
            )
        except (OSError, ValueError) as error:
            raise self._not_started(argv[0], error) from error
        try:
            async with asyncio.timeout(seconds):
                (text, capped), (errors, _) = await asyncio.gather(_output(process.stdout), _output(process.stderr))
                code = await process.wait()
        except TimeoutError:
            _kill(process)
            await process.wait()
            raise ActionUncertain(
                f"{argv[0]} took more than {seconds:g} s and was killed.", "See what it has done."
            ) from None
        except asyncio.CancelledError:
            _kill(process)
            raise
        return Ran(code, text, capped, errors)

    def _not_started(self, program: str, error: OSError | ValueError) -> SourceError:
        if self._folder is not None and not Path(self._folder).is_dir():
            return SourceError(f"There is no folder {self._folder}.", "Start from another one, or name it in the plan.")
        reason = error.strerror if isinstance(error, OSError) else "bad argument"
        return SourceError(f"{program} could not start: {reason}.", "Is it installed here?")


class Commands:
    """Commands that answer checks.

    Their facts: `exit`, `text` and `lines` of the standard output, `json` with exact numbers where that is JSON, and
    `value` where it is one number. An exit that does not say that the command could look is an error, output
    that was cut off is blind.
    """

    def __init__(
        self, name: str, folder: str = ".", *, rehearsal: bool = False, mentioned: Collection[str] = ()
    ) -> None:
        self.name = name
        self._folder = folder
        self._rehearsal = rehearsal
        self._processes = Processes(clean=rehearsal, mentioned=mentioned, folder=folder)

    async def ask(self, check: Question, asking: Asking) -> Answer:  # noqa: ARG002  (a command binds nothing)
        """Run it to its end. Raises SourceError, Refused, TimedOut."""
        if not isinstance(check, ShellCheck):
            raise Refused(f"'{self.name}' runs commands and answers no such check.", "Give the check a 'run'.")
        argv = stand_in(check) if self._rehearsal else (*BASH, _WATCH + check.run[0]) if check.shell else check.run
        ran = await looked(self._processes, argv, check.deadline.total_seconds())
        _must_have_looked(check, ran)
        facts = {"exit": ran.exit, **facts_of(ran.text)}
        return Answer(facts, lines_of(ran.text), blind=cut_off(ran))

    async def examine(self) -> Link:
        """Whether its folder is there, and bash."""
        if self._rehearsal:
            return stood_in(self.name)
        began = time.perf_counter()
        try:
            await self._processes.run(["true"], seconds=5)
        except (SourceError, ActionUncertain) as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        warnings = () if shutil.which(BASH[0]) else ("bash is not installed: checks with shell = true cannot run.",)
        took = round((time.perf_counter() - began) * 1000)
        where = inert(str(Path(self._folder).resolve()), limit=120)
        return Link(self.name, ok=True, summary=f"Commands run in {where}", milliseconds=took, warnings=warnings)

    async def close(self) -> None:
        """Nothing is kept open."""


def stand_in(check: MachineQuestion) -> tuple[str, ...]:
    """What runs in a rehearsal. Raises Refused where the plan names nothing."""
    if not check.rehearse:
        raise Refused("A rehearsal asks nothing of this machine.", "Give the check rehearse = [...].")
    return check.rehearse


def stood_in(name: str) -> Link:
    """What a rehearsal says of a connection to this machine: nothing of it is looked at."""
    return Link(name, ok=True, summary="Nothing here is looked at: the plan's stand-ins answer", milliseconds=0)


async def looked(
    processes: Processes, argv: Sequence[str], seconds: float, extra: Mapping[str, str | None] | None = None
) -> Ran:
    """A command that only looks: killed past its deadline it is late, and nothing is uncertain."""
    try:
        return await processes.run(argv, seconds=seconds, apart=True, extra=extra)
    except ActionUncertain as error:
        raise TimedOut(error.what, "Give it a longer deadline, or make it quicker.") from error


def cut_off(ran: Ran) -> str:
    """Why output that was cut off shows nothing; empty where it was not."""
    return f"It printed more than {OUTPUT_BYTES // 1024} KB, and the rest was not looked at." if ran.capped else ""


def facts_of(text: str) -> dict[str, object]:
    """`text`, `lines`, `json` and `value` of an output; what it is not says why."""
    facts: dict[str, object] = {"text": text, "lines": tuple(text.splitlines())}
    try:
        facts["json"] = read_json(text)
    except ValueError:
        shown = inert(text[:200].strip(), limit=40)
        facts["json_error"] = f"This is no JSON: {f'it begins with {shown}' if shown else 'it is empty'}."
    told = facts.get("json")
    if isinstance(told, int | Decimal) and not isinstance(told, bool):
        facts["value"] = told
    else:
        facts["value_error"] = "'value' is a single number, and this is none. Use text, lines or json."
    return facts


def lines_of(text: str) -> Table:
    """An output as rows of one column, for the record and to compare."""
    lines = text.splitlines()
    return Table(("line",), tuple((line,) for line in lines[:_ROWS]), capped=len(lines) > _ROWS)


def _must_have_looked(check: ShellCheck, ran: Ran) -> None:
    """An exit that tells nothing is no answer: `seen` and `pass` would judge what was never looked at."""
    program = check.run[0].split()[0] if check.shell else check.run[0]
    last = inert(next(reversed([line for line in ran.errors.splitlines() if line.strip()]), ""), limit=160)
    said = f" It says: {last.rstrip('.')}." if last else ""
    if ran.exit < 0:
        raise SourceError(f"{inert(program, limit=60)} was ended by signal {-ran.exit}.{said}", "Run it by hand.")
    if ran.exit in _NOT_RUN and ran.exit not in (check.exits or ()):
        what = f"{inert(program, limit=60)} or a command in it {_NOT_RUN[ran.exit]}.{said}"
        raise SourceError(what, "Is it installed, and may it be used here?")
    if check.shell and ran.exit == 1 and _UNSET in ran.errors:
        raise SourceError(f"{inert(program, limit=60)} needs a variable that is not set.{said}", "Export it.")
    judged = any("exit" in Expression.parse(each).names() for each in (check.pass_, check.seen) if each)
    wanted = check.exits if check.exits is not None else None if judged else (0,)
    if wanted is not None and ran.exit not in wanted:
        what = f"{inert(program, limit=60)} ended with {ran.exit}, so it did not look.{said}"
        raise SourceError(what, "Mend it, or name in exits what says that it could look.")


async def _output(stream: asyncio.StreamReader | None) -> tuple[str, bool]:
    """What comes until the end, as much as is kept of it, and whether there was more."""
    kept, capped = bytearray(), False
    while stream is not None and (chunk := await stream.read(8192)):
        capped = capped or len(kept) + len(chunk) > OUTPUT_BYTES
        kept += chunk[: max(0, OUTPUT_BYTES - len(kept))]
    return kept.decode(errors="replace"), capped


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
