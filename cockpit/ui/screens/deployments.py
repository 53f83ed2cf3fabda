"""The page of deployments: asked for when it is opened and by its key, never by being looked at."""

from __future__ import annotations

from collections.abc import Iterable

from cockpit.telemetry import Glance
from cockpit.ui.screens.reading import Page
from cockpit.view import deployments


class DeploymentsPage(Page):
    """Lists what Railway has of the plan's services, and asks again."""

    def __init__(self) -> None:
        super().__init__("Deployments", deployments.lines)

    @property
    def context(self) -> str:
        return "deployments"

    def prepare(self) -> None:
        super().prepare()
        self.cockpit.driver.glance(Glance("deployments"))

    def extra_keys(self) -> Iterable[str]:
        return ("dialog.back", "deployments.ask", "move.page_down", "move.page_up")

    def act_deployments_ask(self) -> None:
        self.cockpit.driver.glance(Glance("deployments"))
        self.refresh_now()
