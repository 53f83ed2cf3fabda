"""`lint`, `schema`, `keys`, `config`: what needs no run and no connection."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def lint(arguments: argparse.Namespace) -> int:
    """Complaints and advice; 0 without complaints, 2 with."""
    from cockpit import planfile

    complaints, advice = planfile.lint(Path(arguments.plan), environment=arguments.environment)
    for complaint in complaints:
        print(complaint)
    for line in advice:
        print(f"advice: {line}")
    if complaints:
        print(f"{len(complaints)} complaint{'' if len(complaints) == 1 else 's'}. The plan cannot be used.")
        return 2
    print("The plan can be used." if not advice else f"The plan can be used; {len(advice)} pieces of advice.")
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
    from cockpit.ui.actions import keys_table

    print(keys_table(load_settings(paths.config_file()).keys))
    return 0


def config(_: argparse.Namespace) -> int:
    """The operator's settings as TOML."""
    from cockpit import paths
    from cockpit.settings import dump, load_settings

    print(f"# {paths.config_file()}")
    print(dump(load_settings(paths.config_file())), end="")
    return 0
