"""One request: who asks, of which world, when; and whether they may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cockpit.simulator.refusal import Refusal, bad_input, unauthorised
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.tokens import Principal
from cockpit.simulator.world import Deployment, Environment, ServiceInstance, World

Args = Mapping[str, Any]
"""A root field's arguments, by the API's names."""


@dataclass(slots=True)
class Asking:
    """The context of one execution. Missing objects and missing rights are both `Not Authorized` [1 X2]."""

    simulation: Simulation
    principal: Principal
    at: datetime
    effect: dict[str, Any] | None = field(default=None)
    """What a mutation has changed, for the ledger."""

    @property
    def world(self) -> World:
        return self.simulation.world

    @property
    def home(self) -> Environment:
        """The one environment of the project token [1 D]."""
        return self.world.stage

    def only(self, *allowed: Principal) -> None:
        """Refuse other kinds of token."""
        if self.principal not in allowed:
            raise unauthorised()

    def may_see(self, environment: Environment) -> bool:
        return self.principal is not Principal.PROJECT or environment is self.home

    def project(self, key: str | None) -> None:
        """Refuse any project but this one; None is no question."""
        if key not in {None, self.world.project}:
            raise unauthorised()

    def environment(self, key: str | None) -> Environment:
        """An environment the asker may touch; without a key the token's own."""
        if key is None and self.principal is Principal.PROJECT:
            return self.home
        environment = self.world.environments.get(key or "")
        if environment is None or not self.may_see(environment):
            raise unauthorised()
        return environment

    def instance(self, environment: str | None, service: str) -> ServiceInstance:
        """A service in an environment the asker may touch."""
        found = self.environment(environment).services.get(service)
        if found is None:
            raise unauthorised()
        return found

    def deployment(self, key: str) -> Deployment:
        """A deployment the asker may touch; an unknown one is `Deployment not found` [1 X2]."""
        found = self.world.deployments.get(key)
        if found is None:
            raise Refusal("Deployment not found")
        self.environment(found.environment)
        return found

    def did(self, **effect: Any) -> None:
        """Note for the ledger what a mutation changed, and make it last."""
        self.effect = (self.effect or {}) | effect
        self.simulation.settle()


def count(args: Args, name: str, default: int, most: int) -> int:
    """A limit within its bounds; too much is cut, below zero is refused."""
    given = args.get(name)
    if given is None:
        return default
    if given < 0:
        raise bad_input(f"Error in {name} - Invalid input")
    return min(int(given), most)
