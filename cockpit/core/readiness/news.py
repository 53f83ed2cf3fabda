"""When a level is looked at again, and when what was seen is worth a line in the record."""

from __future__ import annotations

from datetime import datetime

from cockpit.core.finding import Finding
from cockpit.core.plan import Level
from cockpit.core.progress import action_of
from cockpit.core.readiness.looks import Looks
from cockpit.core.readiness.trials import is_to_try, tried_together
from cockpit.core.state import State


def programs_of(state: State) -> tuple[str, ...]:
    """The commands that ways back run on this machine; in a rehearsal their stand-ins."""
    actions = [action for level in state.plan.rollback for item in level.lines() if (action := action_of(state, item))]
    commands = [action.rehearse if state.rehearsal else action.argv for action in actions if action.argv is not None]
    return tuple(dict.fromkeys(command[0] for command in commands if command))


def is_fresh(state: State, level: Level, looks: Looks, since: datetime) -> bool:
    """Whether every look that a level's findings can rest on was made since then."""
    actions = [action for item in level.lines() if (action := action_of(state, item))]
    made: list[datetime | None] = []
    for one in actions:
        if one.rollback is not None and one.rollback in state.targets:
            made.append(look.at if (look := looks.targets.get(one.rollback)) is not None else None)
        command = one.rehearse if state.rehearsal else one.argv
        if one.argv is not None and command:
            made.append(looks.programs[command[0]].at if command[0] in looks.programs else None)
    tried = [group for group in tried_together(state.plan, level) if is_to_try(state, group)]
    made += [looks.trials[group].at if group in looks.trials else None for group in tried]
    return all(at is not None and at >= since for at in made)


def awaited(state: State) -> datetime | None:
    """When a gate was opened that is still to be decided: everything is looked at again since."""
    asked = [
        gate.asked
        for (_, attempt), gate in state.gates.items()
        if attempt == state.attempt and gate.asked is not None and gate.decided is None
    ]
    return max(asked, default=None)


def is_news(state: State, level: str, found: tuple[Finding, ...], *, fresh: bool) -> bool:
    """Whether findings say anything else than the record; `fresh` ones answer a gate that waits for them, too."""
    known = state.readiness.get(level)
    if known is None or _signature(known.findings) != _signature(found):
        return True
    waits = awaited(state)
    return fresh and waits is not None and known.at < waits


def _signature(found: tuple[Finding, ...]) -> tuple[tuple[str, str, bool | None], ...]:
    """What a change of is worth a line in the record: not the hours that are left."""
    return tuple((each.kind, each.subject, each.ready) for each in found)
