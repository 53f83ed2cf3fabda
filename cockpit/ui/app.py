"""The app: one run on one terminal. State flows down to the screens, intents flow up to the driver.

It holds what outlives a screen: the key map, the look, drafts of what was typed, the runner's
worker. It decides nothing about the run; what may be done the session says.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.worker import Worker, WorkerFailed, WorkerState

from cockpit import paths
from cockpit.core.commands import Command, Refusal
from cockpit.core.lease import Role
from cockpit.core.plan import Phase
from cockpit.core.progress import next_gate
from cockpit.core.state import State
from cockpit.telemetry import Scene
from cockpit.ui import themes
from cockpit.ui.actions import BY_ID
from cockpit.ui.alarms import alarms
from cockpit.ui.keymap import remap
from cockpit.ui.pages import Pages
from cockpit.ui.palette import Entry
from cockpit.ui.ports import Driver
from cockpit.ui.questions import heading, question
from cockpit.ui.screens.dialogs import Choice, Confirm, DraftKey, Words
from cockpit.ui.screens.frame import Frame
from cockpit.ui.screens.gate import GateScreen, Reasons
from cockpit.ui.screens.palette import PaletteScreen
from cockpit.ui.screens.reading import Page, key_lines
from cockpit.ui.screens.rollback import RollbackScreen
from cockpit.ui.screens.run import RunScreen
from cockpit.ui.terminal import trap_signals
from cockpit.view import gate, handover
from cockpit.view.attention import notification
from cockpit.view.bulletin import Bulletin
from cockpit.view.fit import foreign
from cockpit.view.offers import Offer, command, offers

_TICK = 0.5
"""Seconds between looks at the clocks; bytes are sent only where a second has changed."""
_GAP, _CALM_GAP = 0.1, 0.5
"""Least seconds between two repaints for news."""
_FEW_COLOURS = (None, "standard", "windows")


class Cockpit(App[None], inherit_bindings=False):
    """One run on the screen.

    `keys` maps action ids to keys, `theme` names a theme of the package or of `theme_folders` (the
    operator's own), `background` is run for as long as the screen is (the runner). `calm` means a slow line. What was
    `missed` while nobody drove is shown first.
    """

    CSS_PATH: ClassVar[list[str | Path]] = ["app.tcss", "screens/run.tcss", "screens/dialog.tcss"]  # type: ignore[assignment]  # a list of any path is taken
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    TITLE = "Cockpit"
    NOTIFICATION_TIMEOUT = 8

    def __init__(
        self,
        driver: Driver,
        *,
        keys: Mapping[str, str] | None = None,
        theme: str = themes.DEFAULT,
        calm: bool = False,
        bell: bool = True,
        desktop: bool = False,
        background: Callable[[], Awaitable[None]] | None = None,
        theme_folders: Sequence[Path] | None = None,
        way_on: str = "",
        missed: Sequence[Bulletin] = (),
    ) -> None:
        # The colour filter is chosen in App.__init__, before any theme is: without this NO_COLOR paints black on black.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.driver = driver
        self.is_calm = calm
        self._has_bell = bell
        self._has_desktop = desktop
        self.way_on = way_on or f"The record is whole: `cockpit resume {driver.state.run}` goes on."
        self.keymap, self._complaints = remap(keys or {})
        self.pages = Pages(self)
        self.pressed = ""
        """The last key that was for a screen."""
        self.drafts: dict[DraftKey, str] = {}
        self.fault: BaseException | None = None
        """What ended the runner before its time."""
        self._background = background
        self._missed = missed
        self._rung: frozenset[str] = frozenset()
        self._painted = 0.0
        self._is_pending = False
        self._said = ""
        self._take_theme(theme, (paths.config_folder() / "themes",) if theme_folders is None else theme_folders)
        self.animation_level = "none"

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the screen, if one did."""
        error = self._exception or self._panic
        return error.error if isinstance(error, WorkerFailed) else error

    _panic: BaseException | None = None

    @property
    def banner(self) -> str:
        """What must not be overlooked on any screen; empty where there is nothing."""
        if self.fault is not None:
            name = type(self.fault).__name__
            return (
                f"! The runner has stopped ({name}): nothing is asked any more. Leave and resume; the record is whole."
            )
        trouble = self.driver.scene().live.journal_trouble
        return f"! NOT RECORDED: {foreign(trouble, limit=200)}" if trouble else ""

    @property
    def is_behind(self) -> bool:
        """Whether the terminal takes bytes more slowly than they are made.

        Textual's queue holds 30 frames and then blocks the event loop, probes and all: a slow line
        gets fewer frames instead.
        """
        queue = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return queue is not None and queue.qsize() > 3

    def scene(self) -> Scene:
        """What the screens look at, now."""
        return self.pages.chosen(replace(self.driver.scene(), keys=self.keymap.all_shown()))

    def get_default_screen(self) -> RunScreen:
        return RunScreen()

    def on_mount(self) -> None:
        trap_signals(lambda code: self.exit(return_code=code))
        self._rung = frozenset(alarms(self.driver.state, self.scene().now))
        self.driver.subscribe(self._on_news)
        self.set_interval(_TICK, self.refresh_scene)
        for complaint in self._complaints:
            self.say(complaint, severity="warning")
        if self._missed:
            self.push_screen(Page("While nobody drove", lambda _, width: handover.lines(self._missed, width)))
        if self._background is not None:
            self.run_worker(
                self._run_background(),
                name="runner",
                group="runner",
                description="asks what is due",
                exit_on_error=False,
            )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.worker.group == "runner" and event.state is WorkerState.ERROR:
            self.fault = event.worker.error
            self.alarm()
            self.refresh_scene()

    def refresh_scene(self) -> None:
        """Paint what has changed on the screen in front; a terminal that is behind is left to catch up."""
        screens = self.screen_stack  # empty while the app is going
        if self.is_behind or not screens:
            return
        self._painted = monotonic()
        scene = self.scene()
        if isinstance(screens[-1], Frame):
            screens[-1].show(scene)
        self._ring(scene)

    def say(self, words: str, *, severity: str = "warning") -> None:
        """A short message above the keys in place of the one before; nothing only takes that away."""
        self.hush()
        if words:
            self._said = severity
            self.notify(foreign(words, limit=400), severity=severity, markup=False)  # type: ignore[arg-type]  # one of Textual's three

    def alarm(self, words: str = "The runner has stopped.") -> None:
        """Ring, unless the operator wants no bell; say it to the terminal too, where they want that."""
        if self._has_desktop and self._driver is not None:
            self._driver.write(notification(words, tmux="TMUX" in os.environ))
        if self._has_bell:
            self.bell()

    def hush(self, *severities: str) -> None:
        """Take the message away; with `severities`, only one of these."""
        if self._said and (not severities or self._said in severities):
            self._said = ""
            self.clear_notifications()

    def send(self, wanted: Command, then: Callable[[str], None] | None = None) -> None:
        """Have the session do it; `then` gets the refusal, empty when it was done. The keys stay alive meanwhile."""
        self.run_worker(self._dispatch(wanted, then), group="dispatch", description=type(wanted).__name__)

    def take(self, offer: Offer, row: str) -> None:
        """Do what was offered: at once, or after what it needs."""
        plan = self.driver.state.plan
        if offer.refusal:
            self.say(offer.refusal)
        elif offer.needs == "":
            self.send(command(offer, row))
        elif offer.needs == "yes":
            self._confirm(heading(plan, row, offer), [offer.prompt], row, lambda: self.send(command(offer, row)))
        elif offer.action == "gate.go":
            self.push_screen(Reasons(offer, row, offer.titles))
        elif offer.needs == "choice":
            self.push_screen(Choice(question(plan, row, offer)))
        else:
            self.push_screen(Words(question(plan, row, offer)))

    def open_gate(self, phase: str = "") -> None:
        """The gate of a row, else the one that is next; asks everything where nobody has, or not lately."""
        scene = self.scene()
        part = scene.state.plan.phase(phase)
        if not (isinstance(part, Phase) and part.is_gate):
            part = next_gate(scene.state, scene.now)
        if part is None:
            self.say("No gate is to be decided now.")
            return
        if gate.wants_asking(scene, part.id):
            opening = next((offer for offer in offers(scene, part.id) if offer.action == "gate.open"), None)
            if opening is not None and opening.refusal is None:
                self.take(opening, part.id)
        self.push_screen(GateScreen(part.id))

    def open_rollback(self, row: str = "") -> None:
        """The way back, over whatever is on the screen."""
        if not self.driver.state.plan.rollback:
            self.say("The plan names no way back. Roll back in Railway's dashboard.")
        elif any(isinstance(screen, RollbackScreen) for screen in self.screen_stack):
            self.say("The way back is open below. esc goes there.")
        else:
            self.push_screen(RollbackScreen(row))

    def act_rollback_open(self) -> None:
        row = self.screen.row_id if isinstance(self.screen, RunScreen) else ""
        self.open_rollback(row)

    def act_help_open(self) -> None:
        self.push_screen(Page("Keys", lambda _, width: key_lines(self.keymap, width)))

    def act_palette_open(self) -> None:
        if isinstance(self.screen, RunScreen):
            self.push_screen(PaletteScreen(self.screen.context))
        else:
            self.say("The palette opens from the run's own screen. esc goes back to it.")

    def choose(self, entry: Entry) -> None:
        """What was chosen in the palette."""
        if entry.kind == "row":
            self._run_screen.go_to(entry.id.removeprefix("row:"))
        else:
            self._run_screen.perform((BY_ID[entry.id],))

    def ask_to_leave(self) -> None:
        """Leave at once where the run is closed, else after a yes."""
        if self.driver.state.is_closed:
            self.depart()
            return
        monitor = next((one for one in self.scene().live.others if one.role is Role.MONITOR), None)
        asked = "nothing is asked" if monitor is None else f"the monitor in {foreign(monitor.words, limit=80)} asks"
        words = [f"Leave the screen? The run stays open and recorded, and {asked} meanwhile.", self.way_on]
        self._confirm("Leave", words, "", self.depart)

    def depart(self) -> None:
        """End the screen; an ended runner makes the status 1."""
        self.exit(return_code=1 if self.fault else 0)

    def permit_without_record(self, typed: str) -> bool:
        """Hand on the words that let the way back go on without a record, where the journal cannot be written."""
        return bool(self.driver.scene().live.journal_trouble) and self.driver.permit_without_record(typed)

    def panic(self, *renderables: Any) -> None:  # noqa: ARG002  (Textual's own; what it would print holds local variables)
        """The terminal has gone, or a part of Textual broke."""
        self._panic = self._panic or RuntimeError("The terminal's input ended.")
        self._return_code = self._return_code or 1
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        """No traceback reaches an operator: `terminal.run` keeps it, and says where."""
        self._close_messages_no_wait()

    def _confirm(self, head: str, words: Sequence[str], row: str, yes: Callable[[], None]) -> None:
        self.push_screen(Confirm(head, words, row, yes, asked_by=self.pressed))

    @property
    def _run_screen(self) -> RunScreen:
        return next(screen for screen in self.screen_stack if isinstance(screen, RunScreen))

    def _take_theme(self, name: str, folders: Sequence[Path]) -> None:
        """Set the look before the first paint; few colours, or none wanted, mean the terminal's own."""
        looks, complaints = themes.load(*folders)
        if name not in looks:
            complaints = (*complaints, f"There is no theme '{name}'. There are {', '.join(sorted(looks))}.")
        if self.no_color or self.console.color_system in _FEW_COLOURS:
            name = themes.TERMINAL
        self.look = looks.get(name) or looks.get(themes.DEFAULT) or looks[themes.TERMINAL]
        self._complaints = (*self._complaints, *complaints)
        self.register_theme(self.look.theme)
        self.theme = self.look.name
        self.stylesheet = Stylesheet(variables=self.get_css_variables())

    async def _run_background(self) -> None:
        assert self._background is not None
        await self._background()

    async def _dispatch(self, wanted: Command, then: Callable[[str], None] | None) -> None:
        outcome = await self.driver.dispatch(wanted)
        refusal = outcome.reason if isinstance(outcome, Refusal) else ""
        if then is not None:
            then(refusal)
        elif refusal:
            self.say(refusal)
        self.refresh_scene()

    def _on_news(self, _: State) -> None:
        if not self._is_pending and self.is_running:
            self._is_pending = True
            gap = _CALM_GAP if self.is_calm else _GAP
            self.set_timer(max(0.001, gap - (monotonic() - self._painted)), self._paint_news)

    def _paint_news(self) -> None:
        self._is_pending = False
        self.refresh_scene()

    def _ring(self, scene: Scene) -> None:
        """Ring once for each new alarm, and say it."""
        ringing = alarms(scene.state, scene.now)
        new = [words for key, words in ringing.items() if key not in self._rung]
        if new:
            self._rung |= ringing.keys()
            words = new[0] if len(new) == 1 else f"{new[0]} And {len(new) - 1} more."
            self.alarm(f"{scene.state.plan.name}: {words}")
            self.say(words, severity="error")
