"""Checks of runbooks that pass while they see nothing: the naive form passes, the trusted one does not and says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from cockpit.adapters.postgres import Postgres
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.reading import Verdict
from cockpit.core.reading.judgement import Judged
from cockpit.ports import Asking
from tests.trust.verdicts import judged

if TYPE_CHECKING:
    from tests.conftest import Database


async def verdict(database: Database, sql: str, *parameters: object, row_security: str = "off", **more: Any) -> Judged:
    """What a check means when the role that only reads asks it."""
    check = PostgresCheck.model_validate({"on": "db", "sql": sql, **more})
    return await judged(Postgres("db", database.url, row_security=row_security), check, Asking(parameters))


REPORTS = "create table reports (status text, created_at timestamptz)"
ORPHAN = "insert into reports values ('in_progress', now() - interval '5 hours')"


async def test_orphans_hidden_by_row_security_are_no_zero(database: Database) -> None:
    database.run(REPORTS, ORPHAN, "alter table reports enable row level security")
    orphans = "select count(*) from reports where status = 'in_progress'"
    naive = await verdict(database, orphans, row_security="policy", **{"pass": "value == 0"})
    refused = await verdict(database, orphans, **{"pass": "value == 0"})
    seen = "select exists (select from reports)"
    blind = await verdict(database, orphans, row_security="policy", seen=seen, **{"pass": "value == 0"})
    assert naive.verdict is Verdict.PASS
    assert (refused.verdict, blind.verdict) == (Verdict.ERROR, Verdict.BLIND)
    assert "row-level security" in refused.because
    assert seen in blind.because


async def test_a_window_that_cuts_at_two_hours_hides_what_is_older(database: Database) -> None:
    database.run(REPORTS, ORPHAN, "insert into reports values ('in_progress', now() - interval '10 minutes')")
    oldest = "select max(now() - created_at) from reports where status = 'in_progress'"
    young = {"pass": "value < duration('90m')"}
    naive = await verdict(database, f"{oldest} and created_at > now() - interval '2 hours'", **young)
    ours = await verdict(database, oldest, **young)
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "5h" in ours.because


async def test_a_report_that_a_deploy_broke_needs_two_hours_to_be_called_stuck(database: Database) -> None:
    broken = "insert into reports values ('in_progress', now() - interval '5 minutes')"
    database.run(REPORTS, broken, "insert into reports values ('completed', now() - interval '1 day')")
    stuck = "select count(*) from reports where status = 'in_progress' and created_at < now() - interval '2 hours'"
    naive = await verdict(database, stuck, **{"pass": "value == 0"})
    old_enough = "select $1 <= now() - interval '2 hours'"
    bound: dict[str, Any] = {"with": ["time of deploy_web"], "seen": old_enough, "pass": "value == 0"}
    now = datetime.now(UTC)
    early = await verdict(database, stuck, now - timedelta(minutes=5), **bound)
    database.run("update reports set created_at = created_at - interval '3 hours'")
    late = await verdict(database, stuck, now - timedelta(hours=3), **bound)
    assert (naive.verdict, early.verdict, late.verdict) == (Verdict.PASS, Verdict.BLIND, Verdict.FAIL)
    assert old_enough in early.because


async def test_a_worker_type_without_a_row_is_missed_by_the_expected_set(database: Database) -> None:
    database.run("create table workers as select 'api' as kind, 'running' as status")
    beats = "select kind, count(*) as beats from workers where status = 'running' group by kind"
    naive = await verdict(database, beats, **{"pass": "rows.all(r, r.beats >= 1)"})
    expected = "['api', 'pdf'].all(kind, rows.exists(r, r.kind == kind && r.beats >= 1))"
    ours = await verdict(database, beats, **{"pass": expected})
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "'pdf'" in ours.because


async def test_a_dead_worker_still_says_running_and_its_silence_tells(database: Database) -> None:
    database.run("create table workers as select 'running' as status, now() - interval '3 hours' as beat")
    worker = "select status, now() - beat as silent from workers"
    naive = await verdict(database, worker, **{"pass": "row.status == 'running'"})
    ours = await verdict(database, worker, **{"pass": "row.status == 'running' && row.silent <= duration('5m')"})
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "3h" in ours.because


async def test_sessions_of_others_are_not_seen_without_the_right_to(database: Database) -> None:
    database.run(REPORTS)
    held = (
        "select count(*) from pg_stat_activity "
        "where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()"
    )
    with psycopg.connect(database.owner_url) as holder:
        holder.execute("lock table reports in access exclusive mode")
        assert database.run(held, role="postgres") == [(1,)]
        naive = await verdict(database, held, **{"pass": "value == 0"})
        seen = "select pg_has_role(current_user, 'pg_read_all_stats', 'usage')"
        ours = await verdict(database, held, seen=seen, **{"pass": "value == 0"})
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.BLIND)
    assert "pg_read_all_stats" in ours.because


async def test_a_dangerous_grant_is_asked_for_by_privilege_and_not_by_a_view_that_hides(database: Database) -> None:
    database.run(REPORTS, "grant insert on reports to pg_monitor")
    listed = "select count(*) from information_schema.role_table_grants where privilege_type = 'INSERT'"
    naive = await verdict(database, listed, **{"pass": "value == 0"})
    asked = "select has_table_privilege('pg_monitor', 'public.reports', 'insert')"
    ours = await verdict(database, asked, **{"pass": "value == false"})
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert "true" in ours.because


async def test_a_literal_that_the_column_never_holds_is_blind(database: Database) -> None:
    database.run(REPORTS, "insert into reports values ('completed', null)")
    broken = "select count(*) from reports where status = 'complete' and created_at is null"
    naive = await verdict(database, broken, **{"pass": "value == 0"})
    seen = "select exists (select from reports where status = 'complete')"
    ours = await verdict(database, broken, seen=seen, **{"pass": "value == 0"})
    assert (naive.verdict, ours.verdict) == (Verdict.PASS, Verdict.BLIND)
    assert "'complete'" in ours.because


@pytest.mark.parametrize(("path", "expected"), [("shadow, public", Verdict.BLIND), ("public, shadow", Verdict.FAIL)])
async def test_a_table_of_the_same_name_in_another_schema_is_not_the_one_meant(
    database: Database, path: str, expected: Verdict
) -> None:
    database.run(REPORTS, ORPHAN, "create schema shadow", "create table shadow.reports (like public.reports)")
    database.run(f"alter role cockpit_reader in database {database.name} set search_path = {path}", role="postgres")
    orphans = "select count(*) from reports where status = 'in_progress'"
    naive = await verdict(database, orphans, **{"pass": "value == 0"})
    seen = "select 'reports'::regclass = 'public.reports'::regclass"
    ours = await verdict(database, orphans, seen=seen, **{"pass": "value == 0"})
    assert naive.verdict is (Verdict.PASS if expected is Verdict.BLIND else Verdict.FAIL)
    assert ours.verdict is expected


async def test_a_row_beyond_those_that_are_read_may_be_the_one_that_failed(database: Database) -> None:
    database.run(REPORTS, "insert into reports select 'done' from generate_series(1, 1000)")
    none_failed = {"pass": "rows.all(r, r.status != 'failed')"}
    short = await verdict(database, "select status from reports order by created_at limit 1000", **none_failed)
    database.run("insert into reports values ('failed', now())")
    naive = await verdict(
        database, "select status from reports order by created_at nulls first limit 1000", **none_failed
    )
    blind = await verdict(database, "select status from reports order by created_at nulls first", **none_failed)
    assert (short.verdict, naive.verdict, blind.verdict) == (Verdict.PASS, Verdict.PASS, Verdict.BLIND)
    assert "Of more rows the first 1000 were looked at" in blind.because
