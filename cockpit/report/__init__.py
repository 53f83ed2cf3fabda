"""A run as a record: the runbook's own page with every blank filled in, or the same for machines. Pure."""

from cockpit.report.markdown import markdown
from cockpit.report.record import record

__all__ = ["markdown", "record"]
