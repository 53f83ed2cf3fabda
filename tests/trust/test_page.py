"""The page about checks that pass while they see nothing: each of its rows has a test, and each test a row."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "trust.md").read_text(encoding="utf-8")
ROWS = {
    "no orphans: `count(*)`": "test_orphans_hidden_by_row_security_are_no_zero",
    "how long the oldest report runs": "test_a_window_that_cuts_at_two_hours_hides_what_is_older",
    "no new orphans, 5 minutes": "test_a_report_that_a_deploy_broke_needs_two_hours_to_be_called_stuck",
    "heartbeats: each type": "test_a_worker_type_without_a_row_is_missed_by_the_expected_set",
    "a worker says `running`": "test_a_dead_worker_still_says_running_and_its_silence_tells",
    "no session idles": "test_sessions_of_others_are_not_seen_without_the_right_to",
    "nobody has dangerous grants": "test_a_dangerous_grant_is_asked_for_by_privilege_and_not_by_a_view_that_hides",
    "reports with status `complete`": "test_a_literal_that_the_column_never_holds_is_blind",
    "no orphans in `reports`": "test_a_table_of_the_same_name_in_another_schema_is_not_the_one_meant",
    "no report failed: the list": "test_a_row_beyond_those_that_are_read_may_be_the_one_that_failed",
    "both variables are absent: `railway": "test_a_login_that_failed_is_not_the_absence_of_variables",
    "the tree is clean": "test_git_status_ends_well_on_a_tree_that_is_not_clean",
    "the tag is pushed": "test_a_tag_that_was_never_pushed_is_here_and_not_on_the_remote",
    "the backup was taken": "test_a_backup_is_a_file_of_some_size_and_of_today_and_no_exit",
    "the load test had no failures": "test_a_grep_of_the_file_that_never_holds_the_line_finds_no_failures",
    "both variables are absent |": "test_a_token_that_is_not_accepted_is_not_the_absence_of_variables",
    "the variables are applied": "test_what_is_configured_has_not_reached_the_instance_that_runs",
    "all instances are ready": "test_one_address_reaches_one_replica_and_says_nothing_of_the_others",
    "the page of reports answers": "test_a_page_to_sign_in_is_not_the_page_that_was_asked",
    "the API is healthy": "test_a_cache_says_what_a_server_that_is_gone_once_said",
    "the page of status does not say": "test_a_page_that_cannot_be_read_does_not_lack_the_word",
    "few requests failed": "test_metrics_that_are_cut_off_within_a_number_are_not_a_small_number",
    "the service runs": "test_one_healthy_replica_is_not_all_that_are_configured",
}
"""How a row begins, and the test that proves it."""


def proofs() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in HERE.glob("test_*_blindness.py")]
    named = [node.name for tree in trees for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]
    return {name for name in named if name.startswith("test_")}


@pytest.mark.parametrize("begins", ROWS)
def test_a_row_stands_there_once(begins: str) -> None:
    assert PAGE.count(f"\n| {begins}") == 1


def test_each_row_has_its_test_and_each_test_its_row() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| asked")]
    assert len(lines) == len(ROWS)
    assert set(ROWS.values()) == proofs()
