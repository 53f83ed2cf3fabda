"""The commands. Everything heavy is imported inside the function that needs it: `--help` costs nothing.

Exit codes: 0 done or all pass; 1 a check failed, a connection does not work or an ending was missed; 2 nothing was
done: bad usage, plan, settings or record; 3 could not tell; 70 an error of our own; 130 interrupted.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cockpit import __version__
from cockpit.core.text.inert import inert
from cockpit.errors import CockpitError, PlanError, SettingsError

SCENARIOS = (
    "calm", "stuck-reports", "health-fails", "drain-overruns", "regression", "reservations-leak", "worker-crash-loop",
)  # fmt: skip
"""For `--help`; the simulator itself says which it knows."""

PROJECTS = ("reports", "invoices")
"""Stand-ins for a project, likewise; the first for any plan that names neither."""

FASTEST = 100_000
"""Plan seconds a second; the simulator takes no more."""

SAMPLE = "sample-config.toml"
"""The plan that travels with Cockpit."""

CARRIED = ("migration", "workers")
"""The plans beside it, by name: a folder of their own, `plans/`."""

UNDONE, CRASHED, INTERRUPTED = 2, 70, 130

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """The console script. Errors for people go to stderr; no traceback reaches an operator."""
    arguments = _parser().parse_args(argv)
    _print_anything()
    try:
        _stand_in_sample(arguments)
        code = _command(arguments.command)(arguments)
        sys.stdout.flush()
        return code
    except (PlanError, SettingsError) as error:
        return _refused(*error.complaints, str(error))
    except CockpitError as error:
        return _refused(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()
        return 1
    except OSError as error:
        return _unprintable(error) if _is_of_output(error) else _crashed(error, arguments)
    except Exception as error:  # noqa: BLE001  (the last resort: two sentences, and an account for who mends it)
        return _crashed(error, arguments)


def _refused(*texts: str) -> int:
    """Text of the plan or of the outside may stand in it: it reaches the terminal inert, line by line."""
    for line in "\n".join(texts).split("\n"):
        print(inert(line), file=sys.stderr)
    return UNDONE


def _crashed(error: Exception, arguments: argparse.Namespace) -> int:
    from cockpit import crash, paths

    vault = getattr(arguments, "vault", None)
    clean = crash.redact_environment()
    where = crash.keep(
        error, paths.state_folder() / "crashes", lambda text: clean(vault.redact(text) if vault else text)
    )
    print(f"Cockpit met an error of its own: {where}. What was recorded before it stays; report it.", file=sys.stderr)
    return CRASHED


def _unprintable(error: OSError) -> int:
    _give_up_output()
    return _refused(f"What was to be printed could not be written: {error.strerror}. Write it elsewhere.")


def _is_of_output(error: OSError) -> bool:
    """Whether the place that stdout leads to is full or broken: such an error names no file."""
    return error.filename is None and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}


def _give_up_output() -> None:
    """Keep the interpreter from trying again, and complaining, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _print_anything() -> None:
    """A terminal that is no UTF-8 shows `?` where it has no such character."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _stand_in_sample(arguments: argparse.Namespace) -> None:
    """Where no such file lies in this folder, the sample plan is the one that travels with Cockpit."""
    if getattr(arguments, "plan", None) != SAMPLE or arguments.command == "run" or Path(SAMPLE).exists():
        return
    from cockpit.cli import sample

    arguments.plan = str(sample.path())
    print(f"No {SAMPLE} lies here: this is the one that travels with Cockpit, {arguments.plan}.", file=sys.stderr)


def _command(name: str) -> Command:
    from importlib import import_module

    rooms = {
        "screen": ("run", "resume", "demo"),
        "rehearsal": ("rehearse", "simulator"),
        "plans": ("lint", "schema", "keys", "config"),
        "records": ("runs", "status", "report"),
        "amendment": ("amend",),
        "monitor": ("monitor",),
        "checks": ("check",),
        "doctor": ("doctor",),
    }
    room = next(room for room, names in rooms.items() if name in names)
    command: Command = getattr(import_module(f"cockpit.cli.{room}"), name)
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cockpit", description="A terminal cockpit for production deploys.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"cockpit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _screen_commands(commands)
    _rehearsal_commands(commands)
    _plan_commands(commands)
    _record_commands(commands)
    _check_commands(commands)
    return parser


Commands = Any
"""argparse has no public name for what `add_subparsers` returns."""


def _add(commands: Commands, name: str, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
    return parser


def _screen_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="operator", metavar="NAME", help="who acts (default: your login)")
    parser.add_argument("--theme", metavar="NAME", help="night or day (default: from your settings)")
    parser.add_argument("--calm", action="store_true", help="repaint less, for slow lines")


def _environment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-e", "--environment", metavar="NAME", help="the environment of the plan to use")


def _pace_options(parser: argparse.ArgumentParser, *, speed: float, watch_speed: float) -> None:
    words = f"what goes wrong: {', '.join(SCENARIOS)}"
    parser.add_argument("--scenario", choices=SCENARIOS, default="calm", metavar="NAME", help=words)
    words = "plan time per real time, until only timers remain"
    parser.add_argument("--speed", type=_speed, default=speed, metavar="N", help=words)
    parser.add_argument("--watch-speed", type=_speed, default=watch_speed, metavar="N", help="the same, from there on")


def _speed(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= FASTEST:
        raise argparse.ArgumentTypeError(f"'{text}' is no speed. Give a number above zero, such as 60.")
    return number


def _screen_commands(commands: Commands) -> None:
    demo = _add(commands, "demo", "rehearse the sample plan on the screen; everything embedded")
    words = f"another plan that travels with Cockpit: {', '.join(CARRIED)}"
    demo.add_argument("--plan", dest="carried", choices=CARRIED, metavar="NAME", help=words)
    _screen_options(demo)
    _pace_options(demo, speed=20, watch_speed=2400)
    run = _add(commands, "run", "start a run of a plan")
    run.add_argument("plan", metavar="PLAN")
    _environment(run)
    _screen_options(run)
    resume = _add(commands, "resume", "go on with a run")
    words = "id, unique prefix or file (default: the newest open run)"
    resume.add_argument("run", nargs="?", metavar="RUN", help=words)
    resume.add_argument("--auto", action="store_true", help="a rehearsal goes on by script, without a screen")
    words = "with --auto, judge by the ending of this scenario (default: the one that is played)"
    resume.add_argument("--judge", choices=SCENARIOS, metavar="NAME", help=words)
    resume.add_argument("--speed", type=_speed, default=20, metavar="N")
    resume.add_argument("--watch-speed", type=_speed, default=2400, metavar="N")
    _screen_options(resume)


def _rehearsal_commands(commands: Commands) -> None:
    rehearse = _add(commands, "rehearse", "a plan against the stand-in world")
    rehearse.add_argument("plan", metavar="PLAN")
    rehearse.add_argument("--auto", action="store_true", help="driven by script; exit 0 only at the scenario's ending")
    words = "judge by the ending of this scenario (default: --scenario)"
    rehearse.add_argument("--judge", choices=SCENARIOS, metavar="NAME", help=words)
    rehearse.add_argument("--state", metavar="DIR", help="where the stand-in world lives")
    _environment(rehearse)
    _screen_options(rehearse)
    _pace_options(rehearse, speed=20, watch_speed=2400)
    simulator = _add(commands, "simulator", "the stand-in world alone, as a process; prints its addresses as JSON")
    simulator.add_argument("--state", required=True, metavar="DIR", help="its ledger and database")
    simulator.add_argument("--scenario", choices=SCENARIOS, default="calm", metavar="NAME")
    simulator.add_argument("--project", choices=PROJECTS, default=PROJECTS[0], metavar="NAME", help=", ".join(PROJECTS))
    words = "the environment that is played (default: production)"
    simulator.add_argument("--environment", default="production", metavar="NAME", help=words)
    simulator.add_argument("--speed", type=_speed, default=1.0, metavar="N")
    simulator.add_argument("--keep", action="store_true", help="stay when the last client has gone")
    words = "what goes wrong from the start: NAME or NAME:operation=Deploy,count=1; may be given again"
    simulator.add_argument("--fault", action="append", default=[], metavar="FAULT", help=words)
    words = "seconds by which Railway's clock is ahead of the one that is told; may be negative"
    simulator.add_argument("--skew", type=float, default=0.0, metavar="SECONDS", help=words)


def _plan_commands(commands: Commands) -> None:
    lint = _add(commands, "lint", "complaints about a plan, and advice")
    lint.add_argument("plan", metavar="PLAN")
    _environment(lint)
    _add(commands, "schema", "the JSON Schema of the plan file")
    _add(commands, "keys", "the key table, as Markdown")
    config = _add(commands, "config", "your own settings")
    config.add_argument("--print", action="store_true", dest="show", required=True, help="as TOML, defaults included")


def _record_commands(commands: Commands) -> None:
    _add(commands, "runs", "list the runs on this machine")
    status = _add(commands, "status", "where a run stands, in one line or as JSON")
    words = "id, unique prefix or file (default: the newest open run, else the newest)"
    status.add_argument("run", nargs="?", metavar="RUN", help=words)
    status.add_argument("--json", action="store_true")
    report = _add(commands, "report", "the record of a run")
    report.add_argument("run", nargs="?", metavar="RUN", help="id, unique prefix or file (default: the newest)")
    report.add_argument("--format", choices=("md", "json"), default="md")
    report.add_argument("-o", "--output", metavar="FILE", help="write it there instead of to the terminal")
    monitor = _add(commands, "monitor", "keep a run's watch without a screen: 0 all quiet, 1 alarm, 3 could not tell")
    words = "id, unique prefix or file (default: the newest open run)"
    monitor.add_argument("run", nargs="?", metavar="RUN", help=words)
    monitor.add_argument("--json", action="store_true", help="one object a line")
    monitor.add_argument("--as", dest="operator", metavar="NAME", help="who keeps it (default: your login)")
    words = "in a rehearsal, plan time per real time while nobody drives"
    monitor.add_argument("--speed", type=_speed, default=20, metavar="N", help=words)
    words = "the same, once only timers remain"
    monitor.add_argument("--watch-speed", type=_speed, default=2400, metavar="N", help=words)
    amend = _add(commands, "amend", "take a changed plan into a run")
    amend.add_argument("run", metavar="RUN", help="id, unique prefix or file")
    amend.add_argument("--plan", metavar="PLAN", help="the changed file (default: the one the run was opened with)")
    amend.add_argument("--yes", action="store_true", help="do not ask")
    amend.add_argument("--as", dest="operator", metavar="NAME", help="who acts (default: your login)")
    _environment(amend)


def _check_commands(commands: Commands) -> None:
    check = _add(commands, "check", "ask a plan's checks without a screen: 0 pass, 1 fail, 3 could not tell")
    check.add_argument("plan", metavar="PLAN")
    check.add_argument("--phase", metavar="TITLE", help="only the checks of this phase (id or title)")
    check.add_argument("--format", choices=("text", "json", "junit"), default="text", help="as what it is printed")
    check.add_argument("--json", action="store_const", dest="format", const="json", help="the same as --format json")
    words = "carry out checks with mutates = true, too: they write, and are rolled back"
    check.add_argument("--try", action="store_true", dest="trials", help=words)
    words = "ask again and again, a line where a verdict changes; ends with the last round's status"
    check.add_argument("--every", metavar="SPAN", help=words)
    words = "with --every, end with the first round that passes, or fails"
    check.add_argument("--until", choices=("pass", "fail"), help=words)
    check.add_argument("--for", dest="longest", metavar="SPAN", help="with --every, at most so long")
    check.add_argument("--answer", action="append", default=[], metavar="ASK=VALUE", help="answer an ask; repeatable")
    _environment(check)
    words = "whether a plan's connections work, with which rights, and which checks they could not judge"
    doctor = _add(commands, "doctor", words)
    doctor.add_argument("plan", metavar="PLAN")
    doctor.add_argument("--json", action="store_true", help="as one JSON object")
    _environment(doctor)
