"""The plans that travel with Cockpit."""

from __future__ import annotations

from pathlib import Path

from cockpit.cli import SAMPLE


def path(name: str | None = None) -> Path:
    """Where the sample or a carried plan lies: inside the package in a wheel, beside it in a checkout."""
    file = SAMPLE if name is None else f"plans/{name}.toml"
    package = Path(__file__).parents[1]
    packed = package / file
    return packed if packed.is_file() else package.parent / file
