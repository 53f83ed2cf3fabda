"""Pages to read over any screen of the run; and which of its rollouts the strip shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cockpit.telemetry import Scene
from cockpit.ui.panes.margin import note_lines
from cockpit.ui.screens.deployments import DeploymentsPage
from cockpit.ui.screens.reading import Page
from cockpit.view import checkpoints, rollouts

if TYPE_CHECKING:
    from cockpit.ui.app import Cockpit


class Pages:
    """The keys that open a page, and the one that turns to another rollout."""

    def __init__(self, app: Cockpit) -> None:
        self._app = app
        self._rollout = ""
        self._known = 0
        """How many rollouts there were when one was chosen: a new one takes the strip back."""

    def chosen(self, scene: Scene) -> Scene:
        """The scene with the rollout that was chosen for the strip."""
        is_current = self._known == len(scene.state.rollouts)
        return replace(scene, rollout=self._rollout) if self._rollout and is_current else scene

    def act_run_notes(self) -> None:
        self._app.push_screen(Page("Notes and deviations", note_lines))

    def act_rollout_all(self) -> None:
        self._app.push_screen(Page("Rollouts", rollouts.lines))

    def act_checkpoints_open(self) -> None:
        self._app.push_screen(Page("Checkpoints", checkpoints.lines))

    def act_deployments_open(self) -> None:
        self._app.push_screen(DeploymentsPage())

    def act_rollout_next(self) -> None:
        scene = self._app.scene()
        count = len(scene.state.rollouts)
        if count < 2:
            self._app.say("There is no other rollout in this run." if count else "Nothing was rolled out in this run.")
            return
        self._rollout, self._known = rollouts.after(scene), count
        self._app.refresh_scene()
