"""What Railway says no with, in our errors.

Errors come as HTTP 200 with weak codes (`Not Authorized` is an INTERNAL_SERVER_ERROR), so the
message decides first, the code second; the `traceId` is shown, for Railway's support asks for it
(`railway/api.md` 1). Words nobody knows may come after the deed: only a known refusal is certain.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cockpit.core.text.inert import inert
from cockpit.errors import ActionUncertain, Garbled, Missing, Refused, SourceError, Throttled, Unreachable

_NO_RETRY_AFTER = 60.0
"""Seconds, where a 429 says none: Cloudflare's 1015 sometimes does not."""
_LONGEST_RETRY_AFTER = 3600.0

_BAD_TOKEN = "Railway does not accept this token"  # noqa: S105  (a sentence, no password)
_NO_RIGHT = "Railway says Not Authorized: no right to this, or it does not exist"
_RIGHTS = "Check that the token belongs to this project and environment, and what it may do."


@dataclass(frozen=True, slots=True)
class Verdict:
    """An error of theirs as one of ours; `certain` when nothing can have happened because of it."""

    error: SourceError
    certain: bool


@dataclass(frozen=True, slots=True)
class _Known:
    pattern: re.Pattern[str]
    kind: Callable[[str, str], SourceError]
    what: str
    """Empty: their own words."""
    remedy: str
    certain: bool = True


def _known(
    pattern: str, kind: Callable[[str, str], SourceError], what: str, remedy: str, *, certain: bool = True
) -> _Known:
    return _Known(re.compile(pattern, re.IGNORECASE), kind, what, remedy, certain)


_MESSAGES = (
    _known("project token not found", Refused, f"{_BAD_TOKEN} as a project token", "Check which kind it is."),
    _known("two.?factor", Refused, "Railway wants two-factor authentication on this workspace",
           "Enable it on your account, or use a project token."),
    _known("deployment not found", Missing, "Railway knows no such deployment", "It may be gone for good."),
    _known("commit not found", Missing, "", "Check the name in the plan."),
    _known("is not (stopp|restart|cancell?|remov|redeploy)able|cannot be (rolled back|redeployed)",
           Refused, "", "Look in its dashboard."),
    _known("invalid input", Refused, "", "Correct what is asked for."),
    _known("rate.?limit|too many requests", Throttled, "Railway says that there were too many requests", "Wait."),
    _known("not authorized|unauthorized|unauthenticated", Refused, _NO_RIGHT, _RIGHTS),
    # From here on nobody can tell from the words whether they come after the deed.
    _known("invalid.*token|forbidden", Refused, _NO_RIGHT, _RIGHTS, certain=False),
    _known(r"problem processing request|internal|unexpected|timed? ?out|try again|unavailable|went wrong|"
           r"socket|econn|fetch failed|bad gateway", Unreachable, "", "It is having trouble; try again.",
           certain=False),
    _known("not found|does not exist", Missing, "", "Check the name in the plan.", certain=False),
)  # fmt: skip
"""Message first, in this order."""

_REFUSING = frozenset({"BAD_USER_INPUT", "UNAUTHENTICATED", "FORBIDDEN"})
"""Codes given before anything is done, of messages that are in no list."""


def of_errors(errors: Sequence[object], status: int = 200) -> Verdict:
    """GraphQL `errors[]` under an HTTP status; the first of them decides."""
    first = errors[0] if errors and isinstance(errors[0], Mapping) else {}
    extensions = first.get("extensions")
    extensions = extensions if isinstance(extensions, Mapping) else {}
    message = inert(str(first.get("message") or "no reason given"), limit=300)
    trace = first.get("traceId") or extensions.get("traceId")
    traced = f" (trace {inert(str(trace), limit=60)})." if trace else "."
    code = str(extensions.get("code", ""))
    if code in {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}:
        garbled = Garbled(f"Railway does not understand our question: {message}{traced}", "Its API may have changed.")
        return Verdict(garbled, certain=True)
    for known in _MESSAGES:
        if known.pattern.search(message):
            what = known.what or f"Railway says: {message.rstrip('.')}"
            return Verdict(known.kind(what + traced, known.remedy), known.certain)
    refused = Refused(f"Railway refused: {message.rstrip('.')}{traced}", "Look in its dashboard.")
    return Verdict(refused, certain=code in _REFUSING or 400 <= status < 500)


def of_status(status: int, headers: Mapping[str, str], text: str) -> Verdict | None:
    """An HTTP status that speaks for itself; None where the body has to."""
    if status == 429 or "error code: 1015" in text[:1000]:
        wait = retry_after(headers)
        throttled = Throttled(
            f"Railway says that there were too many requests; it asks for {wait:.0f} s of patience.",
            "Wait, and ask less often.",
            retry_after=wait,
        )
        return Verdict(throttled, certain=True)
    if status in {401, 403}:
        return Verdict(Refused(f"{_BAD_TOKEN} (HTTP {status}).", _RIGHTS), certain=True)
    if status >= 500 or status == 408:
        trouble = Unreachable(f"Railway is having trouble (HTTP {status}).", "Try again; see status.railway.com.")
        return Verdict(trouble, certain=False)
    if 300 <= status < 400 or status in {404, 405}:
        wrong = Garbled(f"No Railway API answers there (HTTP {status}).", "Check `endpoint` in the plan.")
        return Verdict(wrong, certain=True)
    return None


def of_garbage(status: int, text: str) -> Verdict:
    """An answer that is no GraphQL answer at all."""
    shown = inert(text.strip(), limit=80)
    what = f"it begins {shown!r}" if shown else "it is empty"
    garbled = Garbled(f"Railway's answer makes no sense (HTTP {status}): {what}.", "Check `endpoint`; try again.")
    return Verdict(garbled, certain=False)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds until the next try is welcome; a minute where nothing readable is said."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return _NO_RETRY_AFTER
    if math.isnan(seconds):
        return _NO_RETRY_AFTER
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


def insist(data: Mapping[str, Any], field: str, what: str) -> None:
    """True is a yes and false a no, which comes as HTTP 200 too; anything else may mean either."""
    if data.get(field) is False:
        raise Refused(f"Railway did not accept {what}.", "Look at its dashboard for the reason.")
    if data.get(field) is not True:
        raise unclear(what)


def unclear(what: str) -> ActionUncertain:
    """What is left to say of an answer that says nothing."""
    return ActionUncertain(f"Railway took {what} and answered neither yes nor no.", "Look at it before anything else.")
