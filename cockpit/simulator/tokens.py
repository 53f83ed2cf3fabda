"""Who asks, and what the platform says to the wrong kind of token.

Three random tokens per state folder: a project token (one environment, its own header), an
account token and a workspace token (both as Bearer).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cockpit.simulator.refusal import Refusal, unauthorised

PROJECT_HEADER = "project-access-token"


class Principal(StrEnum):
    """The kind of token that came with a request."""

    PROJECT = "project"
    ACCOUNT = "account"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """The tokens of one state folder; never shown, never in the ledger."""

    project: str
    account: str
    workspace: str
    admin: str

    @classmethod
    def fresh(cls) -> Tokens:
        return cls(*(secrets.token_hex(16) for _ in range(4)))

    def principal(self, headers: Mapping[str, str]) -> Principal:
        """The asker behind request headers; a Refusal in the platform's words if there is none.

        A project token sent as Bearer is `Project Token not found` [1 X2]; the other way round too [1 I].
        """
        project = headers.get(PROJECT_HEADER)
        bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
        if project is not None:
            if project == self.project:
                return Principal.PROJECT
            raise _no_project_token()
        if bearer == self.project:
            raise _no_project_token()
        known = {self.account: Principal.ACCOUNT, self.workspace: Principal.WORKSPACE}
        if bearer not in known:
            raise unauthorised()
        return known[bearer]


def sent(headers: Mapping[str, str]) -> str:
    """The token of a request, good or not; empty without one."""
    return headers.get(PROJECT_HEADER) or headers.get("authorization", "").removeprefix("Bearer ").strip()


def _no_project_token() -> Refusal:
    return Refusal("Project Token not found")
