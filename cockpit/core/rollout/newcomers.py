"""Deployments that appear during a run: which an intent of ours may have made, and which nobody here started.

Railway tells the id of a deployment to whoever made it, if the answer arrives. All else is told
from listings, by Railway's own stamps. Where a deployment may be ours without our knowing it yet,
it is in doubt and nobody's; what is in doubt is never called a stranger's, and never cancelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.state import Intent, State

NEWEST, NEWEST_AT = "newest", "newest at"
"""In `Intent.before`: the service's newest deployment, and when Railway made it."""

SKEW = timedelta(minutes=2)
"""How far Railway's clock may lie behind ours before a new deployment is taken for an old one."""

IN_TIME = timedelta(minutes=3)
"""A request is answered or given up within 90 s; what was made this long after it and the skew is hardly its."""

_IN_DOUBT = timedelta(minutes=10)
"""So long after a request whose answer was lost, a new deployment may be what came of it."""

_IN_FLIGHT = frozenset({"QUEUED", "INITIALIZING", "WAITING", "NEEDS_APPROVAL", "BUILDING", "DEPLOYING"})
_LIVE = frozenset({"SUCCESS", "SLEEPING", "CRASHED", "REMOVING"})


def is_ours(state: State, deployment: str) -> bool:
    """Whether an action of this run made it or let it go on, as far as Railway has told.

    What we only stopped, cancelled, removed or restarted stays whose it was.
    """
    if deployment in state.rollout_items:
        return True
    return any(one.deployment == deployment and _begins(state, one) for one in state.intents.values())


def may_be_ours(state: State, service: str, one: Deployment) -> bool:
    """Whether it may be what came of an action that has not been told, or shown, which deployment it made."""
    known = one.id in _known(state, service)
    return not known and any(_may_be_of(one, each) for each in _doubts(state, service))


def since(state: State, listed: Sequence[Deployment], service: str, intent: Intent) -> list[Deployment]:
    """Deployments of a listing that appeared after an intent and that nothing else known made.

    What was the newest before is part of the intent, so that Railway's stamps are compared with each
    other; where that could not be read its clock is trusted to be within `SKEW` of ours.
    """
    known = _known(state, service, besides=intent.seq)
    fresh = [one for one in listed if one.id not in known and one.id != intent.before.get(NEWEST)]
    return [one for one in fresh if one.created_at >= _from(intent)]


def possible(state: State, service: str, intent: Intent, found: Sequence[Deployment]) -> list[Deployment]:
    """Of deployments that appeared after an intent, those it can have made, as far as Railway tells of them.

    A way back restores the image of its target (`railway/api.md` 8 [D]): what was built of another one is not it.
    And whom Railway names for ours (`creator`, 7 [S]) it names for the next one too, which nobody has measured [I].
    What is not told rules nothing out.
    """
    action, target, makers = state.plan.actions.get(intent.action), state.targets.get(service), creators(state)
    image = target.digest if action is not None and action.kind == "rollback" and target is not None else None
    alike = [one for one in found if image is None or one.digest in (None, image)]
    return [one for one in alike if not makers or one.creator in makers]


def strangers(state: State, service: str, listed: Sequence[Deployment]) -> tuple[Deployment, ...]:
    """Deployments of a listing that nobody here started and that are not known yet, oldest first.

    Those on their way or live, made after the one that served at the opening; and those that have
    ended already, if they were made during the run: what failed yesterday is no news.
    """
    known, target = _known(state, service), state.targets.get(service)
    begun = target.created_at if target is not None else state.opened
    doubts = list(_doubts(state, service))
    found = []
    for one in sorted(listed, key=lambda each: each.created_at):
        after = begun if one.status in _IN_FLIGHT | _LIVE else max(begun, state.opened)
        if one.id not in known and one.created_at > after and not any(_may_be_of(one, each) for each in doubts):
            found.append(one)
    return tuple(found)


def came_of(state: State, service: str, one: Deployment) -> Intent | None:
    """The change of scale that made Railway deploy by itself; None for a deployment nothing of ours explains."""
    for intent in state.intents.values():
        action = state.plan.actions.get(intent.action)
        if action is None or action.kind != "scale" or action.target != service or not intent.accepted:
            continue
        if intent.at - SKEW <= one.created_at <= intent.at + IN_TIME:
            return intent
    return None


def creators(state: State) -> frozenset[str | None]:
    """Whom Railway names as the maker of what is certainly ours: deployments whose id it answered a request with.

    What was approved, stopped or restarted may be anybody's, and what a way back made is found by listing.
    """
    made = {
        intent.deployment
        for intent in state.intents.values()
        if intent.deployment and not intent.looks and _kind(state, intent) in ("deploy", "redeploy")
    }
    return frozenset(rollout.creator for name, rollout in state.rollouts.items() if name in made and rollout.made)


def _begins(state: State, intent: Intent) -> bool:
    action = state.plan.actions.get(intent.action)
    return action is not None and (action.starts_rollout or action.kind == "scale")


def _kind(state: State, intent: Intent) -> str | None:
    action = state.plan.actions.get(intent.action)
    return action.kind if action is not None else None


def predecessor(state: State, service: str, made: datetime | None, listed: Sequence[Deployment] = ()) -> str | None:
    """The deployment that one made at that instant replaces: the newest before it that came up, as far as is known."""
    gone = ("removed", "superseded")
    came_up = [one for one in state.rollouts.values() if one.t1 is not None and one.outcome not in gone]
    up = {one.deployment: _made(one) for one in came_up if one.service == service}
    if (target := state.targets.get(service)) is not None:
        up[target.id] = target.created_at
    up |= {one.id: one.created_at for one in listed if one.status in _LIVE}
    earlier = {name: at for name, at in up.items() if made is None or at < made}
    return max(earlier, key=lambda name: (earlier[name], name), default=None)


def _made(rollout: Rollout) -> datetime:
    return rollout.made or rollout.started


def _known(state: State, service: str, besides: int | None = None) -> set[str]:
    known = set(state.rollouts)
    known |= {one.deployment for one in state.intents.values() if one.deployment and one.seq != besides}
    if service in state.targets:
        known.add(state.targets[service].id)
    return known


def _doubts(state: State, service: str) -> Iterator[Intent]:
    """Intents that start a rollout of a service and have not been told, or shown, its id."""
    for intent in state.intents.values():
        action = state.plan.actions.get(intent.action)
        if action is None or action.target != service or not action.starts_rollout or intent.deployment is not None:
            continue
        if intent.outcome in (None, "lost") and intent.told != "not happened":
            yield intent


def _may_be_of(one: Deployment, intent: Intent) -> bool:
    if one.id == intent.before.get(NEWEST) or one.created_at < _from(intent):
        return False
    return intent.outcome is None or one.created_at <= intent.at + _IN_DOUBT


def _from(intent: Intent) -> datetime:
    before = intent.before.get(NEWEST_AT)
    return datetime.fromisoformat(before) if before else intent.at - SKEW
