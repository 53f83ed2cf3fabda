from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cockpit.adapters import railway
from cockpit.adapters.railway import documents

if TYPE_CHECKING:
    from graphql import GraphQLSchema

SOURCES = "\n".join(path.read_text() for path in Path(railway.__file__).parent.glob("*.py"))


@cache
def schema() -> GraphQLSchema:
    reference = os.environ.get("COCKPIT_REFERENCE")
    if reference is None:
        pytest.skip("COCKPIT_REFERENCE names no folder with railway/schema.graphql")
    from graphql import build_schema

    # The real schema breaks a newer rule of graphql-core about deprecated interface fields.
    return build_schema((Path(reference) / "railway/schema.graphql").read_text(), assume_valid=True)


@pytest.mark.parametrize("name", documents.names())
def test_every_operation_is_valid_against_the_real_schema(name: str):
    known = schema()
    from graphql import parse, validate

    assert validate(known, parse(documents.operation(name).document)) == []


def test_an_operation_of_another_schema_is_found_invalid():
    known = schema()
    from graphql import parse, validate

    assert validate(known, parse("query { deployments(input: {status: {successfulOnly: true}}) { edges { cursor } } }"))


@pytest.mark.parametrize("name", documents.names())
def test_every_operation_is_used(name: str):
    assert re.search(rf'"{name}"', SOURCES)


def test_a_document_carries_exactly_the_fragments_it_spreads():
    found = documents.operation("rollout")
    assert (found.kind, found.name) == ("query", "Rollout")
    assert re.findall(r"^fragment (\w+)", found.document, re.MULTILINE) == ["DeploymentFacts", "StepFacts"]
    assert "fragment" not in documents.operation("account").document


def test_comments_stay_at_home():
    assert "#" not in documents.operation("rollout").document


def test_every_file_of_the_folder_is_an_operation_or_a_fragment():
    folder = Path(railway.__file__).parent / "operations"
    fragments = {path.name for path in folder.glob("*.fragment.graphql")}
    assert {path.name for path in folder.iterdir()} == fragments | {f"{name}.graphql" for name in documents.names()}
    assert len(documents.names()) > 20


def test_variables_are_never_replaced_and_never_deployed_by_setting_them():
    assert '"replace": False' in SOURCES
    assert '"skipDeploys": True' in SOURCES
    assert "skipDeploys: true" in documents.operation("commit_staged").document
