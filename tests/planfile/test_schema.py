"""The JSON Schema of the plan file: it explains every key, and the plans we ship fit it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cockpit.planfile import schema

SAMPLE = Path(__file__).parents[2] / "sample-config.toml"
SCHEMA = schema()
TYPES: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def misfits(value: Any, part: dict[str, Any], where: str = "") -> Iterator[str]:
    """What in a document does not fit a part of the schema; the words of JSON Schema that ours uses, no more."""
    if "$ref" in part:
        yield from misfits(value, SCHEMA["$defs"][part["$ref"].rpartition("/")[2]], where)
    for choices in (part.get("anyOf"), part.get("oneOf")):
        if choices and all(list(misfits(value, choice, where)) for choice in choices):
            yield f"{where}: fits none of {len(choices)}"
    if "type" in part and not isinstance(value, TYPES[part["type"]]):
        yield f"{where}: is no {part['type']}"
        return
    if "enum" in part and value not in part["enum"]:
        yield f"{where}: is none of {part['enum']}"
    if "const" in part and value != part["const"]:
        yield f"{where}: is not {part['const']}"
    if "pattern" in part and not re.search(part["pattern"], value):
        yield f"{where}: does not match {part['pattern']}"
    if isinstance(value, dict):
        yield from misfits_of_keys(value, part, where)
    if isinstance(value, list):
        for i, each in enumerate(value):
            yield from misfits(each, part.get("items", {}), f"{where}[{i}]")


def misfits_of_keys(value: dict[str, Any], part: dict[str, Any], where: str) -> Iterator[str]:
    known = part.get("properties", {})
    for key in part.get("required", ()):
        if key not in value:
            yield f"{where}.{key}: is missing"
    for key, inner in value.items():
        if "propertyNames" in part:
            yield from misfits(key, part["propertyNames"], f"{where}.{key}")
        patterns = [each for pattern, each in part.get("patternProperties", {}).items() if re.search(pattern, key)]
        other = part.get("additionalProperties", True)
        if key in known:
            yield from misfits(inner, known[key], f"{where}.{key}")
        elif patterns:
            yield from misfits(inner, patterns[0], f"{where}.{key}")
        elif other is False:
            yield f"{where}.{key}: is unknown"
        elif isinstance(other, dict):
            yield from misfits(inner, other, f"{where}.{key}")


def test_the_sample_fits() -> None:
    assert list(misfits(tomllib.loads(SAMPLE.read_text(encoding="utf-8")), SCHEMA)) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('risk     = "medium"', 'risk = "some"'),
        ('risk     = "medium"', 'riks = "low"'),
        ('kind = "postgres"', 'kind = "oracle"'),
        ("[checks.stuck]", "[checks.Stuck]"),
        ('every = "5m"', "every = 300"),
        ('scale = { service = "worker", to = 2 }', "scale = { to = 2 }"),
        ('check  = "health"', ""),
    ],
)
def test_a_document_that_does_not_fit_is_told_from_one_that_does(right: str, wrong: str) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert right in text
    assert list(misfits(tomllib.loads(text.replace(right, wrong, 1)), SCHEMA))


def tables(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "properties" in node:
            yield node
        for each in node.values():
            yield from tables(each)


def test_every_table_and_every_key_explains_itself() -> None:
    silent = [
        f"{table.get('title')}.{key}"
        for table in tables(SCHEMA)
        for key, part in table["properties"].items()
        if not part.get("description")
    ]
    assert silent == []
    assert [table["title"] for table in tables(SCHEMA) if not table.get("description")] == []
    assert [table["title"] for table in tables(SCHEMA) if table.get("additionalProperties") is not False] == []


def test_it_is_json_without_null_and_with_the_names_of_the_file() -> None:
    text = json.dumps(SCHEMA)
    assert "null" not in text
    assert {"pass", "with", "from"} <= set(SCHEMA["$defs"]["LogCheck"]["properties"]) | {"with"}
    assert "is" in SCHEMA["$defs"]["PostgresConnection"]["properties"]
    assert SCHEMA["$defs"]["Monitor"]["properties"]["for"]["examples"] == ["90s", "5m", "4h", "7d"]
    assert SCHEMA["$schema"].endswith("2020-12/schema")
