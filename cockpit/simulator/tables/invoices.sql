-- An invoice service's database: files come in, workers read them and write reminders.
--
-- A job comes every 20 seconds; two of three are files to import, the third is a reminder to write. Workers are the
-- replicas that run: each takes a job at a time and is done with it after 12 seconds. Whatever the number of calls,
-- the rows of a plan instant are the same. Everything here may be run again.

create schema if not exists ops;
create schema if not exists intake;
create schema if not exists reminders;

do $$ begin
    if to_regtype('ops.job_status') is null then
        create type ops.job_status as enum ('pending', 'processing', 'completed', 'failed');
    end if;
end $$;

create table if not exists public.schema_changes (
    version    text primary key,
    applied_at timestamptz not null
);

create table if not exists ops.jobs (
    id         uuid primary key,
    number     integer not null unique,
    kind       text not null check (kind in ('import', 'remind')),
    status     ops.job_status not null,
    worker     text,
    error      text,
    created_at timestamptz not null,
    locked_at  timestamptz,
    updated_at timestamptz not null
);
create index if not exists jobs_by_status on ops.jobs (status, kind, number);

-- What workers say of themselves. One that was killed says for ever that it runs.
create table if not exists ops.heartbeats (
    worker  text primary key,
    type    text not null,
    status  text not null check (status in ('starting', 'running', 'stopped')),
    version text not null,
    beat_at timestamptz not null
);

create table if not exists ops.intake_events (
    job_id     uuid not null references ops.jobs,
    created_at timestamptz not null,
    event      text not null,
    primary key (job_id, event)
);

create table if not exists intake.batches (
    id         uuid primary key references ops.jobs,
    source     text not null,
    status     text not null check (status in ('received', 'completed')),
    created_at timestamptz not null
);

create table if not exists intake.rows (
    batch_id   uuid not null references intake.batches,
    number     integer not null,
    status     text not null check (status in ('valid', 'failed')),
    created_at timestamptz not null,
    primary key (batch_id, number)
);

create table if not exists reminders.letters (
    job_id     uuid primary key references ops.jobs,
    created_at timestamptz not null
);

-- Who runs now, as the platform has it; `since` it works, `free_at` it takes its next job.
create table if not exists sim.workers (
    worker  text primary key,
    type    text not null,
    version text not null,
    is_new  boolean not null,
    fails   boolean not null,
    since   timestamptz not null,
    free_at timestamptz not null
);

-- How a worker takes a job: the oldest of its kind that nobody else is about to take.
create or replace function ops.claim_job(worker text, wanted text, at timestamptz default sim.now())
returns setof ops.jobs language sql set search_path = pg_catalog as $$
    update ops.jobs set status = 'processing', worker = $1, locked_at = $3, updated_at = $3
    where id = (
        select id from ops.jobs where status = 'pending' and kind = $2 order by number limit 1 for update skip locked
    )
    returning *
$$;

-- The workers take jobs and write what they make; the public sees what became of its files, and changes nothing.
grant usage on schema ops, intake to invoices_app, web_anon, web_user;
grant select, update on ops.jobs to invoices_app;
grant select on intake.batches to web_anon, web_user;

-- An hour of work that is done, and a worker that was killed days ago.
create or replace function sim.seed_jobs() returns void
language plpgsql set search_path = pg_catalog as $$
declare
    t timestamptz := (select plan from sim.clock);
begin
    if exists (select from ops.jobs) then
        return;
    end if;
    insert into public.schema_changes
    select '000' || n || '_' || (array['invoices', 'queue', 'reminders'])[n], t - (4 - n) * interval '30 days'
    from generate_series(1, 3) as n;
    insert into ops.heartbeats values ('importer-0d1e5a7c', 'importer', 'running', '5c0ffee5', t - interval '3 days');
    perform sim.take_in(-180, 0, t);
    update ops.jobs
    set status = 'processing', worker = 'before', locked_at = created_at + interval '1 second',
        updated_at = created_at + interval '1 second';
    perform sim.finish_jobs(t + interval '1 minute', array['before']);
end $$;

-- Jobs of these numbers come in: a third of the files is one that a robot sends, to see that the path works.
create or replace function sim.take_in(first integer, last integer, began timestamptz) returns void
language sql set search_path = pg_catalog as $$
    insert into ops.jobs (id, number, kind, status, created_at, updated_at)
    select md5('job ' || n)::uuid, n, case when n % 3 in (2, -1) then 'remind' else 'import' end, 'pending',
           came, came
    from generate_series(first, last) as n, lateral (select began + n * interval '20 seconds') as at(came);
    insert into intake.batches
    select id, (array['golden path', 'mail', 'upload'])[1 + abs(number) % 6 / 2], 'received', created_at
    from ops.jobs where kind = 'import' and number between first and last;
    insert into ops.intake_events
    select id, created_at, 'received' from ops.jobs where kind = 'import' and number between first and last;
$$;

-- What is done by `t` of the work of these workers; null means of anybody's, at once.
create or replace function sim.finish_jobs(t timestamptz, whose text[]) returns void
language sql set search_path = pg_catalog as $$
    with done as (
        update ops.jobs set status = 'completed', updated_at = locked_at + interval '12 seconds'
        where status = 'processing' and locked_at + interval '12 seconds' <= t and worker = any (whose)
        returning id, kind, updated_at
    ), read as (
        insert into intake.rows
        select id, n, case when sim.chance('row ' || id || n) < 0.04 then 'failed' else 'valid' end, updated_at
        from done, generate_series(1, 5) as n where kind = 'import'
    ), told as (
        insert into ops.intake_events select id, updated_at, 'completed' from done where kind = 'import'
    ), written as (
        insert into reminders.letters select id, updated_at from done where kind = 'remind'
    )
    update intake.batches set status = 'completed' from done where batches.id = done.id
$$;

-- Move the rows to plan time `t`, worked on by `present`: {"worker", "type", "version", "is_new", "fails", "since"} each.
-- What a worker that has gone was about to do is finished where it `drains`, and else left behind.
create or replace function sim.advance_jobs(t timestamptz, present jsonb, drains boolean) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    began timestamptz;
    gone text[];
    wanted text;
    hand sim.workers;
    starts timestamptz;
    waiting timestamptz;
begin
    update sim.clock set lived = greatest(lived, t) returning started_at into began;
    perform sim.take_in(
        (select max(number) + 1 from ops.jobs), least(20000, floor(extract(epoch from t - began) / 20)::integer), began
    );

    with left_over as (
        delete from sim.workers
        where worker not in (select one ->> 'worker' from jsonb_array_elements(present) as one) returning worker
    )
    select coalesce(array_agg(worker), '{}') into gone from left_over;
    update ops.heartbeats set status = 'stopped' where worker = any (gone);
    if drains then
        perform sim.finish_jobs('infinity', gone);
    end if;
    insert into sim.workers
    select one ->> 'worker', one ->> 'type', one ->> 'version', (one ->> 'is_new')::boolean,
           (one ->> 'fails')::boolean, (one ->> 'since')::timestamptz, (one ->> 'since')::timestamptz
    from jsonb_array_elements(present) as one
    on conflict do nothing;

    -- A beat every 15 seconds; one whose process ends again and again never comes further than its start.
    insert into ops.heartbeats
    select worker, type, case when fails then 'starting' else 'running' end, version,
           greatest(since, to_timestamp(floor(extract(epoch from t) / 15) * 15))
    from sim.workers
    on conflict (worker) do update set status = excluded.status, beat_at = excluded.beat_at;
    perform sim.toll('crashed', count(*)) from sim.workers where fails having count(*) > 0;

    foreach wanted in array array['import', 'remind'] loop
        loop
            select * into hand from sim.workers
            where type = case wanted when 'import' then 'importer' else 'reminder' end and not fails
            order by free_at limit 1;
            exit when not found;
            select min(created_at) into waiting from ops.jobs where status = 'pending' and kind = wanted;
            starts := greatest(hand.free_at, waiting + interval '1 second');
            exit when waiting is null or starts > t;
            perform ops.claim_job(hand.worker, wanted, starts);
            update sim.workers set free_at = starts + interval '12 seconds' where worker = hand.worker;
        end loop;
    end loop;
    perform sim.finish_jobs(t, (select array_agg(worker) from sim.workers));
    perform sim.explain_rows();
end $$;

-- The new importer says why it refused a row, where a plan gave it the table for it.
create or replace function sim.explain_rows() returns void
language plpgsql set search_path = pg_catalog as $$
begin
    if to_regclass('intake.refusals') is not null then
        insert into intake.refusals (batch_id, number, reason)
        select batch_id, number, 'no amount' from intake.rows
        where status = 'failed'
          and created_at > (select min(since) from sim.workers where type = 'importer' and is_new and not fails)
        on conflict do nothing;
    end if;
end $$;
