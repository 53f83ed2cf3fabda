"""What a rollout that nobody here started means for this run, in sentences; and who started one."""

from __future__ import annotations

from collections.abc import Iterator

from cockpit.core.rollout.deployment import Rollout
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.state import State
from cockpit.core.text.inert import inert

SOMEBODY = "somebody else"


def starter(state: State, rollout: Rollout) -> str:
    """Who started a rollout: `this run`, or whom Railway names, made inert; `somebody else` where it names nobody."""
    if is_ours(state, rollout.deployment):
        return "this run"
    return inert(rollout.creator or SOMEBODY, limit=40)


def meaning(state: State, rollout: Rollout) -> tuple[str, ...]:
    """One sentence for each thing it changes for this run; none for a rollout of our own."""
    if is_ours(state, rollout.deployment):
        return ()
    ours = [state.rollouts[name] for name in state.rollout_items if state.rollouts[name].service == rollout.service]
    if rollout.is_over and rollout.t1 is None:
        return (*_for_ours(state, rollout, ours), "It never served.")
    return (*_for_ours(state, rollout, ours), *_for_what_serves(rollout, ours), *for_the_way_back(state, rollout))


def _for_ours(state: State, rollout: Rollout, ours: list[Rollout]) -> Iterator[str]:
    """What becomes of a rollout of ours that it was made after."""
    for one in ours:
        if one.successor != rollout.deployment or one.outcome == "done":
            continue
        item = state.plan.item(state.rollout_items[one.deployment])
        action = item.target if item is not None else "the action"
        verb = "supersedes" if one.outcome == "in flight" else "superseded"
        if one.t1 is None:
            yield f"It {verb} ours ({one.deployment[:8]}): T1 of {action} does not come of that one any more."
        else:
            yield f"It {verb} ours ({one.deployment[:8]}), which has not taken over wholly yet."


def _for_what_serves(rollout: Rollout, ours: list[Rollout]) -> Iterator[str]:
    done = [one for one in ours if one.deployment == rollout.previous]
    if done and rollout.t1 is None:
        yield f"Once up, it replaces ours ({done[-1].deployment[:8]}): readings then speak of its version."
    elif done:
        yield f"It replaced ours ({done[-1].deployment[:8]}): readings since then speak of its version."
    elif rollout.t1 is None and not ours:
        yield "A deploy of ours would supersede it. Baselines taken before it is up speak of another version."


def for_the_way_back(state: State, rollout: Rollout) -> Iterator[str]:
    """What a rollback of the service would do to it."""
    target = state.targets.get(rollout.service)
    if target is None or target.id == rollout.deployment:
        return
    if rollout.t1 is None:
        yield f"A rollback to {target.id[:8]} takes its place while it is on its way."
    elif rollout.outcome in ("in flight", "done", "crashed"):
        yield f"A rollback leads to {target.id[:8]} still, from before: it takes this version away, too."
