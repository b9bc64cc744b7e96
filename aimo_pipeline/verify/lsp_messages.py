"""LSP's base protocol and the few messages of Lean's worker that matter; pure.

Source: the Language Server Protocol, version 3.17, "Base Protocol"; of Lean's own messages and fields
src/Lean/Data/Lsp/Extra.lean and src/Lean/Data/Lsp/Diagnostics.lean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aimo_pipeline.verify.decode import Message

_SEVERITIES = {1: "error", 2: "warning", 3: "information", 4: "hint"}
_MAX_FRAME_HEADER_BYTES = 4096


class ProtocolError(ValueError):
    """The bytes are not LSP's base protocol."""


class Frames:
    """Cuts a stream of bytes into the bodies of LSP messages."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Add what was read; gives the bodies that are now complete.

        Raises:
            ProtocolError: no header with a content length where one must be.
        """
        self._held += data
        while (cut := self._next()) is not None:
            first, last = cut
            body = bytes(self._held[first:last])
            del self._held[:last]
            yield body

    def _next(self) -> tuple[int, int] | None:
        end = self._held.find(b"\r\n\r\n", 0, _MAX_FRAME_HEADER_BYTES)
        if end < 0:
            if len(self._held) >= _MAX_FRAME_HEADER_BYTES:
                raise ProtocolError("no end of a message's header")
            return None
        size = _content_length(bytes(self._held[:end]))
        first = end + 4
        return (first, first + size) if len(self._held) >= first + size else None


def _content_length(header: bytes) -> int:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    raise ProtocolError(f"no content length in {header[:80]!r}")


def frame(method: str, params: Mapping[str, Any], *, request: int | None = None) -> bytes:
    """A notification, or with a number a request, as bytes."""
    number = {} if request is None else {"id": request}
    body = json.dumps({"jsonrpc": "2.0", **number, "method": method, "params": params}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Transcript:
    """What a worker has said of the newest version of its document.

    Attributes:
        version: of the document, as it was last sent.
        answered: the newest version of which everything was said.
    """

    def __init__(self) -> None:
        self.version = 0
        self.answered = 0
        self._found: list[tuple[int, Message]] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        """Those of `version`, others being dropped, in the document's order: they come as proofs are done."""
        ordered = sorted(self._found, key=lambda found: (found[1].line, found[0], found[1].text))
        return tuple(message for _, message in ordered)

    def begin(self) -> int:
        """A new version; what was said of the last one no longer counts."""
        self.version += 1
        self._found = []
        return self.version

    def read(self, body: bytes) -> None:
        """Take in one message.

        Raises:
            ProtocolError: it is not one.
        """
        try:
            said = json.loads(body)
            if said.get("method") == "textDocument/publishDiagnostics":
                self._diagnostics(said["params"])
            elif "method" not in said and isinstance(said.get("id"), int):
                # An error as well: "the file changed" is what a version gets that was superseded.
                self.answered = max(self.answered, said["id"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ProtocolError(f"unreadable message {body[:80]!r}") from error

    def _diagnostics(self, params: Mapping[str, Any]) -> None:
        if params.get("version") != self.version:
            return
        found = [_message(raw) for raw in params["diagnostics"]]
        if params.get("isIncremental"):
            self._found += found
        else:
            self._found = found


def _message(raw: Mapping[str, Any]) -> tuple[int, Message]:
    """The message and its column."""
    # What has no severity counts as an error, as LSP advises.
    severity = _SEVERITIES.get(raw.get("severity", 1), "error")
    start = raw["range"]["start"]
    return int(start["character"]), Message(severity, int(start["line"]) + 1, str(raw["message"]))
