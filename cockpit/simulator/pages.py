"""What the deployed app answers, page by page: a deployment that serves fills it in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from cockpit.simulator import traffic
from cockpit.simulator.clock import iso
from cockpit.simulator.simulation import Simulation
from cockpit.simulator.world import Deployment, World

Page = Callable[[Simulation, Deployment], Response]

_EXPOSITION = {"content-type": "text/plain; version=0.0.4"}


def of(world: World) -> Mapping[str, Page]:
    """The pages of the project that is played, by path."""
    return _PAGES[world.project_name]


def _health(simulation: Simulation, chosen: Deployment) -> Response:
    now = iso(simulation.now())
    return JSONResponse(
        {
            "status": "healthy",
            "service": "reports",
            "commit": chosen.commit,
            "deployment": chosen.id,
            "timestamp": now,
        },
        headers={"cache-control": "no-store"},
    )


def _metrics(simulation: Simulation, _: Deployment) -> Response:
    """Counters in the text exposition format; they are kept outside the instance and never start anew."""
    counted = traffic.counters(simulation.world, simulation.now())
    return _exposed(f"# TYPE {name} counter\n{name} {value}" for name, value in counted.items())


def _functions(simulation: Simulation, _: Deployment) -> Response:
    """The export of the service that runs the app's functions, which lives elsewhere and is shown here."""
    told = traffic.functions(simulation.world, simulation.now())
    return _exposed(
        f"{name}{{{','.join(f'{label}={json.dumps(value)}' for label, value in labels.items())}}} {count}"
        for name, labels, count in told
    )


def _home(_: Simulation, chosen: Deployment) -> Response:
    return HTMLResponse(f"<!doctype html><title>Reports</title><p>{chosen.commit[:8]}")


def _invoice_health(simulation: Simulation, chosen: Deployment) -> Response:
    """What the invoice service says of itself, of its intake too."""
    told = {
        "status": "ok",
        "service": "invoices",
        "environment": chosen.variables["ENVIRONMENT"].value,
        "git_sha": chosen.commit[:8],
        "deployment": chosen.id,
        "db_connected": True,
        "timestamp": iso(simulation.now()),
    }
    return JSONResponse(told, headers={"cache-control": "no-store"})


def _exposed(lines: Iterable[str]) -> Response:
    return PlainTextResponse("\n".join(lines) + "\n", headers=_EXPOSITION)


_PAGES: Mapping[str, Mapping[str, Page]] = {
    "reports": {"/api/health": _health, "/metrics": _metrics, "/inngest/metrics": _functions, "/": _home},
    "invoices": {"/api/health": _invoice_health, "/api/intake/health": _invoice_health, "/metrics": _metrics},
}
