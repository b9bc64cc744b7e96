"""Every kind of event becomes one JSON object and can be read back."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline.observe import events
from aimo_pipeline.observe.events import SCHEMA_VERSION, Event, to_record

KINDS = get_args(Event)
ATOMS = {
    str: st.text(max_size=20),
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(0, 1e5),
    types.NoneType: st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type; a type that is not known here fails the test."""
    if hint in ATOMS:
        return ATOMS[hint]
    if get_origin(hint) is types.UnionType:
        return st.one_of([values(part) for part in get_args(hint)])
    if get_origin(hint) is tuple:
        atom, ellipsis = get_args(hint)
        assert ellipsis is ...
        return st.lists(ATOMS[atom], max_size=3).map(tuple)
    assert hint == dict[str, str], f"{hint} is no type for an event's field"
    return st.dictionaries(ATOMS[str], ATOMS[str], max_size=3)


def events_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{name: values(hint) for name, hint in get_type_hints(kind).items()})


def read_back(record: dict[str, Any]) -> Any:
    """The event that a record tells of."""
    kind = getattr(events, record.pop("type"))
    del record["version"], record["at_s"]
    lists = {name: tuple(value) for name, value in record.items() if isinstance(value, list)}
    return kind(**record | lists)


class TestEvent:
    """The union has every event, each is immutable, and its record is JSON with type, version and time."""

    def test_the_union_has_every_event_of_the_module(self) -> None:
        classes = {
            kind for _, kind in inspect.getmembers(events, inspect.isclass) if dataclasses.is_dataclass(kind)
        }
        assert classes == set(KINDS)

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_event_is_immutable_and_says_what_it_tells(self, kind: type[Any]) -> None:
        assert kind.__dataclass_params__.frozen
        assert kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}(")

    @pytest.mark.parametrize("kind", KINDS)
    @settings(deadline=None)  # a busy machine is slow
    @given(data=st.data(), at_s=st.floats(0, 1e5))
    def test_an_event_survives_the_way_through_json(
        self, kind: type[Any], data: st.DataObject, at_s: float
    ) -> None:
        event = data.draw(events_of(kind))
        record = json.loads(json.dumps(to_record(event, at_s)))
        assert (record["type"], record["version"]) == (kind.__name__, SCHEMA_VERSION)
        assert abs(record["at_s"] - at_s) <= 1e-4
        assert read_back(record) == event

    @pytest.mark.parametrize("kind", KINDS)
    def test_no_field_hides_the_head_of_a_record(self, kind: type[Any]) -> None:
        assert not {"type", "version", "at_s"} & set(get_type_hints(kind))
