-- Plan time in the database: `sim.now()`, which plain now() means from the next session on.
--
-- It belongs to every stand-in's database. Everything here may be run again.

create schema if not exists sim;
-- Without pg_catalog in the list it would come first, and now() would be the machine's.
do $$
begin
    execute format('alter database %I set search_path = sim, pg_catalog, public', current_database());
end $$;
grant usage on schema sim to cockpit_reader;

-- One row: at `machine` it was `plan`, and plan time runs `factor` times as fast.
create table if not exists sim.clock (
    one        boolean primary key default true check (one),
    plan       timestamptz not null,
    machine    timestamptz not null,
    factor     double precision not null,
    started_at timestamptz not null,  -- when the stream of reports began
    lived      timestamptz not null,  -- how far the rows have moved
    ill_since  timestamptz            -- when the bad version began to serve, while it does
);

-- What a scenario's cause has done so far. It stays when the harm is made good, for the judge.
create table if not exists sim.tolls (
    cause text primary key,
    count bigint not null
);

-- Plan time, one instant a statement, as now() is. It never runs more than a minute ahead of the rows: at
-- 2400 times real time a simulator that pauses for three seconds would else leave reports two hours stuck.
create or replace function sim.now() returns timestamptz
language sql stable security definer set search_path = pg_catalog as $$
    select least(
        plan + make_interval(secs => extract(epoch from statement_timestamp() - machine)::double precision * factor),
        lived + interval '1 minute'
    )
    from sim.clock
$$;

create or replace function sim.set_clock(plan timestamptz, machine timestamptz, factor double precision) returns void
language sql set search_path = pg_catalog as $$
    insert into sim.clock (plan, machine, factor, started_at, lived) values ($1, $2, $3, $1, $1)
    on conflict (one) do update set plan = $1, machine = $2, factor = $3
$$;

-- A number in [0, 1) that belongs to a name: the stand-in for chance.
create or replace function sim.chance(name text) returns double precision
language sql immutable set search_path = pg_catalog as $$
    select (('x' || substr(md5(name), 1, 8))::bit(32)::bigint) / 4294967296.0::double precision
$$;

create or replace function sim.toll(cause text, count bigint) returns void
language sql set search_path = pg_catalog as $$
    insert into sim.tolls values ($1, $2) on conflict on constraint tolls_pkey do update set count = tolls.count + $2
$$;
