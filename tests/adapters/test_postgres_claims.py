"""What a statement needs that is never planned, read from its text; what is not understood claims nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.adapters.postgres.claims import Claim, claim_of


@pytest.mark.parametrize(
    ("sql", "claim"),
    [
        ("truncate orders", Claim("truncate", ("orders",))),
        ("TRUNCATE TABLE ONLY a.orders, b restart identity", Claim("truncate", ("a.orders", "b"))),
        ('/* first */ truncate "Odd Name" -- done', Claim("truncate", ('"Odd Name"',))),
        ("drop table if exists a, b.c cascade", Claim("own", ("a", "b.c"), may_lack=True)),
        ("drop materialized view totals", Claim("own", ("totals",))),
        ("alter table only public.orders add column note text", Claim("own", ("public.orders",))),
        ("alter table if exists orders drop column note", Claim("own", ("orders",), may_lack=True)),
        ("create unique index if not exists by_id on orders (id)", Claim("own", ("orders",))),
        ("create index on public.orders using gin (tags)", Claim("own", ("public.orders",))),
        ("comment on table orders is 'x'", Claim("own", ("orders",))),
        ("create table if not exists public.orders (id int)", Claim("create", ("public.orders",))),
        ("create function f() returns int language sql as 'select 1'", Claim("create", ("f",))),
        ("call settle($1)", Claim("execute", ("settle",))),
        ("call billing.settle ()", Claim("execute", ("billing.settle",))),
        ("create or replace function f() returns int language sql as 'select 1'", None),
        ("create temporary table t ()", None),
        ("create index concurrently on orders (id)", None),
        ("do $$ begin delete from orders; end $$", None),
        ("grant select on orders to web", None),
        ("refresh materialized view totals", None),
        ("drop function f()", None),
        ("lock table orders", None),
        ("alter system set x = 1", None),
        ("call", None),
        ("", None),
    ],
    ids=str,
)
def test_a_claim_is_a_right_on_what_is_named(sql: str, claim: Claim | None) -> None:
    assert claim_of(sql) == claim


@given(
    st.text(max_size=80), st.sampled_from(["truncate ", "drop table ", "alter table ", "create index ", "call ", ""])
)
def test_whatever_stands_there_is_read_without_an_error(text: str, head: str) -> None:
    claim = claim_of(head + text)
    assert claim is None or all(claim.names)
