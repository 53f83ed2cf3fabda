-- A report service's database: long reports, written in eight steps.
--
-- `public` is what the service has: reports, steps, token_usage. `sim` is what makes it live: a
-- stream of reports that moves as a function of plan time (`clock.sql`), whatever the number of
-- calls. Everything here may be run again.

do $$
begin
    if to_regtype('public.report_status') is null then
        create type public.report_status as enum ('in_progress', 'completed', 'failed');
    end if;
end $$;

create table if not exists public.reports (
    id         uuid primary key,
    title      text not null,
    status     public.report_status not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index if not exists reports_by_status on public.reports (status, created_at);

create table if not exists public.steps (
    report_id   uuid not null references public.reports on delete cascade,
    number      integer not null check (number between 1 and 8),
    name        text not null,
    tokens      numeric(12, 2) not null,
    finished_at timestamptz not null,
    primary key (report_id, number)
);

create table if not exists public.token_usage (
    report_id uuid primary key references public.reports on delete cascade,
    tokens    numeric(14, 2) not null
);

-- Reports that move by themselves. Orphans and old ones are not in it.
create table if not exists sim.stream (
    report_id  uuid primary key references public.reports on delete cascade,
    number     integer not null unique,
    started_at timestamptz not null,
    open       boolean not null default true
);
create index if not exists stream_open on sim.stream (number) where open;

-- What the bad version did to reports, to be taken back when the old one serves again.
create table if not exists sim.harm (
    report_id uuid primary key references public.reports on delete cascade,
    fails     boolean not null  -- else it has lost steps
);

create or replace function sim.step_name(number integer) returns text
language sql immutable set search_path = pg_catalog as $$
    select (array['plan', 'collect', 'clean', 'analyse', 'compare', 'draft', 'review', 'publish'])[number]
$$;

create or replace function sim.tokens(report_id uuid, number integer) returns numeric
language sql immutable set search_path = pg_catalog as $$
    select round((900 + 4200 * sim.chance(report_id::text || number))::numeric, 2)
$$;

-- Finish the steps of some reports, up to a step.
create or replace function sim.write_steps(report_id uuid, started_at timestamptz, steps integer) returns void
language sql set search_path = pg_catalog as $$
    insert into public.steps (report_id, number, name, tokens, finished_at)
    select $1, n, sim.step_name(n), sim.tokens($1, n), $2 + n * interval '55 seconds'
    from generate_series(1, $3) as n
    on conflict do nothing
$$;

-- The world as it is found: completed, failed and young reports, and `orphans` that an earlier deploy left behind.
create or replace function sim.seed(orphans integer) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    t timestamptz := (select plan from sim.clock);
begin
    if exists (select from public.reports) then
        return;
    end if;

    insert into public.reports
    select case n when 1 then '00000000-0000-4000-8000-000000000001' else md5('completed ' || n)::uuid end,
           'Market overview ' || n, 'completed'::public.report_status,
           t - n * interval '23 minutes' - interval '10 minutes', t - n * interval '23 minutes' - interval '160 seconds'
    from generate_series(1, 50) as n
    union all
    select md5('failed ' || n)::uuid, 'Supplier study ' || n, 'failed',
           t - n * interval '5 hours', t - n * interval '5 hours' + interval '4 minutes'
    from generate_series(1, 2) as n
    union all
    select md5('orphan ' || n)::uuid, 'Interrupted report ' || n, 'in_progress',
           t - interval '26 hours' - n * interval '7 minutes', t - interval '26 hours' - n * interval '4 minutes'
    from generate_series(1, orphans) as n;

    perform sim.write_steps(id, created_at, case status when 'completed' then 8 else 3 end) from public.reports;
    insert into public.token_usage select report_id, sum(tokens) from public.steps group by report_id;

    -- Three are being written; the stream takes them on.
    insert into public.reports
    select md5('stream ' || n)::uuid, 'Quarterly report ' || n, 'in_progress', s, s
    from generate_series(-2, 0) as n, lateral (select t + n * interval '2 minutes') as young(s);
    insert into sim.stream
    select md5('stream ' || n)::uuid, n, t + n * interval '2 minutes' from generate_series(-2, 0) as n;
    perform sim.advance(t, false);
end $$;

-- Move the rows to plan time `t`; `ill` while a version serves that loses steps and fails what was complete.
create or replace function sim.advance(t timestamptz, ill boolean) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    began timestamptz;
    ill_from timestamptz;
begin
    update sim.clock
    set lived = greatest(lived, t), ill_since = case when ill then coalesce(ill_since, t) end
    returning started_at, ill_since into began, ill_from;

    -- A report every 40 seconds, 10,000 in all: four and a half days.
    with due as (
        select n, md5('stream ' || n)::uuid as id, began + n * interval '40 seconds' as born
        from generate_series(
            greatest(1, (select max(number) + 1 from sim.stream)),
            least(10000, floor(extract(epoch from t - began) / 40)::integer)
        ) as n
    ), made as (
        insert into public.reports
        select id, 'Quarterly report ' || n, 'in_progress', born, born from due
        on conflict do nothing
    )
    insert into sim.stream select id, n, born from due on conflict do nothing;

    -- A step every 55 seconds.
    insert into public.steps
    select report_id, n, sim.step_name(n), sim.tokens(report_id, n), started_at + n * interval '55 seconds'
    from sim.stream, generate_series(1, 8) as n
    where open and started_at + n * interval '55 seconds' <= t
    on conflict do nothing;

    with finished as (
        update sim.stream set open = false
        where open and t >= started_at + 8 * interval '55 seconds'
        returning report_id, started_at + 8 * interval '55 seconds' as done
    ), spent as (
        insert into public.token_usage
        select report_id, sum(sim.tokens(report_id, n)) from finished, generate_series(1, 8) as n group by report_id
        on conflict do nothing
    ), harmed as (
        insert into sim.harm select report_id, false from finished where done > ill_from
        on conflict do nothing
    )
    update public.reports set status = 'completed', updated_at = done from finished where id = report_id;
    update public.reports set updated_at = last
    from (select report_id, max(finished_at) as last from sim.stream join public.steps using (report_id) where open
          group by report_id) as moving
    where id = report_id and updated_at < last;

    if ill_from is not null then
        perform sim.spoil(t, ill_from);
    elsif exists (select from sim.harm) then
        perform sim.heal();
    end if;
end $$;

-- Within ninety seconds of plan time four of five complete reports fail: more than came in during any deploy.
-- What the bad version completes lacks three steps, and so does the test report.
create or replace function sim.spoil(t timestamptz, since timestamptz) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    fresh bigint;
begin
    insert into sim.harm values ('00000000-0000-4000-8000-000000000001', false) on conflict do nothing;
    with harmed as (
        insert into sim.harm
        select id, true from public.reports
        where status = 'completed' and updated_at <= since
          and sim.chance('fails ' || id) < 0.8 * least(1, extract(epoch from t - since) / 90)
        on conflict do nothing
        returning 1
    )
    select count(*) into fresh from harmed;
    perform sim.toll('harmed', fresh);

    delete from public.steps where number > 5 and report_id in (select report_id from sim.harm where not fails);
    update public.reports set status = 'failed', updated_at = t
    from sim.harm where id = report_id and fails and status = 'completed';
end $$;

-- The old version takes up again what the bad one failed.
create or replace function sim.heal() returns void
language plpgsql set search_path = pg_catalog as $$
begin
    perform sim.write_steps(id, created_at, 8) from public.reports
    where id in (select report_id from sim.harm);
    update public.reports set status = 'completed' from sim.harm where id = report_id and fails;
    delete from sim.harm;
end $$;
