"""GraphQL over the world: the schema with its resolvers, and the execution of one request."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    subscribe,
    validate,
)

from cockpit.simulator import resolvers
from cockpit.simulator.clock import iso
from cockpit.simulator.refusal import Refusal
from cockpit.simulator.resolvers.asking import Asking

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid document with the operation in it that is meant."""

    document: DocumentNode
    name: str | None
    kind: str
    """query, mutation or subscription."""
    fields: tuple[str, ...]


def read(query: str, name: str | None) -> Operation | list[GraphQLError]:
    """The operation of a request, or what is wrong with it."""
    checked = _checked(query)
    if isinstance(checked, list):
        return checked
    operation = get_operation_ast(checked, name)
    if operation is None:
        return [GraphQLError("Unknown operation.", extensions={"code": "BAD_REQUEST"})]
    fields = tuple(dict.fromkeys(_root_fields(checked, operation.selection_set)))
    return Operation(checked, operation.name.value if operation.name else None, operation.operation.value, fields)


def answer(operation: Operation, variables: Mapping[str, Any], asking: Asking) -> dict[str, Any]:
    """The response to a query or mutation."""
    result = execute_sync(schema(), operation.document, None, asking, dict(variables), operation_name=operation.name)
    return response(result)


async def stream(operation: Operation, variables: Mapping[str, Any], asking: Asking) -> AsyncIterator[dict[str, Any]]:
    """The responses of a subscription; a refusal is one response with errors, then the end [2 X1]."""
    try:
        begun = subscribe(schema(), operation.document, None, asking, dict(variables), operation_name=operation.name)
        events = await begun if isinstance(begun, Awaitable) else begun
        if isinstance(events, ExecutionResult):
            yield response(events)
            return
        async for event in events:
            yield response(event)
    except Refusal as refusal:
        yield failure(str(refusal), refusal.code)


def response(result: ExecutionResult) -> dict[str, Any]:
    """A result in the platform's form; with any error the data is null, for all roots are non-null."""
    if not result.errors:
        return {"data": result.data}
    return {"errors": [_error(error) for error in result.errors], "data": result.data}


def failure(message: str, code: str = "INTERNAL_SERVER_ERROR") -> dict[str, Any]:
    """A refusal as a response."""
    return {"errors": [{"message": message, "traceId": _trace(), "extensions": {"code": code}}], "data": None}


def invalid(errors: list[GraphQLError]) -> dict[str, Any]:
    """A document that does not fit the schema, as a response."""
    return {"errors": [_error(error) for error in errors], "data": None}


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    """The schema, with a function behind every root field."""
    # Railway's own descriptions of deprecated fields break a rule of graphql-core 3.3; ours is taken as valid too.
    made = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"), assume_valid=True)
    for root, answers in ((made.query_type, resolvers.QUERIES), (made.mutation_type, resolvers.MUTATIONS)):
        for name, field in _fields(root).items():
            field.resolve = _resolver(answers[name])
    for name, field in _fields(made.subscription_type).items():
        field.subscribe = _resolver(resolvers.SUBSCRIPTIONS[name])
        field.resolve = lambda event, _info, **_: event
    moment = made.type_map["DateTime"]
    # Scalars made from SDL get their functions so; graphql-core 3.2 knows the first name of each pair, 3.3 the second.
    for name, function in zip(("serialize", "coerce_output_value", "parse_value", "coerce_input_value"),
                              (iso, iso, _instant, _instant), strict=True):  # fmt: skip
        setattr(moment, name, function)
    return made


def _resolver(act: Any) -> Any:
    return lambda _root, info, **args: act(info.context, args)


def _fields(root: GraphQLObjectType | None) -> dict[str, Any]:
    return root.fields if root else {}


@lru_cache(maxsize=512)
def _checked(query: str) -> DocumentNode | list[GraphQLError]:
    try:
        document = parse(query)
    except GraphQLError as error:
        error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
        return [error]
    errors = validate(schema(), document)
    for found in errors:
        found.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"}
    return errors or document


def _root_fields(document: DocumentNode, selection: SelectionSetNode) -> list[str]:
    found: list[str] = []
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    for node in selection.selections:
        if isinstance(node, FieldNode):
            found.append(node.name.value)
        elif isinstance(node, InlineFragmentNode):
            found += _root_fields(document, node.selection_set)
        elif isinstance(node, FragmentSpreadNode):
            found += _root_fields(document, fragments[node.name.value].selection_set)
    return found


def _error(error: GraphQLError) -> dict[str, Any]:
    """`traceId` stands beside the message [1 X1, X2]; a fault of our own is the platform's generic one."""
    cause = error.original_error
    message, code = error.message, (error.extensions or {}).get("code")
    if isinstance(cause, Refusal):
        message, code = str(cause), cause.code
    elif cause is not None and not isinstance(cause, GraphQLError):
        _log.error("a resolver failed", exc_info=cause)
        message, code = "Problem processing request", "INTERNAL_SERVER_ERROR"
    shown: dict[str, Any] = {"message": message, "traceId": _trace()}
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        shown["path"] = error.path
    # Wrong variables fail before any field is reached: bad input [1 X2].
    return shown | {"extensions": {"code": code or ("INTERNAL_SERVER_ERROR" if error.path else "BAD_USER_INPUT")}}


def _trace() -> str:
    return str(uuid.uuid4().int)[:19]


def _instant(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise GraphQLError(f'Invalid date-time "{text}"', extensions={"code": "BAD_USER_INPUT"}) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
