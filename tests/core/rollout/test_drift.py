"""What is configured against what a deployment was built with."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cockpit.core.rollout.drift import Configured, Drift, drift

NAMES = st.sampled_from(["A", "B", "C", "RAILWAY_X"])
VALUES = st.dictionaries(NAMES, st.sampled_from(["1", "2"]))


def of(own: dict[str, str], running: dict[str, str], **rest: object) -> Drift:
    told = {"rendered": own, "shared": {}, **rest}
    return drift(Configured(own, **told), running)  # type: ignore[arg-type]  # the table's own columns


def test_names_are_added_removed_and_changed() -> None:
    found = of({"SAME": "1", "NEW": "1", "OTHER": "2"}, {"SAME": "1", "OLD": "1", "OTHER": "1"})
    assert found == Drift(added=("NEW",), removed=("OLD",), changed=("OTHER",))


def test_a_value_is_the_same_as_written_or_as_resolved() -> None:
    own, rendered = {"URL": "${{db.URL}}"}, {"URL": "postgres://x"}
    assert of(own, {"URL": "postgres://x"}, rendered=rendered).names == ()
    assert of(own, {"URL": "${{db.URL}}"}, rendered=rendered).names == ()
    assert of(own, {"URL": "postgres://y"}, rendered=rendered).changed == ("URL",)


def test_what_railway_provides_is_nobodys_change_and_what_people_set_of_that_name_is() -> None:
    rendered = {"RAILWAY_SERVICE_ID": "s"}
    assert of({}, {"RAILWAY_SERVICE_ID": "t"}, rendered=rendered).names == ()
    assert of({}, {"RAILWAY_DEPLOYMENT_DRAINING_SECONDS": "5"}, rendered=rendered).removed == (
        "RAILWAY_DEPLOYMENT_DRAINING_SECONDS",
    )


def test_a_shared_variable_counts_where_the_service_has_it() -> None:
    assert of({}, {}, shared={"S": "1"}).names == ()
    assert of({}, {"S": "0"}, shared={"S": "1"}).changed == ("S",)
    assert of({}, {}, shared={"S": "1"}, rendered={"S": "1"}).added == ("S",)


def test_a_sealed_one_is_unknown_and_never_a_difference() -> None:
    assert of({}, {}, sealed=frozenset({"KEY"})) == Drift(unknown=("KEY",))
    assert of({}, {"KEY": "x"}, sealed=frozenset({"KEY"})).names == ()


@given(own=VALUES, running=VALUES, shared=VALUES, sealed=st.frozensets(NAMES))
def test_each_name_has_one_place_and_the_same_on_both_sides_is_no_drift(
    own: dict[str, str], running: dict[str, str], shared: dict[str, str], sealed: frozenset[str]
) -> None:
    found = drift(Configured(own, own, shared, sealed), running)
    places = (*found.names, *found.unknown)
    assert len(places) == len(set(places))
    assert drift(Configured(running, running, {}), running).names == ()
