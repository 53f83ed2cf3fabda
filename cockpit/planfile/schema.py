"""The JSON Schema of a plan file, for editors that complete and explain TOML."""

from __future__ import annotations

from typing import Any

from cockpit.core.plan import Plan


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12): titles and descriptions are the models' own docstrings."""
    plain = _plain(Plan.model_json_schema(by_alias=True))
    assert isinstance(plain, dict)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **plain, "title": "Cockpit plan"}


def _plain(node: Any) -> Any:
    """TOML has no null: a key that may be left out is not one that may be null. And a name is nothing but a name."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: _plain(value) for key, value in node.items() if not (key == "default" and value is None)}
    if "patternProperties" in node:
        node.setdefault("additionalProperties", False)
    choices = node.get("anyOf")
    if not isinstance(choices, list) or {"type": "null"} not in choices:
        return node
    rest = [choice for choice in choices if choice != {"type": "null"}]
    del node["anyOf"]
    return {**rest[0], **node} if len(rest) == 1 else {"anyOf": rest, **node}
