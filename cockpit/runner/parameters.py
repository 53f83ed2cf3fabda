"""What `$1`, `$2`, ... of a statement stand for: answers of people and moments of the run."""

from __future__ import annotations

from cockpit.core.answers import value_of
from cockpit.core.plan.action import Action, is_commit
from cockpit.errors import SourceError
from cockpit.session import Session


def parameter(session: Session, name: str) -> object:
    """The value of an ask, typed as its plan says, or of `time of ANCHOR`. Raises SourceError where there is none."""
    state = session.state
    if name.startswith("time of "):
        at = state.anchors.get(name.removeprefix("time of "))
        if at is None:
            raise SourceError(f"The {name} has not come.", "Wait for it.")
        return at
    answered = state.asks.get(name)
    if answered is None:
        raise SourceError(f"{name} is not answered.", "Answer it first.")
    text = session.secret_answers.get(name) if answered.secret else answered.value
    if text is None:
        raise SourceError(f"{name} was secret and is forgotten.", "Answer it again.")
    ask = state.plan.asks.get(name)
    if ask is None:
        raise SourceError(f"The plan asks for no {name} any more.", "Amend the plan.")
    try:
        return value_of(ask, text)
    except ValueError as error:  # what kind of answer the plan wants may have been amended since
        words = f"The answer to {name} does not fit any more." if answered.secret else f"{name}: {error}"
        raise SourceError(words, "Answer it again.") from None


def wanted_commit(session: Session, action: Action) -> str | None:
    """The commit a deploy builds, as the plan or an answer says; None where neither does. Raises SourceError."""
    if action.commit_ask is None:
        return action.commit
    answer = str(parameter(session, action.commit_ask)).strip().lower()
    if not is_commit(answer):
        what = f"The answer to {action.commit_ask} is no commit's hash."
        raise SourceError(what, "Answer with 7 to 40 of its digits.")
    return answer
