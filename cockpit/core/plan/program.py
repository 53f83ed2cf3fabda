"""Checks of this machine: what a command prints, how a repository stands, what a file says."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cockpit.core.plan.fields import Condition
from cockpit.core.plan.question import Question

Revision = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./@^~{}-]*$")]
"""A commit, tag or branch; none begins with a minus, which git would read as an option."""


class MachineQuestion(Question):
    """What is asked of this machine. A rehearsal runs `rehearse` in its place, and refuses where there is none."""

    rehearse: tuple[str, ...] | None = None
    """What stands in for it in a rehearsal: a command whose output is the answer (JSON of the facts, for git)."""
    seen: Condition | None = None
    """The control, an expression over the same reading."""


class ShellCheck(MachineQuestion):
    """What a command of this machine prints, and how it ends."""

    source: ClassVar[str] = "shell"
    asks_of: ClassVar[str] = "shell"

    run: tuple[str, ...] = Field(min_length=1)
    """The command and its arguments, run as they are; with `shell` one line for bash."""
    shell: bool = Field(default=False, strict=True)
    """The one line of `run` goes to bash, where a pipe fails with any part of it (`-euo pipefail`)."""
    exits: tuple[int, ...] | None = None
    """The exits by which it says that it could look, such as `[0, 1]` for grep; else 0, or any where `pass` asks it."""


class GitCheck(MachineQuestion):
    """How a repository stands."""

    source: ClassVar[str] = "git"
    asks_of: ClassVar[str] = "git"

    git: Literal["tree", "tag", "between"]
    """`tree`: what is checked out, and is it clean; `tag`: where a tag is on the remote; `between`: commits."""
    tag: Revision | None = None
    """The tag of `tag`."""
    from_: Revision | None = Field(default=None, alias="from")
    """Where `between` begins; this commit itself is left out."""
    to: Revision = "HEAD"
    """Where `between` ends."""


class FileCheck(MachineQuestion):
    """What a file says, how large and how old it is."""

    source: ClassVar[str] = "file"
    asks_of: ClassVar[str] = "file"

    file: str = Field(min_length=1)
    """Its path, from the connection's folder."""
