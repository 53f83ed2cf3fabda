-- What accounts may spend: each has an allowance of tokens a month, charged when a report is complete.
--
-- It is kept in step with `reports.sql`: a report that has been counted there is charged here once. A plan may
-- add `step_charges` and `reservations`; then the version that serves fills them, if it is the new one. Everything
-- here may be run again.

do $$ begin
    if to_regtype('public.period_status') is null then
        create type public.period_status as enum ('active', 'completed');
    end if;
end $$;

create table if not exists public.accounts (
    id   uuid primary key,
    name text not null
);

create table if not exists public.allowances (
    account_id   uuid not null references public.accounts,
    month        integer not null,  -- 0 is the present one, 1 the one before
    status       public.period_status not null,
    tokens_used  numeric(14, 2) not null default 0,
    tokens_limit numeric(14, 2) not null,
    reports      integer not null default 0,
    primary key (account_id, month)
);

create table if not exists public.schema_changes (
    version    text primary key,
    applied_at timestamptz not null
);

-- Reports that have been charged.
create table if not exists sim.charged (report_id uuid primary key);

create or replace function sim.account_of(report_id uuid) returns uuid
language sql immutable set search_path = pg_catalog as $$
    select md5('account ' || floor(3 * sim.chance('account ' || report_id)))::uuid
$$;

-- What the service calls, before and after any change of its schema.
create or replace function public.charge(account uuid, tokens numeric) returns jsonb
language sql set search_path = pg_catalog as $$
    update public.allowances set tokens_used = tokens_used + tokens, reports = reports + 1
    where account_id = account and status = 'active'
    returning jsonb_build_object('tokens_used', tokens_used, 'tokens_limit', tokens_limit)
$$;

-- Three accounts, a month that runs and two that are over; what is complete counts as charged.
create or replace function sim.seed_allowances() returns void
language plpgsql set search_path = pg_catalog as $$
begin
    if exists (select from public.accounts) then
        return;
    end if;
    insert into public.accounts select md5('account ' || n)::uuid, 'Account ' || n from generate_series(0, 2) as n;
    insert into public.allowances
    select id, month, (case month when 0 then 'active' else 'completed' end)::public.period_status,
           round((400000 * sim.chance(id::text || month))::numeric, 2), 90000000, 40 + month
    from public.accounts, generate_series(0, 2) as month;
    insert into sim.charged select report_id from public.token_usage;
    insert into public.schema_changes select '0001_reports', sim.now() - interval '90 days';
end $$;

-- Charge what has been completed. The new version also writes down the steps and lets go of what it had reserved,
-- unless it `leaks`.
create or replace function sim.advance_allowances(is_new boolean, leaks boolean) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    done record;
begin
    for done in
        insert into sim.charged select report_id from public.token_usage on conflict do nothing returning report_id
    loop
        perform public.charge(sim.account_of(done.report_id), tokens)
        from public.token_usage where report_id = done.report_id;
        if is_new and to_regclass('public.step_charges') is not null then
            insert into public.step_charges (report_id, step, tokens)
            select report_id, number, tokens from public.steps where report_id = done.report_id;
        end if;
        if is_new and to_regclass('public.reservations') is not null then
            insert into public.reservations (report_id, account_id, tokens, status, reserved_at)
            select id, sim.account_of(id), 50000, case when leaks then 'held' else 'released' end, created_at
            from public.reports where id = done.report_id;
            perform sim.toll('leaked', leaks::integer);
        end if;
    end loop;
end $$;
