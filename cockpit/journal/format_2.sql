-- From format 1: who samples becomes who is attached.

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
drop table lease;
pragma user_version = 2;
