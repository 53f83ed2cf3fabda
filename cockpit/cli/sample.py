"""The sample plan that travels with Cockpit."""

from __future__ import annotations

from pathlib import Path

from cockpit.cli import SAMPLE


def path() -> Path:
    """Where it lies: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parents[1]
    packed = package / SAMPLE
    return packed if packed.is_file() else package.parent / SAMPLE
