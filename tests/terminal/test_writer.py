"""Painting holds up nothing: not on a line that stalls, not on one that has gone."""

from __future__ import annotations

import os

from textual.drivers import linux_driver

from cockpit.ui.terminal import outlast_the_line
from cockpit.ui.writer import LastingWriter


def test_a_reader_that_reads_nothing_holds_nobody_up_and_one_that_leaves_ends_it() -> None:
    taken, given = os.pipe()
    with os.fdopen(given, "w") as pipe:
        writer = LastingWriter(pipe)
        writer.start()
        for _ in range(200):
            writer.write("x" * 4096)  # 800 KB into a pipe of 64
        assert writer.is_alive()
        os.close(taken)
        writer.stop()
        assert not writer.is_alive()


def test_a_terminal_that_has_gone_takes_whatever_comes() -> None:
    taken, given = os.pipe()
    os.close(taken)
    with os.fdopen(given, "w") as pipe:
        writer = LastingWriter(pipe)
        writer.start()
        for _ in range(200):
            writer.write("x" * 4096)
        writer.stop()
        assert not writer.is_alive()


def test_what_is_written_arrives_in_order() -> None:
    taken, given = os.pipe()
    with os.fdopen(taken) as end, os.fdopen(given, "w") as pipe:
        writer = LastingWriter(pipe)
        writer.start()
        for number in range(100):
            writer.write(f"{number} ")
        writer.stop()
        pipe.close()
        assert end.read().split() == [str(number) for number in range(100)]


def test_textuals_driver_writes_through_it() -> None:
    outlast_the_line()
    assert vars(linux_driver)["WriterThread"] is LastingWriter
