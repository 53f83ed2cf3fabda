"""`lint`, `schema`, `keys`, `config`: what needs no run and no connection; and the plan a command line means."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cockpit.core.plan import Plan


def planned(arguments: argparse.Namespace) -> Plan:
    """The plan on the command line. One that knows several environments must be told which. Raises PlanError."""
    from cockpit import planfile
    from cockpit.errors import PlanError

    path = Path(arguments.plan)
    plan = planfile.load(path, environment=arguments.environment)
    if plan.environments and arguments.environment is None:
        names = ", ".join((plan.environment, *plan.environments))
        raise PlanError(f"{path} knows several environments.", (), f"Say which with -e: {names}.")
    return plan


def lint(arguments: argparse.Namespace) -> int:
    """Complaints and advice; 0 without complaints, 2 with."""
    from cockpit import planfile
    from cockpit.core.text.inert import inert

    complaints, advice = planfile.lint(Path(arguments.plan), environment=arguments.environment)
    for found in (*complaints, *(f"advice: {line}" for line in advice)):
        for line in found.split("\n"):
            print(inert(line))
    if complaints:
        count = "one complaint" if len(complaints) == 1 else f"{len(complaints)} complaints"
        print(f"The plan cannot be used: {count}.")
        return 2
    count = {0: "", 1: "; one piece of advice"}.get(len(advice), f"; {len(advice)} pieces of advice")
    print(f"The plan can be used{count}.")
    return 0


def schema(_: argparse.Namespace) -> int:
    """The JSON Schema of the plan file."""
    from cockpit import planfile

    print(json.dumps(planfile.schema(), indent=2, ensure_ascii=False))
    return 0


def keys(_: argparse.Namespace) -> int:
    """The key table with the operator's own keys."""
    from cockpit import paths
    from cockpit.settings import load_settings
    from cockpit.ui.keymap import keys_table

    print(keys_table(load_settings(paths.config_file()).keys), end="")
    return 0


def config(_: argparse.Namespace) -> int:
    """The operator's settings as TOML."""
    from cockpit import paths
    from cockpit.settings import dump, load_settings

    path = paths.config_file()
    settings = load_settings(path)
    print(f"# {path}" if path.exists() else f"# {path} does not exist; these are the defaults.")
    print(dump(settings), end="")
    return 0
