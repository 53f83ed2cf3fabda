"""Configuration a plan changes, held against what Railway shows of it: variables, settings, replicas.

Every state is told in a word, so that intents, looks and proofs compare alike and no value of a
variable leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cockpit.core.plan import Action
from cockpit.core.plan.action import AS_WANTED, GONE
from cockpit.core.rollout.newcomers import SKEW
from cockpit.core.state import Intent
from cockpit.ports import Platform, Settings, Volume

_SEALED = "sealed"
_UPDATED = "sealed, set "


def is_wanted(word: str) -> bool:
    """Whether a state is the one the action wants."""
    return word in (AS_WANTED, GONE)


async def standing(platform: Platform, action: Action, *, urgent: bool) -> dict[str, str]:
    """Each name the action touches with its state now, in a word. Raises SourceError."""
    match action.kind:
        case "set_variables" | "delete_variables":
            return await _variables(platform, action, urgent=urgent)
        case "set_settings" | "unset_settings" if action.changes_volume:
            return of_volumes(await platform.volumes(action.target or "", urgent=urgent), action)
        case "set_settings" | "unset_settings":
            return of_settings(await platform.settings(action.target or "", urgent=urgent), action)
        case "scale":
            return of_replicas(await platform.settings(action.target or "", urgent=urgent), action)
    return {}


def settled(now: Mapping[str, str], intent: Intent) -> dict[str, str]:
    """The same, where a sealed variable counts as wanted once Railway says that it was set since the intent.

    Its value is told nowhere, so a new stamp is all that can be seen.
    """
    return {name: _of_sealed(name, word, intent) for name, word in now.items()}


def of_settings(found: Settings, action: Action) -> dict[str, str]:
    """Service settings an action changes: set as wanted, or unset."""
    if action.set_settings is None:
        return {name: _left(name, found) for name in action.unset_settings or ()}
    return {
        name: AS_WANTED if found.configured.get(name) == text(value) else found.configured.get(name, "not set")
        for name, value in action.set_settings.given.items()
    }


def of_volumes(found: Sequence[Volume], action: Action) -> dict[str, str]:
    """What an action wants mounted, against what the service mounts."""
    here = [each for each in found if each.is_here]
    told = {
        "volume": ", ".join(each.path for each in here),
        "volume_name": ", ".join(each.name for each in here),
    }
    if action.set_settings is None:
        return {"volume": told["volume"] or GONE}
    return {
        name: AS_WANTED if told[name] == value else told[name] or "none"
        for name, value in action.set_settings.given.items()
    }


def of_replicas(found: Settings, action: Action) -> dict[str, str]:
    """Replicas by region, or in the one region there is: as configured, for what runs may be stopped and lag behind."""
    scale = action.scale
    if scale is None:
        return {}
    if scale.to is not None:
        count = sum(found.regions.values()) or found.replicas
        return {"replicas": AS_WANTED if count == scale.to else str(count)}
    return {
        region: AS_WANTED if found.regions.get(region, 0) == count else str(found.regions.get(region, 0))
        for region, count in scale.regions.items()
    }


def text(value: object) -> str:
    """A setting as Railway's answers are kept: booleans in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _variables(platform: Platform, action: Action, *, urgent: bool) -> dict[str, str]:
    wanted = action.set_variables
    present = await platform.variables(action.service, urgent=urgent)
    names = tuple(wanted) if wanted is not None else action.delete_variables or ()
    kept = await platform.kept(action.service, urgent=urgent) if set(names) - set(present) else {}
    if wanted is None:
        return {name: "there" if name in present or name in kept else GONE for name in names}
    found = {name: _compared(present[name], wanted[name]) for name in names if name in present}
    for name in names:
        if name not in found:
            at = kept[name].updated_at if name in kept else None
            stamp = f"{_UPDATED}{at.isoformat()}" if at is not None else _SEALED
            found[name] = stamp if name in kept else "not set"
    return {name: found[name] for name in names}


def _left(name: str, found: Settings) -> str:
    """What stands of a setting that is to be unset; one that is switched off may read as false or as nothing."""
    word = found.configured.get(name, GONE)
    return GONE if (name, word) == ("sleep", "false") else word


def _compared(value: str, wanted: str) -> str:
    return AS_WANTED if value == wanted else "another value"


def _of_sealed(name: str, word: str, intent: Intent) -> str:
    """By another stamp than before; where nothing was read before, by one of after the intent, give or take `SKEW`."""
    if not word.startswith(_UPDATED):
        return word
    at = datetime.fromisoformat(word.removeprefix(_UPDATED))
    is_new = intent.before[name] != word if name in intent.before else at >= intent.at - SKEW
    return AS_WANTED if is_new else word
