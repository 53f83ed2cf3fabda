"""Where a log stream stands: what was delivered, and from which stamp to ask again.

Log rows carry no id, streams end as a matter of routine, and lines of one second may arrive out
of order. So every new question reaches back a little, and what was delivered is known by its identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from cockpit.adapters.railway.stamps import nanoseconds, stamped, written
from cockpit.core.text.logline import LogLine

_LOOK_BACK = 30 * 10**9
"""Nanoseconds; Railway's own command line looks back as far (`railway/api.md` 9)."""
_MOST = 50_000
"""Identities remembered: some megabytes. Beyond them the look-back shrinks to what is remembered."""
_INSTANCES = 1000
"""Instances whose newest line is remembered; the one that was silent longest is forgotten first."""


class Cursor:
    """One stream's memory, bounded whatever it is fed."""

    def __init__(self, since: datetime, *, most: int = _MOST) -> None:
        self._since = nanoseconds(written(since))
        self._newest = self._since
        self._forgotten = self._since - 1
        self._most = most
        self._seen: dict[int, int] = {}
        self._last: dict[tuple[str, str], int] = {}

    @property
    def resume(self) -> str:
        """The stamp after which to ask: exclusive, and never one that was forgotten."""
        return stamped(max(self._forgotten, self._newest - _LOOK_BACK))

    @property
    def newest(self) -> int:
        """Nanoseconds of the newest line delivered, or of the beginning."""
        return self._newest

    def fresh(self, lines: Iterable[LogLine]) -> list[LogLine]:
        """Those that were not delivered before, oldest first; from now on they count as delivered.

        One that is older than what its instance had said before is marked late.
        """
        found: list[tuple[int, LogLine]] = []
        for line in lines:
            at, key = nanoseconds(line.stamp), _key(line)
            if at >= self._since and key not in self._seen:
                self._seen[key] = at
                found.append((at, line))
        found.sort(key=lambda pair: pair[0])  # stable: lines of one instant stay as they came
        if found:
            self._newest = max(self._newest, found[-1][0])
        if len(self._seen) > self._most:
            self._forget()
        return [self._placed(at, line) for at, line in found]

    def reaches(self, lines: Sequence[LogLine]) -> bool:
        """Whether a page reaches back into what was delivered: all of its oldest quarter was.

        What lies behind was delivered too then, but for lines that came late by more than a page. Without
        this every new socket would read half a minute again: twenty pages of a busy service.
        """
        oldest = sorted(lines, key=lambda line: nanoseconds(line.stamp))[: max(1, len(lines) // 4)]
        return bool(lines) and all(_key(line) in self._seen for line in oldest)

    def _placed(self, at: int, line: LogLine) -> LogLine:
        """Lines of the platform bear whole seconds (`railway/api.md` 12): their place among others says nothing."""
        if line.level == "platform":
            return line
        key = (line.deployment, line.instance)
        if at < self._last.get(key, at):
            return replace(line, late=True)
        self._last.pop(key, None)
        self._last[key] = at
        if len(self._last) > _INSTANCES:
            del self._last[next(iter(self._last))]
        return line

    def _forget(self) -> None:
        by_age = sorted(self._seen.items(), key=lambda pair: pair[1])
        old, kept = by_age[: -self._most // 2], by_age[-self._most // 2 :]
        self._forgotten = max(self._forgotten, old[-1][1])
        self._seen = dict(kept)


def _key(line: LogLine) -> int:
    return hash((line.deployment, *line.identity))
