"""`python -m cockpit.simulator --state DIR`: the stand-in world alone, as a process."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from cockpit.simulator.projects import PROJECTS
from cockpit.simulator.scenario import SCENARIOS
from cockpit.simulator.server import main
from cockpit.simulator.simulation import Play


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="cockpit simulator", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder of the world; continued if it exists")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="calm")
    parser.add_argument("--project", choices=sorted(PROJECTS), default="reports")
    parser.add_argument("--environment", default="production", help="the one that is played")
    parser.add_argument("--speed", type=float, default=1.0, help="plan seconds per second")
    parser.add_argument("--keep", action="store_true", help="do not end 10 s after the last client")
    parser.add_argument("--plan-start", type=datetime.fromisoformat, help="plan time of a new world; default now")
    words = "NAME or NAME:operation=Deploy,count=1; may be given again"
    parser.add_argument("--fault", action="append", default=[], help=words)
    parser.add_argument("--skew", type=float, help="seconds Railway's clock is ahead of the told one")
    parser.add_argument("--no-postgres", action="store_true", help="leave the database out")
    return parser


def run(argv: list[str] | None = None) -> int:
    """Run it; the exit status."""
    asked = arguments().parse_args(argv)
    return main(
        asked.state,
        Play(asked.scenario, asked.project, asked.environment, asked.plan_start),
        asked.speed,
        keep=asked.keep,
        postgres=not asked.no_postgres,
        faults=asked.fault,
        skew=asked.skew,
    )


if __name__ == "__main__":
    sys.exit(run())
