"""Our schema is a true part of Railway's, and everything in it is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
    validate,
)

from cockpit.simulator import resolvers
from cockpit.simulator.schema import schema

from .conftest import House


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest) -> GraphQLSchema:
    import os

    folder = os.environ.get("COCKPIT_REFERENCE")
    if not folder:
        pytest.skip("COCKPIT_REFERENCE is not set")
    text = (Path(folder) / "railway/schema.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)  # deprecated fields of Team break a rule of graphql-core 3.3


OURS = [kind for name, kind in sorted(schema().type_map.items()) if not name.startswith("__")]


def default(thing: Any) -> str | None:
    node = thing.ast_node.default_value if thing.ast_node else None
    return print_ast(node) if node else None


@pytest.mark.parametrize("ours", OURS, ids=lambda kind: kind.name)
def test_each_type_is_part_of_the_real_one(real: GraphQLSchema, ours: Any):
    theirs: Any = real.type_map[ours.name]
    assert type(theirs) is type(ours)
    if isinstance(ours, GraphQLEnumType):
        assert set(ours.values) == set(theirs.values)
    elif isinstance(ours, GraphQLInputObjectType):
        same_inputs(ours.fields, theirs.fields)
    elif isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        assert {one.name for one in ours.interfaces} <= {one.name for one in theirs.interfaces}
        for name, field in ours.fields.items():
            assert str(field.type) == str(theirs.fields[name].type), name
            same_inputs(field.args, theirs.fields[name].args)


def same_inputs(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    for name, one in ours.items():
        assert (str(one.type), default(one)) == (str(theirs[name].type), default(theirs[name])), name
    required = {name for name, one in theirs.items() if str(one.type).endswith("!") and default(one) is None}
    assert required <= set(ours)


def test_every_root_field_has_its_answer_and_no_answer_is_idle():
    made = schema()
    for root, answers in (
        (made.query_type, resolvers.QUERIES),
        (made.mutation_type, resolvers.MUTATIONS),
        (made.subscription_type, resolvers.SUBSCRIPTIONS),
    ):
        assert root is not None
        assert set(root.fields) == set(answers)


def test_no_field_of_ours_is_one_that_railway_gives_up(real: GraphQLSchema):
    nouns = [kind for kind in OURS if isinstance(kind, GraphQLObjectType)]
    theirs: dict[str, Any] = {kind.name: real.type_map[kind.name] for kind in nouns}
    given_up = [
        f"{kind.name}.{name}" for kind in nouns for name in kind.fields
        if theirs[kind.name].fields[name].deprecation_reason
    ]  # fmt: skip
    assert given_up == []


def test_the_reference_documents_for_our_fields_fit_our_schema(reference: Path):
    fitting = documents(reference)
    assert len(fitting) >= 40
    for name, document in fitting.items():
        assert validate(schema(), document) == [], name


async def test_the_reference_queries_are_answered(house: House, reference: Path):
    new = await house.deploy()
    old = house.simulation.world.of(house.environment, house.web)[1].id
    known = {
        "id": new, "newId": new, "oldId": old, "deploymentId": new, "serviceId": house.web,
        "environmentId": house.environment, "projectId": house.project, "first": 10,
        "startDate": "2026-03-02T08:00:00Z", "endDate": "2026-03-02T10:00:00Z", "limit": 5,
        "measurements": ["CPU_USAGE", "MEMORY_USAGE_GB"], "groupBy": ["DEPLOYMENT_ID", "DEPLOYMENT_INSTANCE_ID"],
    }  # fmt: skip
    inputs = {
        "ListDeployments": {"environmentId": house.environment, "serviceId": house.web},
        "InstanceExecutions": {"environmentId": house.environment, "serviceId": house.web},
    }
    asked = 0
    for name, document in documents(reference).items():
        operation = next(part for part in document.definitions if isinstance(part, OperationDefinitionNode))
        if operation.operation.value != "query":
            continue
        wanted = [one.variable.name.value for one in operation.variable_definitions or ()]
        variables = {key: value for key, value in {**known, "input": inputs.get(name)}.items() if key in wanted}
        if name in {"ProjectTree", "EnvironmentVariables"}:
            variables["id"] = house.project
        headers = house.token("account" if name in {"ApiTokenScope", "ListProjects"} else "project")
        data = await house.ask(print_ast(document), headers, **variables)
        assert data, name
        asked += 1
    assert asked >= 25


async def test_every_field_of_every_noun_can_be_read(house: House):
    """Each query with all its fields, four nouns deep, as an account; nothing is missing from the views."""
    new = await house.deploy()
    arguments = {
        "id": None, "deploymentId": new, "serviceId": house.web, "environmentId": house.environment,
        "projectId": house.project, "startDate": "2026-03-01T08:00:00Z", "endDate": "2026-03-02T10:00:00Z",
        "measurements": "[CPU_USAGE]", "first": 2,
    }  # fmt: skip
    ids = {
        "project": house.project, "environment": house.environment, "service": house.web,
        "deployment": new, "deploymentEvents": new,
    }  # fmt: skip
    root = schema().query_type
    assert root is not None
    for name, field in root.fields.items():
        given = []
        for key, argument in field.args.items():
            value = ids.get(name) if key == "id" else arguments.get(key)
            if key == "input":
                given.append(f'input: {{environmentId: "{house.environment}", serviceId: "{house.web}"}}')
            elif str(argument.type).endswith("!") or key in {"first", "serviceId", "environmentId"}:
                given.append(f"{key}: {value}" if key in {"measurements", "first"} else f'{key}: "{value}"')
        deep = 1 if name == "projectToken" else 4  # deeper lies staging, which that token may not see
        arguments_given = f"({', '.join(given)})" if given else ""
        query = f"{{ {name}{arguments_given} {everything(get_named_type(field.type), deep)} }}"
        await house.ask(query, house.token("project" if name == "projectToken" else "account"))


def everything(kind: Any, depth: int) -> str:
    if is_leaf_type(kind):
        return ""
    parts = []
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            parts.append(name)
        elif depth > 0:
            parts.append(f"{name}{'(first: 2)' if 'first' in field.args else ''} {everything(inner, depth - 1)}")
    return "{ " + " ".join(parts or ["__typename"]) + " }"


def documents(reference: Path) -> dict[str, DocumentNode]:
    """The operations whose root fields we have, each with the fragments it needs."""
    whole = parse((reference / "operations.graphql").read_text(encoding="utf-8"))
    fragments = {one.name.value: one for one in whole.definitions if isinstance(one, FragmentDefinitionNode)}
    found: dict[str, DocumentNode] = {}
    for one in whole.definitions:
        if isinstance(one, OperationDefinitionNode):
            root = {"query": resolvers.QUERIES, "mutation": resolvers.MUTATIONS}.get(
                one.operation.value, resolvers.SUBSCRIPTIONS
            )
            assert one.name is not None
            if all(field.name.value in root for field in one.selection_set.selections):  # type: ignore[attr-defined]
                text = print_ast(one)
                used = [part for name, part in fragments.items() if f"...{name}" in text]
                found[one.name.value] = DocumentNode(definitions=(one, *used))
    return found
