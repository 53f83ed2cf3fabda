"""Questions of one moment, put to Railway in one request.

At 1000 requests an hour one costs 3.6 s of budget, and a gate or a phase asks many at once. GraphQL answers
several root fields in one document; each question keeps its own names by a prefix. What two ask alike is asked once.
One root field that fails may take the whole answer with it (non-null types do): then each is asked for itself.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cockpit.adapters.railway.documents import Operation, operation
from cockpit.errors import SourceError, Throttled, TimedOut, Unreachable

Json = dict[str, Any]
A = TypeVar("A")
B = TypeVar("B")
Send = Callable[[Operation, Mapping[str, object], bool], Awaitable[Json]]
"""Operation, variables, whether it is urgent; the `data` of the answer. Raises SourceError."""

WINDOW = 0.002
"""Machine seconds that the first question waits for others: checks that are due together come within one."""
MOST = 6
"""Questions a request: how complex one may be is documented nowhere (`railway/api.md` 1)."""

_HEAD = re.compile(r"^query \w+(?:\((?P<declared>.*?)\))?\s*\{(?P<body>.*?)^\}", re.DOTALL | re.MULTILINE)
_TOKEN = re.compile(r"@\w+|\$?\w+(?:\s*:\s*\w+)?|[{}()]")
_VARIABLE = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class Question:
    """A query and what it is asked with."""

    name: str
    """The file name of its operation."""
    variables: Mapping[str, object]

    @property
    def key(self) -> str:
        """The same for what is asked alike."""
        return f"{self.name} {json.dumps(self.variables, sort_keys=True, default=str)}"


class Together:
    """Gathers what is asked within a window, urgent questions apart, and hands each its own answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[bool, list[tuple[Question, asyncio.Future[Json]]]] = {True: [], False: []}
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question, *, urgent: bool) -> Json:
        """The `data` of one question. Raises SourceError."""
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[urgent].append((question, answer))
        if len(self._waiting[urgent]) == 1:
            self._begin(self._gather(urgent=urgent))
        return await answer

    async def close(self) -> None:
        """Let go of what is under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _gather(self, *, urgent: bool) -> None:
        await asyncio.sleep(WINDOW)
        waiting, self._waiting[urgent] = self._waiting[urgent], []
        asked: dict[str, tuple[Question, list[asyncio.Future[Json]]]] = {}
        for question, answer in waiting:
            if not answer.done():  # who asked has not gone meanwhile
                asked.setdefault(question.key, (question, []))[1].append(answer)
        groups = list(asked.values())
        for start in range(0, len(groups), MOST):
            self._begin(self._answer(groups[start : start + MOST], urgent=urgent))

    async def _answer(self, group: Sequence[tuple[Question, list[asyncio.Future[Json]]]], *, urgent: bool) -> None:
        questions = [question for question, _ in group]
        try:
            found: Sequence[Json | SourceError] = await self._all(questions, urgent=urgent)
        except SourceError as error:
            found = [error] * len(group)
        for (_, answers), told in zip(group, found, strict=True):
            for answer in answers:
                if answer.done():
                    continue
                if isinstance(told, SourceError):
                    answer.set_exception(told)
                else:
                    answer.set_result(told)

    async def _all(self, questions: Sequence[Question], *, urgent: bool) -> Sequence[Json | SourceError]:
        if len(questions) == 1:
            return [await self._one(questions[0], urgent=urgent)]
        try:
            document, variables = joined(questions)
            return parted(await self._send(document, variables, urgent), len(questions))
        except (Unreachable, Throttled, TimedOut):
            raise
        except SourceError:  # one of them was refused, and which one cannot be told
            return await asyncio.gather(*(self._one(question, urgent=urgent) for question in questions))

    async def _one(self, question: Question, *, urgent: bool) -> Json | SourceError:
        try:
            return await self._send(operation(question.name), question.variables, urgent)
        except SourceError as error:
            return error


async def both(one: Awaitable[A], other: Awaitable[B]) -> tuple[A, B]:
    """Two questions at once, so that they go in one request; neither goes on by itself once the other was refused."""
    first, second = await asyncio.gather(one, other, return_exceptions=True)
    if isinstance(first, BaseException):
        raise first
    if isinstance(second, BaseException):
        raise second
    return first, second


def joined(questions: Sequence[Question]) -> tuple[Operation, dict[str, object]]:
    """One document that asks them all, and its variables; names are told apart by `q0_`, `q1_`, ..."""
    declared: list[str] = []
    bodies: list[str] = []
    variables: dict[str, object] = {}
    fragments: dict[str, None] = {}
    for place, question in enumerate(questions):
        document = operation(question.name).document
        head = _HEAD.search(document)
        assert head, f"{question.name} is no plain query"
        prefix = f"q{place}_"
        declared.append(_VARIABLE.sub(rf"${prefix}\1", head["declared"] or ""))
        bodies.append(_aliased(_VARIABLE.sub(rf"${prefix}\1", head["body"]), prefix))
        variables |= {f"{prefix}{name}": value for name, value in question.variables.items()}
        fragments |= dict.fromkeys(re.findall(r"^fragment .*?^\}", document[head.end() :], re.DOTALL | re.MULTILINE))
    told = ", ".join(one for one in declared if one)
    text = "\n".join([f"query Together({told}) {{" if told else "query Together {", *bodies, "}", *fragments])
    return Operation("query", "Together", text), variables


def parted(data: Json, count: int) -> list[Json]:
    """The answers of a joined document, each under its own names."""
    found: list[Json] = [{} for _ in range(count)]
    for key, value in data.items():
        prefix, _, name = key.partition("_")
        found[int(prefix[1:])][name] = value
    return found


def _aliased(body: str, prefix: str) -> str:
    """A selection whose root fields answer under prefixed names."""
    depth, end = 0, 0
    written: list[str] = []
    for token in _TOKEN.finditer(body):
        word = token[0]
        if word in "{(":
            depth += 1
        elif word in "})":
            depth -= 1
        elif depth == 0 and word[0] not in "@$":
            alias, _, field = word.partition(":")
            written += [body[end : token.start()], f"{prefix}{alias.strip()}: {field.strip() or word}"]
            end = token.end()
    return "".join([*written, body[end:]])
