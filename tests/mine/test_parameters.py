"""A rule goes to JSON and back with every number of it."""

from __future__ import annotations

import json
import types
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimo_pipeline import formula
from aimo_pipeline.formula import CFinite, Difference, Formula
from aimo_pipeline.mine.parameters import from_json, to_json

KINDS = get_args(Formula)
INTEGERS = st.one_of(st.integers(-9, 9), st.integers(), st.sampled_from([2**53, -(2**64), 10**5000]))


@cache
def values(hint: Any, depth: int) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if hint is int:
        return INTEGERS
    if hint is str:
        return st.sampled_from(["sigma", "jordan"])
    if get_origin(hint) is types.UnionType:
        return st.one_of([rules(kind, depth - 1) for kind in (KINDS if depth else KINDS[:4])])
    assert get_origin(hint) is tuple, f"{hint} is no type for a formula's field"
    return st.lists(values(get_args(hint)[0], depth), max_size=2).map(tuple)


def rules(kind: type[Any], depth: int) -> st.SearchStrategy[Any]:
    """Any rule of a kind, rules within it included."""
    hints = get_type_hints(kind, vars(formula))
    return st.builds(kind, **{name: values(hint, depth) for name, hint in hints.items()})


class TestParameters:
    """Nothing is lost on the way, of any kind of rule, however large its numbers."""

    @pytest.mark.parametrize("kind", KINDS)
    @settings(deadline=None, max_examples=10)
    @given(data=st.data())
    def test_what_comes_back_is_the_rule(self, kind: type[Any], data: st.DataObject) -> None:
        rule = data.draw(rules(kind, 1))
        assert from_json(to_json(rule)) == rule

    def test_it_reads_as_what_it_is(self) -> None:
        told = {
            "kind": "CFinite",
            "first_index": 0,
            "coefficients": [1, "0x20000000000000"],
            "initial": [0, -1],
        }
        assert json.loads(to_json(CFinite(0, (1, 2**53), (0, -1)))) == told
        within = json.loads(to_json(Difference(2, CFinite(2, (), ()))))
        assert (within["kind"], within["rule"]["kind"]) == ("Difference", "CFinite")

    @pytest.mark.parametrize("text", ["[]", "7", '{"kind": "Magic"}', '{"first_index": 0}'])
    def test_what_is_no_rule_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="no rule"):
            from_json(text)
