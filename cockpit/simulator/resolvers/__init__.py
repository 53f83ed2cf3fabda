"""The answers, split by noun: each root field of the schema has its function here.

Every docstring names the fact it plays, as `[9 C]`: the section of `railway/api.md`, and its mark there. [S] schema,
[C] CLI, [D] docs, [L] a log shipper's source, [X1] [X2] experiments, [T] a third-party report, [I] our inference.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from cockpit.simulator.resolvers import deployment, logs, metrics, project, service, variables
from cockpit.simulator.resolvers.asking import Args, Asking

Answer = Callable[[Asking, Args], Any]
Stream = Callable[[Asking, Args], AsyncIterator[Any]]

QUERIES: Mapping[str, Answer] = {
    **project.QUERIES,
    **variables.QUERIES,
    **service.QUERIES,
    **deployment.QUERIES,
    **logs.QUERIES,
    **metrics.QUERIES,
}
MUTATIONS: Mapping[str, Answer] = {**variables.MUTATIONS, **service.MUTATIONS, **deployment.MUTATIONS}
SUBSCRIPTIONS: Mapping[str, Stream] = {**deployment.SUBSCRIPTIONS, **logs.SUBSCRIPTIONS}
