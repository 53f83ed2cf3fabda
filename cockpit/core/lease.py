"""Who asks where several processes are attached to one run, and who may drive it.

Each of them keeps a row in the run's file and renews it as long as it lives (machine time: the world's own
questions do not come faster in a rehearsal). From the rows alone each finds the same answer:

- One whose row was not renewed for `LEASE`, or whose process is known to be dead, is gone.
- A driver goes before a monitor; of equals the one that came first. One that has come and not begun yet (a screen
  that is being drawn) is not waited for: the asking is given up to whoever can take it up.
- Nobody begins to ask while another that lives still asks. Who has to give way ends its questions first and
  then says so: no question is ever put by two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

LEASE = 5.0
"""Machine seconds a row counts unless it is renewed; so a dead asker is replaced soon."""


class Role(StrEnum):
    """As what a process is attached."""

    DRIVER = "driver"
    """It may act. One a run."""
    MONITOR = "monitor"
    """It keeps the watch while no driver does. Any number: they stand by for each other."""


_ORDER = tuple(Role)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One process at a run."""

    session: str
    role: Role
    host: str
    pid: int
    name: str
    """Who started it."""
    since: float
    """When it came: machine time, Unix seconds."""
    heard: float
    """When its row was last renewed, the same."""
    asks: bool = False
    """Whether questions of it may be on their way."""

    @property
    def has_begun(self) -> bool:
        """Whether its heart has beaten since it came."""
        return self.heard > self.since

    @property
    def words(self) -> str:
        """`process 4711 on bastion-1`."""
        return f"process {self.pid} on {self.host}"

    @property
    def tool(self) -> str:
        """`screen` or `monitor`: what somebody sees who looks at it."""
        return "screen" if self.role is Role.DRIVER else "monitor"


Change = Callable[[tuple[Attachment, ...]], tuple[Attachment, ...]]
"""What becomes of the processes attached to a run."""

IsGone = Callable[[Attachment], bool]
"""Whether the process of an attachment is known to be dead."""


def nobody_is_gone(_: Attachment) -> bool:
    """Where nothing is known of processes: only silence tells."""
    return False


def is_fresh(one: Attachment, now: float) -> bool:
    """Whether its row still counts. A clock that was set back frees a row rather than blocking everybody."""
    return abs(now - one.heard) < LEASE


def living(attached: Iterable[Attachment], now: float, is_gone: IsGone = nobody_is_gone) -> tuple[Attachment, ...]:
    """Those that are there."""
    return tuple(one for one in attached if is_fresh(one, now) and not is_gone(one))


def driver(attached: Iterable[Attachment], *, besides: str = "") -> Attachment | None:
    """The driver among them, of other sessions than this one."""
    return next((one for one in attached if one.role is Role.DRIVER and one.session != besides), None)


def asker(attached: Iterable[Attachment]) -> Attachment | None:
    """Whoever asks."""
    return next((one for one in attached if one.asks), None)


def gives_way(me: Attachment, others: Iterable[Attachment]) -> bool:
    """Whether somebody is there who goes first: then questions on their way are ended, and the asking is given up."""
    return any(one.has_begun and _place(one) < _place(me) for one in others)


def renewed(
    attached: Iterable[Attachment], me: Attachment, now: float, is_gone: IsGone = nobody_is_gone
) -> tuple[Attachment, ...]:
    """The rows after a heartbeat of `me`, the last of them its own: `asks` says what came of it.

    Those gone are left out. Whoever is to give way has no question on its way any more.
    """
    others = tuple(one for one in living(attached, now, is_gone) if one.session != me.session)
    asks = asker(others) is None and not gives_way(me, others)
    return (*others, replace(me, heard=now, asks=asks))


def left(attached: Iterable[Attachment], session: str) -> tuple[Attachment, ...]:
    """The rows without that session's: whoever comes next need not wait."""
    return tuple(one for one in attached if one.session != session)


def _place(one: Attachment) -> tuple[int, float, str]:
    return _ORDER.index(one.role), one.since, one.session
