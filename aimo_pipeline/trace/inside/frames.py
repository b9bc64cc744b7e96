"""Messages between the controller and a sandboxed child: a length of four bytes, then JSON.

JSON and never pickle, because whatever the child writes is untrusted: a frame is data about the program that
wrote it, and reading it can do nothing.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from typing import Any

Frame = dict[str, Any]

_LENGTH = struct.Struct("!I")
_parse = json.JSONDecoder().raw_decode
MAX_FRAME_BYTES = 16 << 20
_MESSAGE_BYTES = 1 << 16


class Malformed(Exception):
    """The stream holds something else than frames; nothing after that point can be read."""


def encoded(frame: Frame) -> bytes:
    """The bytes of one frame."""
    return framed(json.dumps(frame).encode())


def framed(body: bytes) -> bytes:
    """The bytes of one frame from its JSON."""
    return _LENGTH.pack(len(body)) + body


def decoded(data: bytes | bytearray, start: int) -> tuple[Frame, int] | None:
    """The frame that begins at `start` and where the next begins; None while it is not all there.

    Raises:
        Malformed: there is no frame, however much more comes.
    """
    body = start + _LENGTH.size
    if len(data) < body:
        return None
    (length,) = _LENGTH.unpack_from(data, start)
    if length > MAX_FRAME_BYTES:
        raise Malformed(f"a frame of {length} bytes")
    if len(data) < body + length:
        return None
    try:
        frame = json.loads(data[body : body + length])
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)) from None
    if not isinstance(frame, dict):
        raise Malformed("not an object")
    return frame, body + length


def parsed(data: bytes) -> Frame:
    """A trusted object; in one step into C, because whatever else a child touches is copied for it."""
    frame: Frame = _parse(data.decode())[0]
    return frame


def write(fd: int, frame: Frame) -> None:
    """Write one frame, however the descriptor splits it; blocks."""
    write_bytes(fd, encoded(frame))


def write_bytes(fd: int, data: bytes) -> None:
    """Write all of `data`; blocks."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _read_exactly(fd: int, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        chunk = os.read(fd, count - len(data))
        if not chunk:
            return None
        data += chunk
    return bytes(data)


def read(fd: int) -> Frame | None:
    """The next frame, or None at the end of the stream; blocks. The other end is trusted here."""
    head = _read_exactly(fd, _LENGTH.size)
    body = None if head is None else _read_exactly(fd, _LENGTH.unpack(head)[0])
    return None if body is None else parsed(body)


def received(control: socket.socket, most_fds: int) -> tuple[bytes, list[int]]:
    """The next message and its descriptors, without waiting; socket.recv_fds ignores the flag for that."""
    space = socket.CMSG_SPACE(most_fds * array.array("i").itemsize)
    message, extra, _, _ = control.recvmsg(_MESSAGE_BYTES, space, socket.MSG_DONTWAIT)
    fds = array.array("i")
    for _, _, data in extra:
        fds.frombytes(data)
    return message, fds.tolist()
