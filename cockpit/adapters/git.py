"""A repository that answers checks: what is checked out, where a tag is on the remote, what lies between commits.

git only looks: no lock is taken, nothing is fetched, and nobody is asked for a password.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection

from cockpit.adapters.jsontext import read_json
from cockpit.adapters.shell import Processes, cut_off, looked, stand_in, stood_in
from cockpit.core.plan.check import GitCheck, Question
from cockpit.core.reading import Answer, Table
from cockpit.core.text.inert import inert
from cockpit.errors import Garbled, Missing, Refused, SourceError
from cockpit.ports import Asking, Link, Ran

_SETTINGS = ("core.fsmonitor=false", "log.showSignature=false", "protocol.ext.allow=never", "color.ui=false")
_GIT = ("git", "--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)))
_ENVIRONMENT: dict[str, str | None] = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS": "true",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
    # Inside of a hook these lead to another repository than the folder's.
    "GIT_DIR": None,
    "GIT_WORK_TREE": None,
    "GIT_INDEX_FILE": None,
}
_STATUS = ("--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--ignore-submodules=none")
_DIFF = ("--no-ext-diff", "--no-relative", "--ignore-submodules=none", "--name-only", "-z")
_SEPARATOR = "\x1f"
_LOG = f"--format=%H{_SEPARATOR}%an{_SEPARATOR}%aI{_SEPARATOR}%s"
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_EXAMINED_FOR = 5.0


class Git:
    """One repository and one remote of it.

    Its facts, by what is asked. `tree`: `sha`, `branch` (empty where none is checked out), `clean`, `changes` (paths,
    untracked ones too). `tag`: `found` on the remote, `sha` of its commit there, `head` what is checked out, `here`
    whether those are one. `between`: `count`, `commits`, `files`, and `behind`, how many commits only the first has.
    """

    def __init__(
        self,
        name: str,
        folder: str = ".",
        remote: str = "origin",
        *,
        rehearsal: bool = False,
        mentioned: Collection[str] = (),
    ) -> None:
        self.name = name
        self._remote = remote
        self._rehearsal = rehearsal
        self._processes = Processes(clean=rehearsal, mentioned=mentioned, folder=folder)

    async def ask(self, check: Question, asking: Asking) -> Answer:  # noqa: ARG002  (git binds nothing)
        """Look at the repository. Raises Missing for what is not in it, Refused, TimedOut, Garbled, SourceError."""
        if not isinstance(check, GitCheck):
            raise Refused(f"'{self.name}' is a repository and answers no such check.", "Give the check a 'git'.")
        seconds = check.deadline.total_seconds()
        if self._rehearsal:
            return _rehearsed(await looked(self._processes, stand_in(check), seconds))
        match check.git:
            case "tree":
                return await self._tree(seconds)
            case "tag":
                return await self._tag(check.tag or "", seconds)
            case _:
                return await self._between(check.from_ or "", check.to, seconds)

    async def examine(self) -> Link:
        """Whether it is a repository, and whether the remote answers."""
        if self._rehearsal:
            return stood_in(self.name)
        began = time.perf_counter()
        try:
            head = (await self._git("rev-parse", "--short", "HEAD", seconds=_EXAMINED_FOR)).text.strip()
            await self._git("ls-remote", "--heads", self._remote, seconds=_EXAMINED_FOR)
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        took = round((time.perf_counter() - began) * 1000)
        return Link(self.name, ok=True, summary=f"at {head}, {self._remote} answers", milliseconds=took)

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _tree(self, seconds: float) -> Answer:
        ran = await self._git("status", *_STATUS, seconds=seconds)
        entries = ran.text.split("\0")
        heads = dict(entry[2:].split(" ", 1) for entry in entries if entry.startswith("# ") and " " in entry[2:])
        changes = tuple(_changed(entries))
        branch = heads.get("branch.head", "")
        return Answer(
            {
                "sha": heads.get("branch.oid", ""),
                "branch": "" if branch == "(detached)" else branch,
                "clean": not changes,
                "changes": changes,
            },
            Table(("change",), tuple((path,) for path in changes)),
            blind=cut_off(ran) or await self._unlooked(seconds),
        )

    async def _unlooked(self, seconds: float) -> str:
        """Why a clean tree shows nothing: files that `git update-index` took out of sight.

        A sparse checkout takes files out too, but these are not there (git-ls-files(1): `S`, and a small letter).
        """
        top = (await self._git("rev-parse", "--show-toplevel", seconds=seconds)).text.removesuffix("\n")
        ran = await self._git("-C", top, "ls-files", "-v", "-z", seconds=seconds)
        tagged = [(entry[0], entry[2:]) for entry in ran.text.split("\0") if entry]
        hidden = [path for tag, path in tagged if tag.islower() or (tag == "S" and os.path.lexists(f"{top}/{path}"))]
        if not hidden:
            return ""
        files = f"{len(hidden)} file{'s' if len(hidden) > 1 else ''}, {inert(hidden[0], limit=80)} first"
        return (
            f"git was told not to look at {files}. Let it: git update-index --no-assume-unchanged --no-skip-worktree."
        )

    async def _tag(self, tag: str, seconds: float) -> Answer:
        """An annotated tag points at a tag object; the line with `^{}` has the commit behind it."""
        name = f"refs/tags/{tag}"
        ran = await self._git("ls-remote", "--tags", self._remote, name, f"{name}^{{}}", seconds=seconds)
        lines = [line.split("\t", 1) for line in ran.text.splitlines() if "\t" in line]
        told = {ref: sha for sha, ref in lines}
        sha = told.get(f"{name}^{{}}") or told.get(name)
        head = (await self._git("rev-parse", "HEAD", seconds=seconds)).text.strip()
        facts: dict[str, object] = {"found": sha is not None, "head": head, "here": sha == head}
        facts |= {"sha": sha} if sha else {"sha_error": f"The tag {tag} is not on {self._remote}. Push it."}
        return Answer(facts)

    async def _between(self, first: str, last: str, seconds: float) -> Answer:
        one, other = [await self._commit(name, seconds) for name in (first, last)]
        log = await self._git("log", _LOG, f"{one}..{other}", seconds=seconds)
        files = await self._git("diff", *_DIFF, one, other, seconds=seconds)
        behind = await self._git("rev-list", "--count", f"{other}..{one}", seconds=seconds)
        rows = tuple(tuple(parts) for line in log.text.splitlines() if len(parts := line.split(_SEPARATOR, 3)) == 4)
        table = Table(("sha", "author", "at", "subject"), rows)
        return Answer(
            {
                "count": len(rows),
                "commits": tuple(dict(zip(table.columns, row, strict=True)) for row in rows),
                "files": tuple(path for path in files.text.split("\0") if path),
                "behind": int(behind.text),
            },
            table,
            blind=cut_off(log) or cut_off(files) or await self._shallow(seconds),
        )

    async def _shallow(self, seconds: float) -> str:
        """Why a count of commits shows nothing: a shallow clone ends the history where it likes."""
        ran = await self._git("rev-parse", "--is-shallow-repository", seconds=seconds)
        if ran.text.strip() == "false":
            return ""
        return "The clone is shallow, so commits may be missing between the two. Fetch them: git fetch --unshallow."

    async def _commit(self, name: str, seconds: float) -> str:
        try:
            found = await self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", seconds=seconds)
        except SourceError as error:
            if error.__class__ is not SourceError:
                raise
            what = f"'{self.name}' has no commit {inert(name, limit=80)}."
            raise Missing(what, "Fetch it, or mend the name.") from error
        return found.text.strip()

    async def _git(self, *words: str, seconds: float) -> Ran:
        """What git prints. Raises SourceError with its last words where it fails."""
        ran = await looked(self._processes, (*_GIT, *words), seconds, _ENVIRONMENT)
        if ran.exit != 0:
            lines = [line for line in ran.errors.splitlines() if line.strip()]
            said = _CREDENTIALS.sub("", lines[0]) if lines else f"it ended with {ran.exit}"
            said = inert(said.removeprefix("fatal: "), limit=200).rstrip(".")
            what = f"git {words[0]} in '{self.name}' failed: {said}."
            raise SourceError(what, "Run it by hand there; see whether the remote may be read.")
        return ran


def _changed(entries: list[str]) -> list[str]:
    """Paths of `git status --porcelain=v2 -z` (git-status(1)): `1` changed, `2` renamed, `u` unmerged, `?` untracked.

    A rename's old path follows as an entry of its own.
    """
    paths, skip = list[str](), False
    for entry in entries:
        if skip:
            skip = False
        elif entry[:2] in ("1 ", "2 ", "u "):
            fields = {"1 ": 8, "2 ": 9, "u ": 10}[entry[:2]]
            paths.append(entry.split(" ", fields)[fields])
            skip = entry[:2] == "2 "
        elif entry[:2] == "? ":
            paths.append(entry[2:])
    return paths


def _rehearsed(ran: Ran) -> Answer:
    """What stands in for git prints the facts as one JSON object. Raises Garbled."""
    try:
        told = read_json(ran.text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or ran.exit != 0:
        what = "What stands in for git prints no JSON object."
        raise Garbled(what, 'Let rehearse print the facts, such as {"clean": true}.')
    return Answer(told, blind=cut_off(ran))
