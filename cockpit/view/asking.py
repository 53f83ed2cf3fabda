"""What a check of a measure or of this machine asks, in words, and how its source knows that it saw anything."""

from __future__ import annotations

import shlex

from cockpit.core.plan.check import (
    FileCheck,
    GitCheck,
    IssuesCheck,
    MetricCheck,
    QueryCheck,
    Question,
    RunsCheck,
    ShellCheck,
)
from cockpit.core.span import show_span
from cockpit.view.fit import foreign


def asks_in_words(check: Question) -> str:
    """The question, on one line."""
    match check:
        case MetricCheck():
            return _metric(check)
        case QueryCheck():
            return " ".join(check.promql.split())
        case RunsCheck(of=str(of)):
            return f"Inngest: {'runs of the event' if check.inngest == 'event' else 'the run'} that {of} names"
        case RunsCheck():
            over = f" over {show_span(check.over)}" if check.over is not None else " now"
            return f"Inngest: {check.inngest} of {check.function or 'all functions'}{over}"
        case IssuesCheck():
            return f"Sentry: issues of {check.project} first seen since {check.since}: {check.issues or 'all'}"
        case ShellCheck():
            return check.run[0] if check.shell else shlex.join(check.run)
        case GitCheck(git="tag"):
            return f"git: where is the tag {check.tag} on the remote"
        case GitCheck(git="between"):
            return f"git: commits between {check.from_} and {check.to}"
        case GitCheck():
            return "git: what is checked out, and is it clean"
        case FileCheck():
            return f"file {check.file}"
    return check.source


def trial_in_words(check: Question) -> str:
    """What begins with a trial, for whoever confirms it; empty for a check that only reads."""
    if not check.is_trial:
        return ""
    seconds = show_span(check.deadline)
    return (
        f"This writes to {foreign(check.on, limit=60)} and is rolled back, whatever comes of it. "
        f"For {seconds} at most it holds its locks; sequences move on. Try it?"
    )


def own_control(check: Question) -> str | None:
    """The control that a source brings with it, where it does."""
    match check:
        case MetricCheck():
            return "every target answers, the metric is there, and the window is covered by samples"
        case QueryCheck():
            return f"{check.exists} has series" if check.exists else "the answer is not empty"
        case RunsCheck(inngest="event" | "run"):
            return "Inngest knows what the id names"
        case RunsCheck():
            return "the export counts this function, the window is covered, and some run ended in it"
        case IssuesCheck():
            return "the project is there, has ever received an event, and its whole list was read"
        case ShellCheck():
            return "the command ran, its whole output was read, and it ended as one that could look"
        case GitCheck():
            return "it is a repository, and what is named is there"
        case FileCheck():
            return "the file is there and was read"
    return None


def _metric(check: MetricCheck) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in check.where.items())
    series = f"{check.metric}{{{labels}}}" if labels else check.metric
    word = "increase of" if check.increase is not None else "rate of"
    grown = f"{word} {series} over {show_span(check.window)}" if check.window is not None else series
    return f"{grown} by {', '.join(check.by)}" if check.by else grown
