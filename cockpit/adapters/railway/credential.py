"""A Railway token and the header it travels in.

A project token has a header of its own; account and workspace tokens share another. Sent in the
wrong one, each reads like a token that does not exist (`railway/api.md` 1).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from cockpit.core.plan.fields import SecretRef


class Header(StrEnum):
    """How a token is sent."""

    PROJECT = "Project-Access-Token"
    BEARER = "Authorization"

    @property
    def other(self) -> Header:
        return Header.BEARER if self is Header.PROJECT else Header.PROJECT


_BY_VARIABLE = {"env:RAILWAY_TOKEN": Header.PROJECT, "env:RAILWAY_API_TOKEN": Header.BEARER}
"""What Railway's own command line reads from these variables."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A resolved token; never shown, not even in a repr."""

    value: str = field(repr=False)
    header: Header

    @classmethod
    def of(cls, reference: SecretRef, value: str) -> Credential:
        """The token with a first guess at its kind, by the variable it came from."""
        return cls(value.strip(), expected(reference) or Header.PROJECT)

    @property
    def headers(self) -> dict[str, str]:
        value = f"Bearer {self.value}" if self.header is Header.BEARER else self.value
        return {self.header.value: value}

    def turned(self) -> Credential:
        """The same token in the other header."""
        return replace(self, header=self.header.other)


def expected(reference: SecretRef) -> Header | None:
    """What the name of the variable promises; None where it promises nothing."""
    return _BY_VARIABLE.get(reference) if isinstance(reference, str) else None
