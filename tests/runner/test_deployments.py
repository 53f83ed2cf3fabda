"""The deployments an operator wants to see: listed on a wish and on no other occasion, within what may be spent."""

from __future__ import annotations

from cockpit.telemetry import Glance, Listing
from cockpit.view import deployments

from .conftest import Bench, Bring, World, plan_of

WISH = Glance("deployments")


def listing(made: Bench, service: str = "web") -> Listing:
    return made.session.telemetry.listings.get(("railway", service), Listing())


async def looked(made: Bench) -> None:
    made.session.glance(WISH)
    await made.until(lambda: made.session.telemetry.glance != WISH, "the glance")


async def looking(world: Bring, bench: Bring, *, requests_per_hour: int = 100_000) -> tuple[World, Bench]:
    """A run that deploys nothing, its first look for newcomers made; the next is half a minute of machine time away."""
    place = await world(speed=1)
    railway = place.railway(requests_per_hour=requests_per_hour)
    made = await bench(plan_of("do set_grace"), world=place, railway=railway)
    await made.until(lambda: made.state.targets and place.asked("deployments"), "target and newcomers")
    return place, made


def listings(place: World) -> int:
    """How many services were listed, in however many requests."""
    return sum(name.endswith("input") for entry in place.asked("deployments") for name in entry.variables)


async def test_each_service_of_the_plans_actions_is_listed_once_a_wish(world: Bring, bench: Bring) -> None:
    place, made = await looking(world, bench)
    before = listings(place)
    await looked(made)
    assert made.session.telemetry.glance == Glance("deployments", lines=())
    assert {service for _, service in made.session.telemetry.listings} == {"web", "worker"}
    assert listings(place) - before == 2
    found = listing(made).found
    assert [one.created_at for one in found] == sorted((one.created_at for one in found), reverse=True)
    page = "\n".join(line.text for line in deployments.lines(made.session.scene(), 78))
    assert f"✓ {made.state.targets['web'].id[:8]} SUCCESS   serves target" in page


async def test_asked_again_it_shows_what_somebody_made_meanwhile(world: Bring, bench: Bring) -> None:
    place, made = await looking(world, bench)
    await looked(made)
    first = listing(made)
    theirs = place.somebody_deploys()
    assert listing(made) == first
    await looked(made)
    newest = listing(made).found[0]
    assert (newest.id, newest.creator) == (theirs, "release bot")
    assert first.at is not None
    assert (listing(made).at or first.at) > first.at


async def test_when_railway_fails_the_list_there_was_stays_with_its_age(world: Bring, bench: Bring) -> None:
    place, made = await looking(world, bench)
    await looked(made)
    known = listing(made)
    place.fault("status", "deployments", status=500)
    await looked(made)
    assert (listing(made).found, listing(made).at) == (known.found, known.at)
    assert listing(made).trouble.count(". ") == 1
    place.all_well()
    await looked(made)
    assert listing(made).trouble == ""


async def test_what_is_held_back_for_a_rollback_is_not_spent_on_it(world: Bring, bench: Bring) -> None:
    place, made = await looking(world, bench, requests_per_hour=60)
    while not listing(made).trouble:
        await looked(made)
    asked = len(place.asked("deployments"))
    await looked(made)
    assert len(place.asked("deployments")) == asked
    assert "of 60 API requests of this hour are spent. The other 20 are kept for a rollback" in listing(made).trouble
    budget = made.session.telemetry.budget
    assert budget is not None
    assert budget.used <= budget.per_hour - budget.held_back


async def test_a_process_in_which_nobody_asks_says_so(world: Bring, bench: Bring) -> None:
    _, made = await looking(world, bench)
    made.session.look_aside = None
    made.session.glance(WISH)
    glance = made.session.telemetry.glance
    assert glance is not None
    assert glance.trouble == "Nothing is asked in this process. Leave, and `resume` the run."
