"""Where a process is to be killed: dealt from a seed, so that a bad run can be had again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

ACTIONS = {
    "set_grace": ("set_variables", "variableCollectionUpsert"),
    "deploy_web": ("deploy", "serviceInstanceDeployV2"),
    "clear_grace": ("delete_variables", "environmentPatchCommitStaged"),
    "roll_back_web": ("roll_back", "deploymentRollback"),
}
"""The plan's actions in their order: the method of the port that sends each, the field that changes the world."""

KINDS = ("intent", "request", "response", "append", "elsewhere")

PLACES = {
    # The intent stands and nothing is sent: at once, or when the request is about to leave.
    "intent": ("recorded", "called"),
    # The request is under way: it will never take effect, it has taken effect, or nobody can say.
    "request": ("after", "after", "before", "after", "race"),
    # The answer has come: not recorded, recorded as accepted, being proved.
    "response": ("answered", "accepted", "followed"),
    # In a transaction: before its first event, before its commit, while it commits, durable and not yet told.
    "append": ("insert", "commit", "during", "written"),
    "elsewhere": ("time",),
}


@dataclass(frozen=True, slots=True)
class Order:
    """One kill. Which of the fields count depends on `kind` and `where`."""

    kind: str
    where: str
    action: str
    """The action it happens to."""
    nth: int
    """At which append of a life, or at which look at a rollout."""
    delay: float
    """Seconds of machine time."""

    @property
    def sends(self) -> bool:
        """Whether its action's request may have had its effect by then: then there is no second one."""
        return self.kind == "response" or self.where in ("after", "race")


def deal(seed: int, count: int) -> list[Order]:
    """So many orders, every kind as often as the others, every place of a kind in turn."""
    chance = random.Random(seed)
    orders = [order for number in range(-(-count // len(KINDS))) for order in _round(chance, number)][:count]
    chance.shuffle(orders)
    return orders


def _round(chance: random.Random, number: int) -> Iterator[Order]:
    for kind in KINDS:
        where = PLACES[kind][number % len(PLACES[kind])]
        longest = {"time": 1.2, "race": 0.004, "during": 0.0004}.get(where, 0.0)
        nth = chance.randrange(2, 16) if kind == "append" else chance.randrange(1, 4)
        actions = ("deploy_web", "roll_back_web") if where == "followed" else tuple(ACTIONS)
        yield Order(kind, where, chance.choice(actions), nth, chance.uniform(0, longest))
