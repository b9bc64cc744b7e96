"""Calls of the Python tool: the code in a call's arguments, and calls that a chat server streams in pieces.

What a server sends is untrusted, see wire.py.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, field
from typing import Any

from aimo_pipeline.llm.wire import count_of, field_of, list_of, text_of

# Under which names programs are handed over, where there are several arguments.
_CODE_KEYS = ("code", "source", "script", "program", "input")
_TOOL_NAMES = ("python", "code_interpreter", "ipython")


def calls_python(name: str) -> bool:
    """Whether a callee is our tool, under any of the names that models give it."""
    return any(one in name.lower() for one in _TOOL_NAMES)


def unwrapped(body: str) -> str:
    """The code itself, where a model put it into the arguments of a function, else the body as it is."""
    told = _object(body)
    texts = {name: value for name, value in (told or {}).items() if isinstance(value, str)}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return next((texts[key] for key in _CODE_KEYS if key in texts), body)


def _object(text: str) -> dict[str, Any] | None:
    """A JSON object; line ends in its strings are taken, for models leave them as they are."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        told = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def parses(text: str) -> bool:
    """Whether a text is a program."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@dataclass
class _Call:
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class StreamedCalls:
    """Puts the calls of one chat stream together: `delta.tool_calls`, or the older `delta.function_call`."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    def feed(self, delta: Any) -> bool:
        """One delta; tells whether it brought a piece of a call."""
        pieces = [(count_of(one, "index"), field_of(one, "function")) for one in list_of(delta, "tool_calls")]
        older = field_of(delta, "function_call")
        if older is not None:
            pieces.append((0, older))
        brought = False
        for index, function in pieces:
            name, arguments = text_of(function, "name"), text_of(function, "arguments")
            if not (name or arguments):
                continue
            # A server that does not number its calls tells each of them whole.
            place = len(self._calls) if index is None else index
            call = self._calls.setdefault(place, _Call())
            call.name = call.name or name
            call.arguments.append(arguments)
            brought = True
        return brought

    def code(self) -> str | None:
        """The code of the first call of python; None where none can be understood."""
        for _, call in sorted(self._calls.items()):
            arguments = "".join(call.arguments)
            code = unwrapped(arguments)
            if calls_python(call.name) and code.strip() and not _still_wrapped(code, arguments):
                return code
        return None

    def quoted(self) -> str:
        """The calls as they came, in one line."""
        return "; ".join(
            f"{call.name or 'nobody'}({''.join(call.arguments)!r})" for _, call in sorted(self._calls.items())
        )


def _still_wrapped(code: str, arguments: str) -> bool:
    """Arguments of a function in which no code could be told: several texts, or broken JSON."""
    if code != arguments or not arguments.lstrip().startswith("{"):
        return False
    return _object(arguments) is not None or not parses(arguments)
