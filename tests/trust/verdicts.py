"""What a check means, asked of a real system as a run would ask it."""

from __future__ import annotations

from datetime import UTC, datetime

from cockpit.core.plan import Question
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import Judged, judge, judge_error, value_of
from cockpit.errors import CockpitError
from cockpit.ports import Asking, Source


async def judged(source: Source, check: Question, asking: Asking | None = None) -> Judged:
    """The verdict and why, of a check that was never asked before."""
    try:
        answer = await source.ask(check, asking or Asking())
    except CockpitError as error:
        return judge_error(error)
    finally:
        await source.close()
    return judge(check, answer, own_series((), datetime.now(UTC), None, value_of(answer)))
