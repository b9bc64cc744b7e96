"""Keeps cells from forking, though their session must: the fork server allows one fork for each cell.

A second filter in front of the session's own asks the fork server about every fork (SECCOMP_RET_USER_NOTIF).
The controller announces each cell before it sends it; the fork for the snapshot passes, any other gets EPERM.
What is asked about is in registers only, so nothing can be changed between the question and the answer.

Source: seccomp_unotify(2). Needs Linux 5.5.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct

from aimo_pipeline.trace.inside import kernel

# _IOWR('!', 0, struct seccomp_notif) and _IOWR('!', 1, struct seccomp_notif_resp) of linux/seccomp.h.
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_QUESTION_BYTES = 80
_ANSWER = struct.Struct("QqiI")  # id, value, error, flags
_CONTINUE = 1


def raise_gate(program: bytes, server: int) -> None:
    """Put the gate's filter into force for this process, and give the fork server the end that answers.

    Args:
        program: what syscalls.gate() compiled.
        server: socket to the fork server.
    """
    listener = kernel.install_listener(program)
    with socket.socket(fileno=os.dup(server)) as way:
        socket.send_fds(way, [b"g"], [listener])
    os.close(listener)


class Gate:
    """The fork server's end: first the socket on which the listener comes, then the listener itself."""

    def __init__(self, way: socket.socket) -> None:
        self._way: socket.socket | None = way
        self.fd = way.fileno()

    def open(self) -> bool:
        """Take the listener from the socket; False when the child died before it sent one."""
        assert self._way is not None
        _, fds, _, _ = socket.recv_fds(self._way, 1, 1)
        self._way.close()
        self._way = None
        self.fd = fds[0] if fds else -1
        return bool(fds)

    @property
    def is_open(self) -> bool:
        """Whether the listener has come."""
        return self._way is None

    def answer(self, allow: bool) -> bool:
        """Answer one question; False when who asked is gone."""
        question = bytearray(_QUESTION_BYTES)
        try:
            fcntl.ioctl(self.fd, _RECEIVE, question)
            (number,) = struct.unpack_from("Q", question)
            reply = (number, 0, 0, _CONTINUE) if allow else (number, 0, -errno.EPERM, 0)
            fcntl.ioctl(self.fd, _SEND, bytearray(_ANSWER.pack(*reply)))
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Release the descriptor; safe to call twice."""
        if self._way is not None:
            self._way.close()
        elif self.fd >= 0:
            os.close(self.fd)
        self._way, self.fd = None, -1
