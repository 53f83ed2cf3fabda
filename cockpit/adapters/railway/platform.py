"""Railway as the cockpit knows it: the `Platform` of one connection of a plan."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from functools import partial

from cockpit.adapters.railway import (
    changes,
    checks,
    examination,
    logcheck,
    otherlogs,
    scope,
    settings,
    shapes,
    volumes,
)
from cockpit.adapters.railway.budget import Allowance
from cockpit.adapters.railway.client import Client, Json
from cockpit.adapters.railway.credential import Credential
from cockpit.adapters.railway.rhythm import Rhythm
from cockpit.adapters.railway.stamps import perhaps
from cockpit.adapters.railway.tail import Event, Pace, Tail
from cockpit.adapters.railway.variables import drift, kept
from cockpit.clock import Clock, RealClock
from cockpit.core.plan.check import LogCheck, Question, RailwayCheck
from cockpit.core.plan.connection import RailwayConnection
from cockpit.core.reading import Answer
from cockpit.core.rollout.deployment import Deployment, Observation, PlatformLine
from cockpit.core.rollout.drift import Drift
from cockpit.core.text.inert import inert
from cockpit.core.text.logline import LogLine
from cockpit.errors import Missing, Refused, TimedOut
from cockpit.ports import Asking, Budget, Kept, Link, Scope, Settings, Volume

_WITNESSES = 200
"""Lines of the platform itself that are remembered: what rollouts ask for is minutes old."""


_BREATH = 200
"""Events between two breaths: a backlog that is there already would keep the loop to itself."""


class Railway:
    """One environment of one project, behind one token.

    The first use of anything finds the scope; while that is not the plan's environment, nothing is asked of it.
    """

    def __init__(
        self,
        name: str,
        connection: RailwayConnection,
        token: str,
        *,
        clock: Clock | None = None,
        redact: Callable[[str], str] = str,
        pace: Pace | None = None,
        is_paced: bool = True,
    ) -> None:
        """`token` is the resolved secret, `clock` plan time, `pace` machine time; `redact` cleans foreign text.

        What is not `is_paced` asks as often as it likes: a stand-in plays a policy and turns nobody away for it.
        """
        self.name = name
        self.connection = connection
        self._clock = clock or RealClock()
        self._pace = pace or Pace(time.monotonic, asyncio.sleep)
        self._allowance = Allowance(connection.requests_per_hour, self._pace.now)
        self.client = Client(
            connection.endpoint,
            Credential.of(connection.token, token),
            self._allowance,
            Rhythm(lambda: self._allowance.per_second if is_paced else None, self._pace.now, self._pace.sleep),
            believes_policy=is_paced,
            redact=redact,
            sleep=self._pace.sleep,
        )
        self._scope: Scope | None = None
        self._finding = asyncio.Lock()
        self._witnesses: deque[PlatformLine] = deque(maxlen=_WITNESSES)

    @property
    def budget(self) -> Budget:
        return self._allowance.budget

    def now(self) -> datetime:
        """Plan time."""
        return self._clock.now()

    async def scope(self) -> Scope:
        async with self._finding:
            if self._scope is None:
                self._scope = await scope.find(self.client, self.connection)
            return self._scope

    async def service(self, name: str) -> tuple[Scope, str]:
        """The scope and the service's id, for its name or id. Raises Missing where there is none, not even by now."""
        known = await self._calling(name)
        if name not in known.services:
            self._scope = None  # it may have been made since
            known = await self._calling(name)
        if name not in known.services:
            names = ", ".join(sorted(known.services)) or "none"
            what = inert(f"{known.environment} has no service {name!r}, but {names}.", limit=300)
            raise Missing(what, "Correct the plan.")
        return known, known.services[name]

    async def _calling(self, *services: str) -> Scope:
        """The scope, which from now on knows these services by what they are called, id or name."""
        self._scope = (await self.scope()).calling(*services)
        return self._scope

    async def serving(self, service: str, *, urgent: bool = False) -> Deployment | None:
        data = await self._ask_of_service("serving", service, urgent=urgent)
        with shapes.understood("the serving deployment"):
            active = map(shapes.deployment, data["serviceInstance"]["activeDeployments"])
            return max((one for one in active if one.is_up), key=lambda one: one.created_at, default=None)

    async def deployments(self, service: str, *, first: int = 20, urgent: bool = False) -> tuple[Deployment, ...]:
        known, service_id = await self.service(service)
        of = {"projectId": known.project_id, "environmentId": known.environment_id, "serviceId": service_id}
        data = await self.client.ask("deployments", urgent=urgent, input=of, first=first)
        with shapes.understood("deployments"):
            found = map(shapes.deployment, shapes.nodes(data["deployments"]))
            return tuple(sorted(found, key=lambda one: one.created_at, reverse=True))

    async def deployment(self, deployment: str, *, urgent: bool = False) -> Deployment | None:
        await self.scope()
        try:
            data = await self.client.ask("deployment", urgent=urgent, id=deployment)
        except Missing:
            return None
        return shapes.deployment(data["deployment"])

    async def observe(self, service: str, new: str, old: str | None, *, urgent: bool = False) -> Observation:
        known, service_id = await self.service(service)
        data = await self.client.ask(
            "rollout",
            urgent=urgent,
            newId=new,
            oldId=old or new,
            hasOld=old is not None,
            serviceId=service_id,
            environmentId=known.environment_id,
        )
        with shapes.understood("a rollout"):
            instance = data["svc"]
            latest = instance["latestDeployment"] or {}
            return Observation(
                at=self.now(),
                new=shapes.deployment(data["new"]),
                old=shapes.deployment(data["old"]) if data.get("old") else None,
                steps=tuple(map(shapes.step, shapes.nodes(data["steps"]))),
                active=tuple(one["id"] for one in instance["activeDeployments"]),
                latest=latest.get("id"),
                latest_at=perhaps(latest.get("createdAt")),
                latest_by=(latest.get("creator") or {}).get("name"),
                lines=tuple(line for line in self._witnesses if line.deployment in {new, old}),
            )

    async def settings(self, service: str, *, urgent: bool = False) -> Settings:
        _, service_id = await self.service(service)
        data = await self._ask_of_service("settings", service, urgent=urgent, project=True)
        return settings.merged(data, service_id)

    async def variables(self, service: str | None, *, urgent: bool = False) -> Mapping[str, str]:
        known, service_id = await self._owner(service)
        of = {"projectId": known.project_id, "environmentId": known.environment_id, "serviceId": service_id}
        return shapes.variables((await self.client.ask("variables", urgent=urgent, **of)).get("variables"))

    async def kept(self, service: str | None, *, urgent: bool = False) -> Mapping[str, Kept]:
        known, service_id = await self._owner(service)
        return await kept(self.client, known, service_id, urgent=urgent)

    async def running_variables(self, deployment: str, *, urgent: bool = False) -> Mapping[str, str]:
        await self.scope()
        data = await self.client.ask("running_variables", urgent=urgent, deploymentId=deployment)
        snapshot = data.get("deploymentSnapshot")
        if snapshot is None:
            raise Missing("Railway keeps no snapshot of this deployment.", "Compare with the configured variables.")
        return shapes.variables(snapshot.get("variables"))

    async def drift(self, service: str, deployment: str, *, urgent: bool = False) -> Drift:
        known, service_id = await self.service(service)
        return await drift(self.client, known, service_id, deployment, urgent=urgent)

    async def set_variables(self, service: str | None, values: Mapping[str, str]) -> None:
        known, service_id = await self._owner(service)
        await changes.set_variables(self.client, known, service_id, values)

    async def delete_variables(self, service: str | None, names: tuple[str, ...]) -> None:
        known, service_id = await self._owner(service)
        await changes.delete_variables(self.client, known, service_id, names)

    async def set_settings(self, service: str, values: Mapping[str, int | str | bool | None]) -> None:
        known, service_id = await self.service(service)
        await changes.set_settings(self.client, known, service_id, values)

    async def volumes(self, service: str, *, urgent: bool = False) -> tuple[Volume, ...]:
        known, service_id = await self.service(service)
        return await volumes.volumes(self.client, known, service_id, urgent=urgent)

    async def mount(self, service: str, path: str | None, name: str | None) -> None:
        known, _ = await self.service(service)
        await volumes.mount(self.client, known, service, path, name)

    async def unmount(self, service: str) -> None:
        known, _ = await self.service(service)
        await volumes.unmount(self.client, known, service)

    async def deploy(self, service: str, commit: str | None = None) -> str:
        known, service_id = await self.service(service)
        return await changes.deploy(self.client, known, service_id, commit)

    async def redeploy(self, deployment: str) -> str:
        await self.scope()
        return await changes.redeploy(self.client, deployment)

    async def restart(self, deployment: str) -> None:
        await self.scope()
        await changes.restart(self.client, deployment)

    async def roll_back(self, deployment: str) -> None:
        await self.scope()
        await changes.roll_back(self.client, deployment)

    async def cancel(self, deployment: str) -> None:
        await self.scope()
        await changes.cancel(self.client, deployment)

    async def stop(self, deployment: str) -> None:
        await self.scope()
        await changes.stop(self.client, deployment)

    async def remove(self, deployment: str) -> None:
        await self.scope()
        await changes.remove(self.client, deployment)

    async def approve(self, deployment: str) -> None:
        await self.scope()
        await changes.approve(self.client, deployment)

    async def scale(self, service: str, amount: int | Mapping[str, int]) -> None:
        known, _ = await self.service(service)
        data = await self._ask_of_service("settings", service, urgent=True, project=True)
        await changes.scale(self.client, known, service, data, amount)

    async def build_log(self, service: str, deployment: str) -> tuple[LogLine, ...]:
        known, _ = await self.service(service)
        return await otherlogs.build(self.client, known, deployment)

    async def request_log(self, service: str, deployment: str) -> tuple[LogLine, ...]:
        await self.service(service)
        return await otherlogs.requests(self.client, service, deployment)

    async def follow(self, services: tuple[str, ...], since: datetime) -> AsyncIterator[Event]:
        tail = Tail(self.client, partial(self._calling, *services), services, since, self._pace, clock=self.now)
        async with aclosing(tail.events()) as events:
            told = 0
            async for event in events:
                self._remember(event)
                yield event
                told += 1
                if told % _BREATH == 0:
                    await asyncio.sleep(0)

    async def ask(self, check: Question, asking: Asking) -> Answer:
        seconds = check.deadline.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(check, asking)
        except TimeoutError as error:
            raise TimedOut(
                f"Railway did not answer within {seconds:g} s.", "Ask again, or raise `deadline`."
            ) from error

    async def examine(self) -> Link:
        return await examination.examine(self)

    async def close(self) -> None:
        await self.client.close()

    async def _owner(self, service: str | None) -> tuple[Scope, str | None]:
        """Whose variables: a service's id, or None for those all share."""
        return (await self.scope(), None) if service is None else await self.service(service)

    async def _answer(self, check: Question, asking: Asking) -> Answer:
        if isinstance(check, RailwayCheck):
            return await checks.ask(self, check, asking)
        if isinstance(check, LogCheck):
            known, _ = await self.service(check.logs)
            return await logcheck.ask(self.client, known, check, asking)
        raise Refused(f"Railway cannot answer a {check.source} check.", "Put it `on` another connection.")

    async def _ask_of_service(self, operation: str, service: str, *, urgent: bool, project: bool = False) -> Json:
        known, service_id = await self.service(service)
        about: Json = {"serviceId": service_id, "environmentId": known.environment_id}
        if project:
            about["projectId"] = known.project_id
        return await self.client.ask(operation, urgent=urgent, **about)

    def _remember(self, event: Event) -> None:
        """Lines of the platform tell T2 where no status does; they cost no request of their own."""
        witness = shapes.platform_line(event) if isinstance(event, LogLine) else None
        if witness is not None:
            self._witnesses.append(witness)
