"""A rule as JSON and back, with every number: what a journal keeps of it, and enough to rebuild it.

{"kind": "CFinite", "first_index": 0, "coefficients": [1, 1], "initial": [0, 1]}: the name of the dataclass in
formula/ and its fields. Integers beyond 53 bits, which many readers of JSON round, are hexadecimal texts.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, get_args

from aimo_pipeline.formula import Formula

_KINDS = {kind.__name__: kind for kind in get_args(Formula)}
_EXACT_BITS = 53
_HEX = ("0x", "-0x")


def to_json(formula: Formula) -> str:
    """The rule with all its parameters."""
    return json.dumps(_told(formula))


def from_json(text: str) -> Formula:
    """The rule that `to_json` told.

    Raises:
        ValueError: it is no such text.
    """
    formula = _read(json.loads(text))
    if type(formula) not in _KINDS.values():
        raise ValueError(f"no rule: {text[:100]}")
    return formula  # type: ignore[no-any-return]


def _told(value: Any) -> Any:
    if isinstance(value, int):
        return hex(value) if value.bit_length() > _EXACT_BITS else value
    if isinstance(value, tuple):
        return [_told(one) for one in value]
    if dataclasses.is_dataclass(value):
        fields = {one.name: _told(getattr(value, one.name)) for one in dataclasses.fields(value)}
        return {"kind": type(value).__name__, **fields}
    return value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_read, value))
    if isinstance(value, str):
        return int(value, 16) if value.startswith(_HEX) else value
    if not isinstance(value, dict):
        return value
    kind = _KINDS.get(value.get("kind", ""))
    if kind is None:
        raise ValueError(f"no rule is called {value.get('kind')!r}")
    return kind(**{name: _read(one) for name, one in value.items() if name != "kind"})
