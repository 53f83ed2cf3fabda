"""The no of the platform, in the words it is known to use."""

from __future__ import annotations

from cockpit.errors import SimulatorError


class Refusal(SimulatorError):
    """A request the platform answers with an error; `code` goes to `extensions.code`."""

    def __init__(self, message: str, code: str = "INTERNAL_SERVER_ERROR") -> None:
        super().__init__(message)
        self.code = code


def unauthorised() -> Refusal:
    """Missing objects and missing rights sound alike [1 X2]."""
    return Refusal("Not Authorized")


def bad_input(message: str) -> Refusal:
    """An argument the platform cannot use [1 X2]."""
    return Refusal(message, "BAD_USER_INPUT")
