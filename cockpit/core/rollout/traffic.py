"""Which deployment answers the public, as far as probes can tell.

A check that `serves` says where its answer names the version: a deployment id, a commit or an image
digest, whole or its beginning. That name is compared with what is known of the deployments. Two of
the same commit cannot be told apart by it, and then nothing is claimed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cockpit.core.expression import Expression
from cockpit.core.plan.check import HttpCheck, Question
from cockpit.core.reading import Answer
from cockpit.core.reading.judgement import blindness, scope
from cockpit.core.rollout.deployment import Deployment, Rollout
from cockpit.core.rollout.tally import Tally
from cockpit.core.state import State
from cockpit.errors import ExpressionError

KEPT = 20
"""Probes of a check that are counted: at five seconds each the last minute and a half."""
SHORTEST = 7
"""Characters of a commit or id that name it: git itself abbreviates to no fewer."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What one answer named; None where there was none, or it named nothing."""

    at: datetime
    named: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the last probes one deployment answered."""

    deployment: str | None
    """None where it is not known which: no answer, no name, an unknown name, or one that several bear."""
    named: str | None
    count: int


def named_by(check: Question, answer: Answer) -> str | None:
    """The version an answer names, where its check says how to find it; None where it does not name one."""
    if not isinstance(check, HttpCheck) or check.serves is None or blindness(check, answer) is not None:
        return None
    try:
        found = Expression.parse(check.serves).evaluate(scope(answer, None))
    except ExpressionError:
        return None
    text = str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return text or None


def shares(state: State, service: str | None, probes: Iterable[Probe]) -> tuple[Share, ...]:
    """The last probes by what answered them, the most frequent first."""
    return _shares(versions(state, service), Counter(probe.named for probe in probes))


def shares_in_all(state: State, tally: Tally) -> tuple[Share, ...]:
    """All probes of a rollout that are on record, in the same way."""
    return _shares(versions(state, None), Counter({named or None: count for named, count in tally.counts.items()}))


def _shares(names: Mapping[str, tuple[str, ...]], counted: Counter[str | None]) -> tuple[Share, ...]:
    return tuple(Share(_bearer(names, named), named, count) for named, count in counted.most_common())


def versions(state: State, service: str | None) -> Mapping[str, tuple[str, ...]]:
    """Deployments of a service, or of all, to the names they may be known by."""
    found: dict[str, tuple[str, ...]] = {}
    for name, target in state.targets.items():
        if service in (None, name):
            found[target.id] = _names(target.id, target)
    for rollout in state.rollouts.values():
        if service in (None, rollout.service):
            found[rollout.deployment] = _names(rollout.deployment, rollout)
    return found


def _names(deployment: str, known: Deployment | Rollout) -> tuple[str, ...]:
    return tuple(name for name in (deployment, known.commit, known.digest) if name)


def _bearer(versions: Mapping[str, tuple[str, ...]], named: str | None) -> str | None:
    """The one deployment that bears a name, whole or from its beginning."""
    if named is None or len(named.removeprefix("sha256:")) < SHORTEST:
        return None
    bearers = [one for one, names in versions.items() if any(name.startswith(named) for name in names)]
    return bearers[0] if len(bearers) == 1 else None
