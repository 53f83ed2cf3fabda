"""Railway, as the middle asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from cockpit.core.rollout.deployment import Deployment, Observation
from cockpit.core.rollout.drift import Drift
from cockpit.core.text.logline import LogGap, LogLine, LogLink
from cockpit.ports.budget import Budget
from cockpit.ports.settings import Kept, Settings, Volume
from cockpit.ports.source import Source


@dataclass(frozen=True, slots=True)
class Scope:
    """What a Railway token is good for."""

    token: str
    """project, account or workspace."""
    project: str
    project_id: str
    environment: str
    environment_id: str
    services: Mapping[str, str]
    """Name to id; an id that a plan calls a service by stands for itself."""

    def calling(self, *services: str) -> Scope:
        """The same, where services that are called by their id stand under that too."""
        ids = {one: one for one in services if one not in self.services and one in self.services.values()}
        return replace(self, services={**self.services, **ids}) if ids else self


class Platform(Source, Protocol):
    """Railway: what can be read and changed. Services go by name.

    `urgent` requests may use what the budget holds back; a change always may, for a person has asked for it.
    """

    @property
    def budget(self) -> Budget: ...

    async def scope(self) -> Scope:
        """Project and environment behind the token. Refused when they are not the plan's."""
        ...

    async def serving(self, service: str, *, urgent: bool = False) -> Deployment | None:
        """The deployment that is up, the newest of them if several are."""
        ...

    async def deployments(self, service: str, *, first: int = 20, urgent: bool = False) -> tuple[Deployment, ...]:
        """Newest first."""
        ...

    async def deployment(self, deployment: str, *, urgent: bool = False) -> Deployment | None: ...

    async def observe(self, service: str, new: str, old: str | None, *, urgent: bool = False) -> Observation:
        """One look at a rollout, in one request."""
        ...

    async def settings(self, service: str, *, urgent: bool = False) -> Settings: ...

    async def variables(self, service: str | None, *, urgent: bool = False) -> Mapping[str, str]:
        """Configured, unrendered; without a service the shared ones. Sealed ones are not among them."""
        ...

    async def kept(self, service: str | None, *, urgent: bool = False) -> Mapping[str, Kept]:
        """Every variable by name, sealed ones too; without a service the shared ones."""
        ...

    async def running_variables(self, deployment: str, *, urgent: bool = False) -> Mapping[str, str]:
        """What a deployment was built with (`deploymentSnapshot`)."""
        ...

    async def drift(self, service: str, deployment: str, *, urgent: bool = False) -> Drift:
        """What is configured against what a deployment was built with. Missing where Railway shows no snapshot."""
        ...

    async def set_variables(self, service: str | None, values: Mapping[str, str]) -> None:
        """Without a deploy (`skipDeploys`); what is not named stays, sealed ones too."""
        ...

    async def delete_variables(self, service: str | None, names: tuple[str, ...]) -> None:
        """Without a deploy, through staged changes; Refused while others have staged something."""
        ...

    async def set_settings(self, service: str, values: Mapping[str, int | str | bool | None]) -> None:
        """Settings by our names, None for unset; without a deploy (`railway/api.md` 5 [S, T])."""
        ...

    async def volumes(self, service: str, *, urgent: bool = False) -> tuple[Volume, ...]:
        """All of the environment, as this service sees them."""
        ...

    async def mount(self, service: str, path: str | None, name: str | None) -> None:
        """Its one volume at another path, or the volume of that name, which nothing else may mount.

        Counts from the next deployment. Refused or Missing where it would have to guess.
        """
        ...

    async def unmount(self, service: str) -> None:
        """It mounts no volume from its next deployment on; the volume stays in the project with what is in it."""
        ...

    async def deploy(self, service: str, commit: str | None = None) -> str:
        """Of that commit, else of the one Railway associates with the service. Returns the new deployment's id."""
        ...

    async def redeploy(self, deployment: str) -> str: ...

    async def restart(self, deployment: str) -> None: ...

    async def roll_back(self, deployment: str) -> None:
        """To the image and variables of that deployment; the new one is found by listing."""
        ...

    async def cancel(self, deployment: str) -> None:
        """Stop a deployment that has not become active (`deploymentCancel`)."""
        ...

    async def stop(self, deployment: str) -> None:
        """Its containers; the status stays SUCCESS and a restart brings it back (`railway/api.md` 8 [X1, X2])."""
        ...

    async def remove(self, deployment: str) -> None:
        """Stop it and mark it REMOVED."""
        ...

    async def approve(self, deployment: str) -> None:
        """Let one go on that waits for a human."""
        ...

    async def scale(self, service: str, amount: int | Mapping[str, int]) -> None:
        """So many replicas in its one region, or by region, 0 to leave one. Refused where it would have to guess."""
        ...

    async def build_log(self, service: str, deployment: str) -> tuple[LogLine, ...]:
        """How it was built, whole, oldest line first."""
        ...

    async def request_log(self, service: str, deployment: str) -> tuple[LogLine, ...]:
        """The newest requests it answered, oldest first; empty for a service without a domain."""
        ...

    def follow(self, services: tuple[str, ...], since: datetime) -> AsyncIterator[LogLine | LogGap | LogLink]:
        """Every line of these services from `since` on, once each, in order per instance, for ever."""
        ...
