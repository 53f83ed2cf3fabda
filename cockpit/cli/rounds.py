"""`check --every`: the same questions again and again, until an outcome is as wanted, time is up, or it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from cockpit.core.span import parse_span
from cockpit.errors import UsageError

if TYPE_CHECKING:
    from cockpit.cli.checks import Page
    from cockpit.cli.inquiry import Inquiry

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_WANTED = {"pass": 0, "fail": 1}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often is asked, and how long."""

    every: timedelta
    until: Literal["pass", "fail"] | None
    """The outcome of a round that ends it."""
    longest: timedelta | None
    """When no further round begins."""


def pace_of(arguments: argparse.Namespace) -> Pace | None:
    """What the command line says; None to ask once. Raises UsageError."""
    if arguments.every is None:
        for name in ("until", "longest"):
            if getattr(arguments, name) is not None:
                option = "--for" if name == "longest" else f"--{name}"
                raise UsageError(f"{option} is about asking again and again.", "Add --every, such as --every 30s.")
        return None
    if arguments.format == "junit":
        raise UsageError("JUnit is one document, and there is none of many rounds.", "Take --json: a line an object.")
    if arguments.trials:
        raise UsageError("What writes is not tried again and again.", "Leave out --try, or --every.")
    longest = _span("--for", arguments.longest) if arguments.longest is not None else None
    return Pace(_span("--every", arguments.every), arguments.until, longest)


def _span(option: str, text: str) -> timedelta:
    try:
        return parse_span(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


async def keep_asking(inquiry: Inquiry, page: Page, pace: Pace) -> int:
    """Round after round, one cadence after the last began and never two at once. The exit status.

    What is told last stands there however it ends: a round that a signal breaks off is told as far as it came.
    """
    began, number, stop = time.monotonic(), 0, asyncio.Event()
    with _heeding(stop) as received:
        while not received:
            page.begin()
            number += 1
            due = time.monotonic() + pace.every.total_seconds()
            await _unless(stop, inquiry.ask(page.tell))
            if pace.until is not None and page.code == _WANTED[pace.until]:
                break
            if pace.longest is not None and due - began > pace.longest.total_seconds():
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due - time.monotonic())):
                    await stop.wait()
    page.last_words(number)
    return 128 + received[0] if received else page.code


async def _unless(stop: asyncio.Event, asking: Coroutine[None, None, None]) -> None:
    """Carry on with it until it is done or somebody stops it. Raises what it raises."""
    work, waiting = asyncio.create_task(asking), asyncio.create_task(stop.wait())
    await asyncio.wait({work, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not work.done():
        work.cancel()
    with suppress(asyncio.CancelledError):
        await work


@contextmanager
def _heeding(stop: asyncio.Event) -> Iterator[list[int]]:
    """The signals that have come meanwhile; the first sets `stop`."""
    loop, received = asyncio.get_running_loop(), list[int]()

    def heed(number: int) -> None:
        received.append(number)
        stop.set()

    for number in _SIGNALS:
        loop.add_signal_handler(number, heed, number)
    try:
        yield received
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
