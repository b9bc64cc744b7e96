"""An OpenAI-compatible server for tests, at the level of the transport; build on it for whole behaviours.

    async with FakeOpenAI() as server:
        server.replies += [Drop(after=("4",)), Stream(("4", "2"))]     # in the order of the requests
        ... ask server.base_url ...
        server.requests   # what was asked: (path, body)
        server.aborted    # streams that the client closed before their end

Where `replies` is empty, `server.behave` decides: a function from (path, body) to a reply, so that a script
can look at the conversation. `/v1/chat/completions` and `/v1/completions` are streamed, `/v1/models` lists
one model. Pieces of a chat stream are texts, or deltas (dicts) for reasoning and tool calls; pieces of a
completion stream are texts, or whole choices (dicts), for token_ids.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

Piece = str | dict[str, Any]


@dataclass(frozen=True)
class Stream:
    """Pieces, a pause before each, and an ending.

    Attributes:
        pieces: see the module.
        finish: the finish_reason.
        pause_s: before each piece.
        usage: the closing account of tokens.
    """

    pieces: Sequence[Piece]
    finish: str | None = "stop"
    pause_s: float = 0.0
    usage: dict[str, Any] | None = None


@dataclass(frozen=True)
class Drop:
    """Some pieces, then the connection is reset; without any, before the reply's first line."""

    after: Sequence[Piece] = ()


@dataclass(frozen=True)
class Fail:
    """An HTTP status with an error as vLLM words it."""

    status: int
    message: str = "no"


@dataclass(frozen=True)
class Raw:
    """A reply of 200 whose lines are sent as they stand, for what no server should send."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Hang:
    """No reply at all, until the client goes away."""


Reply = Stream | Drop | Fail | Raw | Hang
Behaviour = Callable[[str, dict[str, Any]], Reply]


def _silent(path: str, body: dict[str, Any]) -> Reply:
    return Stream(())


@dataclass
class FakeOpenAI:
    """See the module."""

    replies: list[Reply] = field(default_factory=list)
    behave: Behaviour = _silent
    model: str = "fake"
    context: int | None = 4096
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    aborted: int = 0
    open_streams: int = 0
    base_url: str = ""

    async def __aenter__(self) -> FakeOpenAI:
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                path, body = head.split(b" ")[1].decode(), b"{}"
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        body = await reader.readexactly(int(line.split(b":")[1]))
                if not await self._answer(path.removeprefix("/v1"), json.loads(body), reader, writer):
                    break
        writer.close()

    async def _answer(
        self, path: str, body: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; tells whether the connection can be used again."""
        if path == "/models":
            listed = {"id": self.model, "object": "model", "max_model_len": self.context}
            _send(writer, 200, {"object": "list", "data": [listed]})
            return True
        self.requests.append((path, body))
        reply = self.replies.pop(0) if self.replies else self.behave(path, body)
        if isinstance(reply, Fail):
            error = {"message": reply.message, "type": "BadRequestError", "param": None, "code": reply.status}
            _send(writer, reply.status, {"error": error})
            return True
        self.open_streams += 1
        gone = asyncio.ensure_future(reader.read(1))  # nothing more is sent, so this is the client's end
        work = asyncio.ensure_future(self._stream(path, reply, writer))
        await asyncio.wait({gone, work}, return_when=asyncio.FIRST_COMPLETED)
        self.aborted += not work.done()
        self.open_streams -= 1
        for task in (gone, work):
            task.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await work
        return False

    async def _stream(self, path: str, reply: Reply, writer: asyncio.StreamWriter) -> None:
        if isinstance(reply, Hang):
            await asyncio.Event().wait()
        pieces: Sequence[Piece] = reply.pieces if isinstance(reply, Stream) else ()
        pieces = reply.after if isinstance(reply, Drop) else pieces
        if isinstance(reply, Drop) and not pieces:
            writer.transport.abort()
            return
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        for piece in pieces:
            if isinstance(reply, Stream) and reply.pause_s:
                await asyncio.sleep(reply.pause_s)
            await _event(writer, self._chunk(path, piece, None))
        match reply:
            case Raw(lines=lines):
                writer.write("".join(f"{line}\n\n" for line in lines).encode())
                await writer.drain()
            case Stream(finish=finish, usage=usage):
                if finish:
                    await _event(writer, self._chunk(path, "", finish))
                if usage is not None:
                    await _event(writer, {"choices": [], "usage": usage})
                writer.write(b"data: [DONE]\n\n")
                await writer.drain()
            case _:
                writer.transport.abort()

    def _chunk(self, path: str, piece: Piece, finish: str | None) -> dict[str, Any]:
        if path == "/completions":
            choice: dict[str, Any] = {"text": piece} if isinstance(piece, str) else dict(piece)
        else:
            choice = {"delta": {"content": piece} if isinstance(piece, str) else piece}
        return {"id": "x", "model": self.model, "choices": [{"index": 0, "finish_reason": finish} | choice]}


async def _event(writer: asyncio.StreamWriter, told: dict[str, Any]) -> None:
    writer.write(f"data: {json.dumps(told)}\n\n".encode())
    await writer.drain()


def _send(writer: asyncio.StreamWriter, status: int, told: dict[str, Any]) -> None:
    body = json.dumps(told).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
