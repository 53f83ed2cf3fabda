-- From format 3: what was counted is handed on.

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
pragma user_version = 4;
