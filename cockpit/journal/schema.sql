-- The journal of one run, format 4. `docs/journal.md` tells what may be relied on.
--
-- What the record promises is enforced by the file itself, whoever writes to it:
-- events follow one another without a hole, never backwards in time, and nothing is
-- changed or taken out once it stands.

pragma application_id = 0x434b5054;  -- CKPT
pragma user_version = 4;

create table run (
    only    integer primary key check (only = 1),
    id      text not null,
    plan    text not null,
    created text not null
) strict;

create table events (
    run        text not null,
    seq        integer primary key,
    at         text not null,           -- plan time, UTC, microseconds: 2026-11-22T05:16:00.000000Z
    kind       text not null,
    version    integer not null,
    actor_kind text not null check (actor_kind in ('human', 'runner', 'schedule')),
    actor      text not null,
    session    text not null,
    host       text not null,
    cause      integer,                 -- the seq that led to it
    body       text not null            -- JSON
) strict;

create trigger events_follow before insert on events begin
    select raise(abort, 'an event of another run')
     where new.run <> (select id from run);
    select raise(abort, 'an event out of sequence')
     where new.seq <> (select coalesce(max(seq), 0) + 1 from events);
    select raise(abort, 'an event before the last one')
     where new.at < (select at from events where seq = new.seq - 1);
end;
create trigger events_stay before update on events begin select raise(abort, 'events are never changed'); end;
create trigger events_remain before delete on events begin select raise(abort, 'events are never removed'); end;

create table readings (
    id           integer primary key,
    check_name   text not null,
    asked        text not null,         -- plan time, as in events
    answered     text not null,
    asked_by     text not null,
    verdict      text not null check (verdict in ('pass', 'fail', 'error', 'observed', 'blind')),
    because      text not null,
    scalar       text check (length(cast(scalar as blob)) <= 256),
    milliseconds integer not null,      -- machine time
    digest       text not null,
    value        text check (length(cast(value as blob)) <= 65536),  -- the scalar with its type, JSON
    kept         text check (length(cast(kept as blob)) <= 65536)    -- columns and rows, JSON
) strict;
create index readings_by_check on readings (check_name, asked, id);

-- A reading may be given its rows later, when it becomes a baseline or is pinned; all else stays as it was.
create trigger readings_stay before update on readings
 when (new.id, new.check_name, new.asked, new.answered, new.asked_by, new.verdict, new.because,
       new.scalar, new.milliseconds, new.digest, new.value)
   is not (old.id, old.check_name, old.asked, old.answered, old.asked_by, old.verdict, old.because,
       old.scalar, old.milliseconds, old.digest, old.value)
   or old.kept is not null and new.kept is not old.kept
begin select raise(abort, 'readings are never changed'); end;

-- Readings that are no longer among the newest of their check, put together, a few hundred a row. Nothing is lost by it.
create table packs (
    check_name text not null,
    first      text not null,           -- `asked` of its first and of its last reading
    last       text not null,
    lowest     integer not null,        -- the smallest and the largest id in it
    highest    integer not null,
    count      integer not null,
    size       integer not null,        -- bytes of the body as it was
    body       blob not null            -- deflated (zlib): a JSON array with an array a reading, in the order of `readings`
) strict;
create index packs_by_check on packs (check_name, last, first);
create index packs_by_id on packs (highest, lowest);
create trigger packs_stay before update on packs begin select raise(abort, 'readings are never changed'); end;
create trigger packs_remain before delete on packs begin select raise(abort, 'readings are never removed'); end;

-- A reading leaves its row only for a pack.
create trigger readings_remain before delete on readings
 when not exists (select 1 from packs where check_name = old.check_name and last >= old.asked and first <= old.asked
                  and old.id between lowest and highest)
begin select raise(abort, 'readings are never removed'); end;

-- Reading ids are handed out in blocks; one that was handed out is never handed out again.
create table reading_ids (
    only integer primary key check (only = 1),
    next integer not null
) strict;
insert into reading_ids values (1, 1);

-- Who is attached, a row a process, and which of them asks. No history. Machine time, Unix seconds.
create table attached (
    session text primary key,
    role    text not null,
    host    text not null,
    pid     integer not null,
    name    text not null,
    since   real not null,
    heard   real not null,
    asks    integer not null
) strict;

-- What was counted of each counter that a window looks back over, so that whoever asks next goes on from it. No record:
-- it reaches as far as the longest window, and the newest takes the place of what was.
create table counters (
    id         integer primary key,
    connection text not null,
    address    text not null,
    instance   text not null,
    metric     text not null,
    sampled    text not null,           -- plan time of the newest sample, as in events
    born       text,                    -- when the process that counts started, Unix seconds
    mixed      text,                    -- when an older process answered after a younger one
    size       integer not null,        -- bytes of `shown` as it was
    shown      blob not null,           -- deflated (zlib): a JSON array of [labels, value], a series each
    unique (connection, address, instance, metric)
) strict;
create table points (
    counter integer not null,
    at      text not null,
    torn    integer not null,           -- microseconds without a sample in which it began anew, at most
    size    integer not null,           -- bytes of `grown` as it was
    grown   blob not null,              -- as `shown`: by how much each series grew since the point before
    primary key (counter, at)
) strict, without rowid;
