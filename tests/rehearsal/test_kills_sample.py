"""Ten kills, two of each kind: a sample of `tests/soak`, which has two hundred."""

from __future__ import annotations

from pathlib import Path

from tests.soak.orders import KINDS, Order
from tests.soak.runs import soak


def order(kind: str, where: str, action: str, *, nth: int = 1, delay: float = 0.0) -> Order:
    return Order(kind, where, action, nth, delay)


ORDERS = [
    order("append", "insert", "set_grace", nth=5),
    order("intent", "recorded", "set_grace"),
    order("request", "before", "set_grace"),
    order("response", "accepted", "set_grace"),
    order("intent", "called", "deploy_web"),
    order("request", "after", "deploy_web"),
    order("response", "answered", "clear_grace"),
    order("append", "during", "roll_back_web", nth=3, delay=0.0001),
    order("elsewhere", "time", "set_grace", delay=0.1),
    order("elsewhere", "time", "set_grace", delay=0.3),
]


def test_nothing_is_lost_and_nothing_sent_twice_by_ten_kills(tmp_path: Path) -> None:
    tally = soak(ORDERS, tmp_path)
    assert {kind: tally.of(kind) for kind in KINDS} == dict.fromkeys(KINDS, 2)
    assert tally.requests_after_effect == 1
    assert tally.runs == {"rolled back": 1, "signed off": 1}
    assert tally.intents == {"done": 6, "not happened": 3}
