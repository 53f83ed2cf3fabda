"""The newest deployments of each service of the plan: what serves, what can be gone back to, whose each is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cockpit.core import agenda
from cockpit.core.plan.connection import RailwayConnection
from cockpit.core.rollout.deployment import Deployment
from cockpit.core.rollout.newcomers import is_ours, may_be_ours
from cockpit.core.rollout.retention import Tier, image_left
from cockpit.telemetry import Listing, Scene
from cockpit.view.fit import cut_line, foreign, pad, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import DONE, FAILED, LEFT_OUT, OPEN, RUNNING, UNSURE
from cockpit.view.times import ago, moment, rough
from cockpit.view.words import count, short

_ID, _STATUS, _MARKS, _BACK, _AGE, _MADE_OF = 9, 10, 16, 8, 7, 9
"""Columns in cells, one blank each included: 70 with the glyph. Who made it has the rest, and is cut first."""

_STANDING = {
    "SUCCESS": (DONE, Tone.OK),
    "FAILED": (FAILED, Tone.BAD),
    "CRASHED": (FAILED, Tone.BAD),
    "REMOVED": (LEFT_OUT, Tone.DIM),
    "SKIPPED": (LEFT_OUT, Tone.DIM),
    "SLEEPING": (OPEN, Tone.PLAIN),
    "NEEDS_APPROVAL": (UNSURE, Tone.WARN),
} | dict.fromkeys(("QUEUED", "INITIALIZING", "WAITING", "BUILDING", "DEPLOYING", "REMOVING"), (RUNNING, Tone.BUSY))
"""Glyph and tone of a status; one that is not known here is unsure."""

_UNKNOWN = "unknown"
_LEGEND = "back: how long one can be gone back to; kept: while it is not removed. target: where a rollback leads."


def lines(scene: Scene, width: int) -> Iterator[Line]:
    """The page: each service's deployments, newest first, with the age of what is shown."""
    glance, listed = scene.live.glance, agenda.services_listed(scene.state.plan)
    if not listed:
        words = "No action of this plan touches a service of Railway. There are no deployments to list."
        yield from wrapped(words, width, Tone.DIM)
        return
    is_asking = False
    if glance is not None and glance.kind == "deployments":
        is_asking = glance.lines is None and not glance.trouble
        if glance.trouble:
            yield from wrapped(foreign(glance.trouble, limit=400), width, Tone.WARN, indent="! ")
    for number, (connection, service) in enumerate(listed):
        if number:
            yield Line()
        yield from (cut_line(each, width) for each in _service(scene, connection, service, width, is_asking=is_asking))
    if any(listing.found for listing in scene.live.listings.values()):
        yield Line()
        yield from wrapped(_LEGEND, width, Tone.DIM)


def way_back(scene: Scene, one: Deployment, tier: Tier | None) -> str:
    """How long it can be gone back to: `71 h`, `42 min`, `kept` while it is not removed, `no` where Railway says so.

    `overdue`: its image should be gone, and Railway has not said so. `unknown`: no tier, or no stamp of its removal.
    """
    if not one.can_rollback:
        return "no"
    if one.status != "REMOVED":
        return "kept"
    left = image_left(one, tier, scene.now)
    if left is None:
        return _UNKNOWN
    if left >= timedelta(hours=1):
        return f"{left // timedelta(hours=1)} h"
    return f"{left // timedelta(minutes=1)} min" if left else "overdue"


def _service(scene: Scene, connection: str, service: str, width: int, *, is_asking: bool) -> Iterator[Line]:
    listing = scene.live.listings.get((connection, service), Listing())
    yield _head(scene, connection, service, listing, is_asking=is_asking)
    if listing.trouble:
        yield from wrapped(foreign(listing.trouble, limit=400), width, Tone.WARN, indent="! ")
    if listing.at is None:
        return
    known = scene.state.plan.connections.get(connection)
    tier = known.tier if isinstance(known, RailwayConnection) else None
    if listing.found:
        yield _columns()
    for one in listing.found:
        yield _row(scene, service, one, listing, tier)
    yield from _remarks(scene, service, listing, width)
    if any(way_back(scene, one, tier) == _UNKNOWN for one in listing.found):
        yield from wrapped(_why_unknown(connection, tier), width, Tone.DIM)


def _head(scene: Scene, connection: str, service: str, listing: Listing, *, is_asking: bool) -> Line:
    asking = Span("  Railway is asked..." if is_asking else "", Tone.BUSY)
    twins = [name for _, name in agenda.services_listed(scene.state.plan)].count(service)
    on = f" on {foreign(connection, limit=20)}" if twins > 1 else ""
    name = Span(foreign(service, limit=40) + on, Tone.STRONG)
    if listing.at is None:
        return line(name, asking if is_asking or listing.trouble else Span("  not asked yet", Tone.DIM))
    many = "the newest " if len(listing.found) > 1 else ""
    number = many + (count(len(listing.found), "deployment") if listing.found else "no deployment")
    old = Tone.WARN if listing.trouble else Tone.DIM
    asked = Span(f", asked {moment(listing.at, scene.now)} UTC, {ago(listing.at, scene.now)}", old)
    return line(name, f"  {number}", asked, asking)


def _columns() -> Line:
    cells = (
        pad("  id", _ID + 2), pad("status", _STATUS), pad("role", _MARKS), pad("back", _BACK), pad("age", _AGE),
        pad("commit", _MADE_OF), pad("image", _MADE_OF),
    )  # fmt: skip
    return line(Span("".join(cells) + "by", Tone.DIM))


def _row(scene: Scene, service: str, one: Deployment, listing: Listing, tier: Tier | None) -> Line:
    """What matters most to a rollback first; the right end is what a narrow screen cuts."""
    glyph, tone = _STANDING.get(one.status, (UNSURE, Tone.WARN))
    if one.status == "SUCCESS" and not one.is_up:
        glyph, tone = UNSURE, Tone.WARN
    marks, marked = _marks(scene, service, one, listing)
    status = foreign(one.status, limit=30)
    return line(
        Span(f"{glyph} ", tone),
        _cell(short(one.id), _ID),
        Span(_cell(status, _STATUS), tone),
        Span(_cell(marks, _MARKS), marked),
        _cell(way_back(scene, one, tier), _BACK),
        _cell(rough(max(timedelta(), scene.now - one.created_at)), _AGE),
        _cell(short(one.commit), _MADE_OF),
        _cell(_image(one), _MADE_OF),
        foreign(one.creator or ("this run" if is_ours(scene.state, one.id) else "?"), limit=60),
    )


def _marks(scene: Scene, service: str, one: Deployment, listing: Listing) -> tuple[str, Tone]:
    """What it is to this run; the run's own and its target are what a decision hangs on."""
    state, marks, tone = scene.state, [], Tone.PLAIN
    if one.is_up:
        marks.append("serves" if one.id == _serving(listing) else "up too")
    elif one.status == "SUCCESS":
        marks.append("stopped" if one.stopped else "not up")
        tone = Tone.WARN
    target = state.targets.get(service)
    if target is not None and target.id == one.id:
        return " ".join((*marks, "target")), Tone.ACCENT if tone is Tone.PLAIN else tone
    if is_ours(state, one.id):
        return " ".join((*marks, "ours")), Tone.ACCENT if tone is Tone.PLAIN else tone
    if may_be_ours(state, service, one):
        return " ".join((*marks, "ours?")), Tone.WARN
    if one.created_at > state.opened:
        return " ".join((*marks, "not ours")), Tone.WARN
    return " ".join(marks), tone


def _serving(listing: Listing) -> str:
    """The newest that is up, as the adapter tells which one serves."""
    up = [one for one in listing.found if one.is_up]
    return max(up, key=lambda one: one.created_at).id if up else ""


def _remarks(scene: Scene, service: str, listing: Listing, width: int) -> Iterator[Line]:
    """What a glance would look for and not find."""
    if listing.found and not _serving(listing):
        yield from wrapped("None of these has a running replica.", width, Tone.WARN, indent="! ")
    target = scene.state.targets.get(service)
    if target is not None and all(one.id != target.id for one in listing.found):
        words = f"The rollback target {short(target.id)} is not among them."
        yield from wrapped(words, width, Tone.WARN, indent="! ")


def _why_unknown(connection: str, tier: Tier | None) -> str:
    if tier is not None:
        return "unknown: Railway does not say when it was removed."
    return f"unknown: how long images are kept depends on `tier` in [connections.{foreign(connection, limit=40)}]."


def _image(one: Deployment) -> str:
    """Of a digest its first characters, as elsewhere; of an image's name the last, which differ."""
    return short(one.digest) if one.digest or not one.image else foreign(one.image, limit=400)[-(_MADE_OF - 1) :]


def _cell(text: str, width: int) -> str:
    return pad(text, width - 1) + " "
