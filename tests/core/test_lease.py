"""Who asks: the rules by a table, and by every order in which processes may come, beat, die and leave."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from cockpit.core.lease import LEASE, Attachment, Role, asker, driver, gives_way, is_fresh, left, living, renewed

NOW = 1_795_000_000.0


def one(session: str, role: Role = Role.MONITOR, *, since: float = -9) -> Attachment:
    return Attachment(session, role, "bastion", int(session), "ada", NOW + since, NOW)


DRIVER = one("1", Role.DRIVER)
FIRST, SECOND = one("2"), one("3", since=-8)


@pytest.mark.parametrize(
    ("there", "me", "asks"),
    [
        ((), FIRST, True),
        ((DRIVER,), FIRST, False),
        ((FIRST,), DRIVER, True),
        ((replace(FIRST, asks=True),), DRIVER, False),
        ((replace(FIRST, asks=True, heard=NOW - LEASE),), DRIVER, True),
        ((replace(FIRST, asks=True, heard=NOW + 2 * LEASE),), DRIVER, True),
        ((FIRST,), SECOND, False),
        ((SECOND,), FIRST, True),
        ((replace(SECOND, asks=True),), FIRST, False),
        ((replace(DRIVER, heard=NOW - LEASE),), FIRST, True),
        ((FIRST, replace(DRIVER, asks=True)), DRIVER, True),
    ],
    ids=[
        "alone", "a driver is there", "a monitor that does not ask gives way", "a monitor that asks is waited for",
        "not if it was silent for long", "nor if a clock was set back", "the older monitor asks",
        "the older one takes it", "it waits for the younger one that asks", "a silent driver is none",
        "its own row hinders nobody",
    ],
)  # fmt: skip
def test_a_heartbeat_tells_whether_one_asks(there: tuple[Attachment, ...], me: Attachment, *, asks: bool) -> None:
    after = renewed(there, me, NOW)
    assert after[-1] == replace(me, heard=NOW, asks=asks)


def test_whoever_is_known_to_be_dead_is_not_waited_for() -> None:
    dead = replace(DRIVER, asks=True)
    assert not renewed((dead,), FIRST, NOW)[-1].asks
    assert renewed((dead,), FIRST, NOW, lambda other: other.pid == dead.pid) == (replace(FIRST, heard=NOW, asks=True),)


def test_a_monitor_gives_way_to_a_driver_and_a_driver_to_no_monitor() -> None:
    assert gives_way(FIRST, (DRIVER,))
    assert gives_way(SECOND, (FIRST,))
    assert not gives_way(DRIVER, (FIRST, SECOND))
    assert not gives_way(FIRST, (SECOND,))


def test_nobody_gives_way_to_one_that_has_come_and_not_begun() -> None:
    drawing = replace(DRIVER, since=NOW)
    assert not gives_way(FIRST, (drawing,))
    assert renewed((drawing,), FIRST, NOW)[-1].asks


def test_there_is_one_driver_besides_oneself() -> None:
    assert driver((FIRST, DRIVER)) == DRIVER
    assert driver((FIRST, DRIVER), besides="1") is None


class House:
    """Processes at one run, each with what it believes, and the rows they share."""

    def __init__(self) -> None:
        self.now = NOW
        self.rows: tuple[Attachment, ...] = ()
        self.alive: dict[str, Attachment] = {}
        self.asking: dict[str, float] = {}
        """Who has a question on its way, and until when its row counts."""

    def comes(self, session: str, role: Role) -> None:
        if session not in self.alive:
            self.alive[session] = Attachment(session, role, "bastion", int(session), "ada", self.now, self.now)

    def beats(self, session: str) -> None:
        me = self.alive.get(session)
        if me is None:
            return
        others = living(left(self.rows, session), self.now)
        if me.asks and gives_way(me, others):
            self.asking.pop(session, None)
        self.rows = renewed(self.rows, me, self.now)
        self.alive[session] = self.rows[-1]
        if not self.alive[session].asks:
            self.asking.pop(session, None)
        elif session in self.asking:
            self.asks(session)

    def asks(self, session: str) -> None:
        me = self.alive.get(session)
        if me is not None and me.asks and is_fresh(me, self.now):
            self.asking[session] = me.heard + LEASE

    def dies(self, session: str) -> None:
        """Killed: its row stays, its question ends."""
        self.alive.pop(session, None)
        self.asking.pop(session, None)

    def leaves(self, session: str) -> None:
        self.dies(session)
        self.rows = left(self.rows, session)


steps = st.lists(
    st.tuples(
        st.sampled_from(["comes", "beats", "beats", "beats", "asks", "asks", "dies", "leaves"]),
        st.sampled_from("123"),
        st.sampled_from([0.1, 1.0, LEASE / 2, LEASE]),
    ),
    max_size=60,
)


@given(steps)
def test_never_have_two_a_question_on_its_way_while_their_rows_count(told: list[tuple[str, str, float]]) -> None:
    house = House()
    for what, session, later in told:
        house.now += later
        if what == "comes":
            house.comes(session, Role.DRIVER if session == "1" else Role.MONITOR)
        else:
            getattr(house, what)(session)
        counting = [one for one, until in house.asking.items() if house.now < until]
        assert len(counting) <= 1


@given(steps)
def test_somebody_asks_two_heartbeats_after_things_came_to_rest(told: list[tuple[str, str, float]]) -> None:
    house = House()
    for what, session, later in told:
        house.now += later
        if what == "comes":
            house.comes(session, Role.DRIVER if session == "1" else Role.MONITOR)
        else:
            getattr(house, what)(session)
    house.now += LEASE
    for _ in range(3):
        house.now += 0.1
        for session in list(house.alive):
            house.beats(session)
    asking = asker(house.rows)
    if house.alive:
        assert asking is not None
        assert (asking.role is Role.DRIVER) == ("1" in house.alive)
    assert sum(row.asks for row in house.rows if row.session in house.alive) == bool(house.alive)
