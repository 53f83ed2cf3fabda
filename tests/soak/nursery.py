"""Bears the lives of a soak: everything is imported once, each life is a fork.

Reads one JSON line a life: `folder`, `argv` of the `cockpit` command, `order` or null. Says the child's
number, then how it ended as `os.waitstatus_to_exitcode` tells it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from cockpit import bootstrap, cli
from cockpit.adapters.railway import Railway  # noqa: F401  (imported here, once, and not in every life)
from cockpit.cli import rehearsal, screen  # noqa: F401
from cockpit.links import Links, connect
from cockpit.simulator import ledger
from tests.soak.mortal import Death, MortalJournal, MortalPlatform, WatchedSession
from tests.soak.orders import Order


def live(folder: Path, argv: list[str], order: Order | None) -> int:
    death = Death(folder, order)
    MortalJournal.death = WatchedSession.death = death

    def connect_mortally(*arguments: Any, world: Any = None, **named: Any) -> Links:
        links = connect(*arguments, world=world, **named)
        for name, platform in links.platforms.items():
            mortal: Any = MortalPlatform(platform, death, world, folder / "world" / ledger.NAME)
            links.platforms[name] = mortal
        return links

    vars(bootstrap).update(connect=connect_mortally, SqliteJournal=MortalJournal, Session=WatchedSession)
    return cli.main(argv)


def _say(word: object) -> None:
    os.write(1, f"{word}\n".encode())


def _born(told: dict[str, Any]) -> None:
    folder = Path(told["folder"])
    os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = str(folder / "xdg")
    log = os.open(folder / "output.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 99
    try:
        code = live(folder, told["argv"], Order(**told["order"]) if told["order"] else None)
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001  (whatever it is, a fork never goes on as its parent)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _born(json.loads(line))
        _say(child)
        _, status = os.waitpid(child, 0)
        _say(os.waitstatus_to_exitcode(status))
