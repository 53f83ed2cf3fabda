"""A service's settings, with every place that says something of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """One place that says something of one setting."""

    name: str
    """overlap, drain, health_path, health_timeout, start_command, sleep, cron or replicas."""
    source: str
    """`variable`, `service setting` or `running deployment`."""
    value: str


@dataclass(frozen=True, slots=True)
class Settings:
    """A service's settings that matter to a rollout, the forecast for its next deploy; None where never set.

    A variable wins over the service setting, that over the manifest of what runs now. Which of them
    really governs is documented nowhere (`railway/api.md` 5): so all are kept, and disagreements shown.
    """

    overlap: float | None
    drain: float | None
    health_path: str | None
    health_timeout: float | None
    replicas: int | None
    start_command: str | None = None
    sleep: bool | None = None
    cron: str | None = None
    regions: Mapping[str, int] = field(default_factory=dict)
    """Replicas by region, as configured, else as it runs."""
    volume: str | None = None
    """Where its volume is mounted, None without one."""
    sources: tuple[Setting, ...] = ()
    """Every place that says something, best first."""

    @property
    def has_volume(self) -> bool:
        """Then nothing overlaps: a volume has one owner at a time (`railway/api.md` 5 [D])."""
        return self.volume is not None

    @property
    def configured(self) -> Mapping[str, str]:
        """What stands in the service's own settings, as text: what `set_settings` writes and is read back by."""
        return {setting.name: setting.value for setting in self.sources if setting.source == "service setting"}

    @property
    def disagreements(self) -> tuple[str, ...]:
        """One sentence per setting whose sources differ."""
        sentences = []
        for name in dict.fromkeys(setting.name for setting in self.sources):
            said = [setting for setting in self.sources if setting.name == name]
            if len({setting.value for setting in said}) > 1:
                places = ", ".join(f"{setting.value} by the {setting.source}" for setting in said)
                sentences.append(f"{name.replace('_', ' ').capitalize()} is {places}.")
        return tuple(sentences)


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume in the environment, as one service sees it. What is in it outlives whoever mounts it."""

    id: str
    name: str
    path: str
    """Where it is mounted, or was at last."""
    service: str | None
    """What mounts it, by name; None while nothing does."""
    is_here: bool
    """Whether the service that was asked about is the one that mounts it."""
    state: str | None
    """READY, or what is being done to it; None where Railway does not say."""

    @property
    def is_ready(self) -> bool:
        return self.state in {None, "READY"}


@dataclass(frozen=True, slots=True)
class Kept:
    """What Railway tells of a variable beside its value."""

    sealed: bool
    """Its value is never told again, so it can be overwritten and deleted, and never compared."""
    updated_at: datetime | None
