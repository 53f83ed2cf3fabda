"""The keys that act on the log: following, searching, filtering, reading one line whole, pinning it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from cockpit.core.commands import PinLine
from cockpit.core.text.logline import LogLine
from cockpit.errors import ExpressionError
from cockpit.telemetry import Glance
from cockpit.ui.panes.logs import Logs
from cockpit.ui.screens.reading import Page
from cockpit.view import moment, sieve
from cockpit.view.fit import foreign
from cockpit.view.logs import glance_lines, record_lines
from cockpit.view.needle import needle

if TYPE_CHECKING:
    from cockpit.ui.app import Cockpit


class Host(Protocol):
    """The screen that the log is on."""

    @property
    def cockpit(self) -> Cockpit: ...

    @property
    def row_id(self) -> str: ...

    def refresh_now(self) -> None: ...

    def ask(self, prompt: str, take: Callable[[str], bool], value: str = "") -> None:
        """Have a line typed; asked again while `take` says no."""
        ...


class LogKeys:
    """What the action table's `log.` actions do."""

    def __init__(self, host: Host, logs: Logs) -> None:
        self._host, self._logs = host, logs

    def find(self, words: str) -> bool:
        """Search for words or a pattern, from the newest line backwards; none end the search."""
        wanted = needle(words)
        self._logs.ring.search(wanted)
        if wanted.trouble:
            self._say(f"{wanted.trouble} It is searched for as plain words.")
        if wanted:
            self._go_to_match(-1)
        return True

    def act_log_follow(self) -> None:
        ring = self._logs.ring
        if ring.is_following:
            ring.hold()
        else:
            ring.follow()
        self._host.refresh_now()

    def act_log_level(self) -> None:
        self._logs.next_level()
        self._host.refresh_now()

    def act_log_side(self) -> None:
        self._logs.next_side()
        self._host.refresh_now()

    def act_log_wrap(self) -> None:
        self._logs.ring.wrap()
        self._host.refresh_now()

    def act_log_next(self) -> None:
        self._go_to_match(1)

    def act_log_previous(self) -> None:
        self._go_to_match(-1)

    def act_log_next_error(self) -> None:
        self._go_to_trouble(1)

    def act_log_previous_error(self) -> None:
        self._go_to_trouble(-1)

    def act_log_filter(self) -> None:
        self._host.ask(sieve.USAGE, self._filter, self._logs.sieve.words)

    def act_log_time(self) -> None:
        self._host.ask(moment.USAGE, self._go_to_time)

    def act_log_record(self) -> None:
        entry, logs = self._logs.ring.current, self._logs
        if entry is None:
            self._say("There is no line to read.")
            return
        logs.ring.hold()
        self._host.cockpit.push_screen(
            Page("One log line", lambda _, width: record_lines(entry, width, roles=logs.roles))
        )

    def act_log_pin(self) -> None:
        entry = self._logs.ring.current
        if not isinstance(entry, LogLine):
            self._say("There is no line here to pin.")
            return
        self._logs.ring.hold()
        plan = self._host.cockpit.driver.state.plan
        item = plan.item(self._host.row_id)
        where = "for the whole run" if item is None else f"at '{plan.title_of(item)}'"
        pin = PinLine(entry, None if item is None else item.id)
        self._host.cockpit.send(pin, lambda refusal: self._pinned(refusal, where))

    def act_log_build(self) -> None:
        self._glance("build", "Build log")

    def act_log_requests(self) -> None:
        self._glance("http", "Requests answered, newest last")

    def _glance(self, kind: Literal["build", "http"], heading: str) -> None:
        """Of the cursor's deployment while the log is held, else of the newest."""
        cockpit, ring = self._host.cockpit, self._logs.ring
        state, entry = cockpit.scene().state, ring.current
        if not ring.is_following and isinstance(entry, LogLine) and entry.deployment:
            service, deployment = entry.service, entry.deployment
        elif state.current_rollout is not None:
            service, deployment = state.current_rollout.service, state.current_rollout.deployment
        elif state.targets:
            service, target = next(iter(state.targets.items()))
            deployment = target.id
        else:
            self._say("No deployment is known yet. Hold the log at a line of one.")
            return
        cockpit.driver.glance(Glance(kind, service, deployment))
        role = self._logs.roles.get(deployment, deployment[:8])
        cockpit.push_screen(OtherLog(foreign(f"{heading} · {service}·{role}", limit=70), glance_lines))

    def _pinned(self, refusal: str, where: str) -> None:
        notes = self._host.cockpit.keymap.shown("run.notes")
        self._say(refusal or f"Pinned {where}. It is in the notes ({notes}) and in the report.")

    def _filter(self, words: str) -> bool:
        try:
            self._logs.filter(words)
        except ExpressionError as error:
            self._say(str(error))
            return False
        return True

    def _go_to_time(self, words: str) -> bool:
        at = moment.moment(words, self._host.cockpit.scene().now)
        if words and at is None:
            self._say(f"'{words}' is no time. Type {moment.USAGE}.")
            return False
        if at is not None and not self._logs.go_to_time(at):
            self._say("Nothing that is kept and shown is that new.")
        return True

    def _go_to_match(self, step: int) -> None:
        ring, keys = self._logs.ring, self._host.cockpit.keymap
        if not ring.needle:
            self._say(f"Nothing is searched for. {keys.shown('pane.find')} asks for words.")
        elif (found := ring.next_match(step)) is None:
            key = keys.shown("log.next" if step > 0 else "log.previous")
            self._say(f"Nothing up to here, and more is kept: {key} goes on.")
        elif not found:
            self._say(f"No {_direction(step)} line has '{ring.needle.words}'.")
        self._host.refresh_now()

    def _go_to_trouble(self, step: int) -> None:
        if not self._logs.next_trouble(step):
            self._say(f"No {_direction(step)} line is an error or a gap.")
        self._host.refresh_now()

    def _say(self, words: str) -> None:
        self._host.cockpit.say(words)


def _direction(step: int) -> str:
    return "newer" if step > 0 else "older"


class OtherLog(Page):
    """A build or request log, which is asked again while it is read and is being written."""

    grows = True

    def finish(self) -> None:
        self.cockpit.driver.glance(None)
        super().finish()
