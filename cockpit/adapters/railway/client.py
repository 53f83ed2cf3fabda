"""Questions and changes put to Railway's GraphQL endpoint.

A question may be asked again; a change only where it was turned away at the door (429), since then nothing
was done. Where its answer is lost and it may have happened, that is said (`ActionUncertain`), not guessed.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from cockpit.adapters import web
from cockpit.adapters.railway import limits, refusal
from cockpit.adapters.railway.budget import Allowance
from cockpit.adapters.railway.credential import Credential
from cockpit.adapters.railway.documents import Operation, operation
from cockpit.adapters.railway.rhythm import Rhythm
from cockpit.adapters.railway.together import Question, Together
from cockpit.errors import ActionUncertain, Garbled, SourceError, Throttled, Unreachable

Json = dict[str, Any]

ALONE = frozenset({"rollout", "logs", "project_token", "api_token", "account", "project", "projects", "services"})
"""Questions that wait for no other: the look at a rollout, thousands of lines, and who we are."""

_TRIES = 3
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 4.0
"""Seconds of machine time between two tries, full jitter; a longer Retry-After is the caller's matter."""
_READ_SECONDS = 10.0
_CHANGE_SECONDS = 30.0
"""A change's answer is worth waiting for: without it somebody has to look."""
_LONGEST_ANSWER = 32 * 2**20
"""Bytes: 5000 log lines of some kilobytes each."""


class Client:
    """One endpoint, one token."""

    def __init__(
        self,
        endpoint: str,
        credential: Credential,
        allowance: Allowance,
        rhythm: Rhythm,
        *,
        believes_policy: bool = True,
        redact: Callable[[str], str] = str,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`redact` takes secrets out of foreign text; `sleep` waits machine time.

        Whoever does not believe the policy counts by the plan alone; what is said to remain is always heard.
        """
        self.endpoint = endpoint
        self.credential = credential
        self.allowance = allowance
        self._rhythm = rhythm
        self._believes_policy = believes_policy
        self._redact = redact
        self._sleep = sleep
        self._http = web.client(seconds=_CHANGE_SECONDS)
        self._together = Together(self._tried)

    async def ask(self, name: str, *, urgent: bool = False, **variables: object) -> Json:
        """The `data` of a query, tried up to three times, in one request with others of this moment.

        Raises SourceError.
        """
        asked = operation(name)
        assert asked.kind == "query", name
        if name in ALONE:
            return await self._tried(asked, variables, urgent)
        return await self._together.ask(Question(name, variables), urgent=urgent)

    async def _tried(self, asked: Operation, variables: Mapping[str, object], urgent: bool) -> Json:  # noqa: FBT001  (as `Send` has it)
        post = partial(self._post, asked, variables, urgent=urgent, seconds=_READ_SECONDS)
        return await self._until_welcome(post, Unreachable, Garbled, Throttled)

    async def _until_welcome(self, post: Callable[[], Awaitable[Json]], *again: type[SourceError]) -> Json:
        """Up to three tries, where one ends in an error after which it may be tried again."""
        for attempt in range(_TRIES):
            try:
                return await post()
            except again as error:
                wait = _wait(error, attempt)
                if attempt == _TRIES - 1 or wait is None:
                    raise
                await self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def change(self, name: str, **variables: object) -> Json:
        """The `data` of a mutation, carried out once at most.

        Another program may have had this second's last request: then it is sent again once it is welcome.
        Raises SourceError when certainly nothing happened, ActionUncertain when nobody can tell.
        """
        asked = operation(name)
        assert asked.kind == "mutation", name
        return await self._until_welcome(
            partial(self._post, asked, variables, urgent=True, seconds=_CHANGE_SECONDS), Throttled
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._together.close()
        await self._http.aclose()

    async def _post(self, asked: Operation, variables: Mapping[str, object], *, urgent: bool, seconds: float) -> Json:
        await self._rhythm.turn(urgent=urgent)
        self.allowance.spend(urgent=urgent)
        try:
            page = await self._send(asked, variables, seconds)
        except SourceError as error:
            raise self._final(asked, refusal.Verdict(error, not web.may_have_arrived(error))) from error.__cause__
        told = limits.told(page.headers)
        self.allowance.hear(told if self._believes_policy else replace(told, per_hour=None, per_second=None))
        judged = _judge(page)
        if isinstance(judged, refusal.Verdict):
            raise self._final(asked, judged)
        return judged

    async def _send(self, asked: Operation, variables: Mapping[str, object], seconds: float) -> web.Page:
        body = {"query": asked.document, "variables": variables, "operationName": asked.name}
        headers = {"Content-Type": "application/json", **self.credential.headers}
        content = json.dumps(body).encode()
        with web.translating("Railway"):
            async with asyncio.timeout(seconds):
                return await web.fetch(
                    self._http, "POST", self.endpoint, headers=headers, content=content, cap=_LONGEST_ANSWER
                )

    def _final(self, asked: Operation, verdict: refusal.Verdict) -> SourceError | ActionUncertain:
        """The error as it leaves here: without secrets, and uncertain where a change may have happened."""
        error = verdict.error
        if isinstance(error, Throttled):
            self.allowance.close_for(error.retry_after)
        error.what, error.remedy = self._redact(error.what), self._redact(error.remedy)
        error.args = (error.what,)
        if asked.kind != "mutation" or verdict.certain:
            return error
        return ActionUncertain(
            f"Whether '{asked.name}' happened is unknown: {error.what}",
            "Look at Railway before anything else; nothing is sent again.",
        )


def _judge(page: web.Page) -> Json | refusal.Verdict:
    text = page.text(_LONGEST_ANSWER)
    by_status = refusal.of_status(page.status, page.headers, text)
    if by_status is not None:
        return by_status
    answer = _json(text) or {}
    data, errors = answer.get("data"), answer.get("errors")
    if isinstance(errors, list) and errors:
        verdict = refusal.of_errors(errors, page.status)
        # Data beside errors: the deed was done, and something about it could not be told.
        done = isinstance(data, dict) and any(value is not None for value in data.values())
        return replace(verdict, certain=verdict.certain and not done)
    return data if isinstance(data, dict) and page.status == 200 else refusal.of_garbage(page.status, text)


def _json(text: str) -> Json | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _wait(error: SourceError, attempt: int) -> float | None:
    """Seconds before the next try; None where the wait asked for is not ours to sit out."""
    if isinstance(error, Throttled):
        return error.retry_after if error.retry_after <= _LONGEST_WAIT else None
    # Full jitter: many cockpits cut off at once do not come back at once.
    return random.uniform(0, min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt))  # noqa: S311  (no secret hangs on it)
