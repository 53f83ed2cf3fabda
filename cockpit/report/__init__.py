"""A run as a record: `markdown`, the runbook's own page with every blank filled in, and `record`, the same as JSON."""
