"""An event as a line of the journal: JSON, without secrets and absolute paths.

Nearly all events hold nothing that has to go. Those are written as they stand, without a copy of them in
plain types; a run writes some ninety for each problem.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import to_json

from aimo_pipeline.observe.clean import Cleaner
from aimo_pipeline.observe.events import Event, head_of, to_record

_FIELD_CHARACTERS = 20_000
# What models said and what programs did: a completion of gpt-oss has up to 94,000 tokens, 400,000 characters.
# A mined rule and a theorem are of use only when they are whole.
_WHOLE = frozenset({"text", "thinking", "output", "request", "result", "parameters", "statement"})


def json_bytes(value: Any) -> bytes:
    """What goes into an event as a text; a half of a surrogate pair stays what it is."""
    try:
        return to_json(value)
    except ValueError:  # UTF-8 cannot say it
        told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return told.encode("utf-8", "surrogatepass")


def json_text(value: Any) -> str:
    """The same as a text."""
    return json_bytes(value).decode("utf-8", "surrogatepass")


def line_of(record: dict[str, Any]) -> bytes:
    """A record with its line end."""
    return to_json(record) + b"\n"


class Encoder:
    """Makes lines of events.

    Args:
        secrets: texts that must never come out, wherever they stand.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self._cleaner = Cleaner(secrets, _FIELD_CHARACTERS, _WHOLE)

    def line(self, event: Event, at_s: float) -> bytes:
        """The event with its line end; `at_s` is the time that it is stamped with."""
        fields = vars(event)
        if self._cleaner.leaves(fields):
            return line_of(head_of(event, at_s) | fields)
        return line_of(self.record(event, at_s))

    def record(self, event: Event, at_s: float) -> dict[str, Any]:
        """The same as a JSON object; one that has lost a secret or a path says so in `cleaned`."""
        self._cleaner.changed = 0
        record = self._cleaner.record(to_record(event, at_s))
        return record | {"cleaned": self._cleaner.changed} if self._cleaner.changed else record
