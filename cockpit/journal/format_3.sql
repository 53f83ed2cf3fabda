-- From format 2: older readings are put together.

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
drop trigger readings_remain;
-- A reading leaves its row only for a pack.
create trigger readings_remain before delete on readings
 when not exists (select 1 from packs where check_name = old.check_name and last >= old.asked and first <= old.asked
                  and old.id between lowest and highest)
begin select raise(abort, 'readings are never removed'); end;
pragma user_version = 3;
