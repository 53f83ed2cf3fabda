"""What sources count between their samples: kept with the readings, and had again by whoever asks next."""

from __future__ import annotations

from collections.abc import Mapping

from cockpit.core.expression.showing import Conceal
from cockpit.core.reading.tally import may_be_kept
from cockpit.ports import Counting, Source
from cockpit.session import Session


class Counts:
    """One process's part in the counting. It begins where the last one stood."""

    def __init__(self, session: Session, sources: Mapping[str, Source], conceal: Conceal) -> None:
        self._session = session
        self._conceal = conceal
        self._counting: dict[str, Counting] = {
            name: source for name, source in sources.items() if isinstance(source, Counting)
        }
        self.recall()

    def recall(self) -> None:
        """Others may have asked meanwhile: what counts here goes on from what they have counted."""
        for source in self._counting.values():
            source.recall(self._session.tally)

    def keep(self, connection: str) -> None:
        """Have it kept what a connection has counted by now, where its labels may be written down."""
        if connection not in self._counting:
            return
        checks = self._session.state.plan.checks.values()
        masked = {label for check in checks if check.on == connection for label in check.mask}
        counted = self._counting[connection].counted().items()
        self._session.count({name: tally for name, tally in counted if may_be_kept(tally, masked, self._conceal)})
