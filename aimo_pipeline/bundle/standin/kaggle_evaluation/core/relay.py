"""One gRPC method that carries polars data and plain values."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from concurrent import futures

import google.protobuf  # noqa: F401 - the real one needs it, and the four below
import grpc
import numpy  # noqa: F401
import pandas  # noqa: F401
import polars as pl
import pyarrow  # noqa: F401
import pydantic  # noqa: F401

PORT = 50051
METHOD = "/kaggle_evaluation.StandIn/Send"
RESPONSE_S = 9 * 3600


def encode(value: object) -> bytes:
    """A frame or a series as Arrow, anything else as JSON; the first byte tells which."""
    if isinstance(value, pl.Series):
        return b"S" + encode(pl.DataFrame(value))[1:]
    if isinstance(value, pl.DataFrame):
        buffer = io.BytesIO()
        value.write_ipc_stream(buffer)
        return b"F" + buffer.getvalue()
    return b"J" + json.dumps(value).encode()


def decode(data: bytes) -> object:
    """What encode encoded."""
    kind, rest = data[:1], data[1:]
    if kind == b"J":
        return json.loads(rest)
    frame = pl.read_ipc_stream(io.BytesIO(rest))
    return frame.to_series(0) if kind == b"S" else frame


def pack(values: list[bytes]) -> bytes:
    """Several encoded values in one message."""
    return json.dumps([len(value) for value in values]).encode() + b"\n" + b"".join(values)


def unpack(data: bytes) -> list[bytes]:
    """What pack packed."""
    head, _, rest = data.partition(b"\n")
    values, place = [], 0
    for size in json.loads(head):
        values.append(rest[place : place + size])
        place += size
    return values


def make_server(listeners: dict[str, Callable[..., object]]) -> grpc.Server:
    """A server that calls the listener that a message names."""

    def send(request: bytes, context: grpc.ServicerContext) -> bytes:
        name, *arguments = unpack(request)
        return encode(listeners[name.decode()](*map(decode, arguments)))

    handler = grpc.unary_unary_rpc_method_handler(send)
    service, method = METHOD.strip("/").split("/")
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: handler})])
    server.add_insecure_port(f"localhost:{PORT}")
    return server


class Client:
    """The gateway's side."""

    def __init__(self) -> None:
        self._channel = grpc.insecure_channel(f"localhost:{PORT}")
        self._send = self._channel.unary_unary(METHOD)

    def send(self, name: str, *arguments: object) -> object:
        """Call a listener and wait for what it returns."""
        message = pack([name.encode(), *map(encode, arguments)])
        return decode(self._send(message, timeout=RESPONSE_S, wait_for_ready=True))
