"""What an attack is, what must hold after each, and the lines that every attacking program starts with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from textwrap import dedent


class Fact(StrEnum):
    """What must hold after every program, seen from outside it; all are checked after each attack."""

    SECRECY = "no secret is in its output"
    GAIN = "it gained nothing, by its own account"
    NETWORK = "no connection or datagram arrived"
    FILES = "others' files are as they were"
    MEMORY = "the parent's memory is as it was"
    SIGNALS = "no signal reached another process"
    OTHERS = "other processes live, with the limits and priority they had"
    PROCESSES = "none of its processes is left"
    LEFTOVERS = "none of its files, segments or queues is left"
    DESCRIPTORS = "the parent and the fork server hold the descriptors they held"
    END = "it ended in one of the expected ways"
    TRIED = "it really came to its attempt"
    TEXT = "what came back is text of bounded length that can be written down"
    NEXT = "the next program runs as if nothing had been"


# Names of the outcomes' types; the unprotected ground has two more, "StillRunning" and "Vanished".
RAN, CRASHED, TIMED_OUT, KILLED = "Ran", "Crashed", "TimedOut", "Killed"
ANY = frozenset({RAN, CRASHED, TIMED_OUT, KILLED})


@dataclass(frozen=True)
class Attack:
    """A program that tries something it must not achieve.

    Attributes:
        name: what it tries, also the test's name.
        code: Python; finds the aims in the dict W and calls gained(what) when it believes it has succeeded.
        breaks: the fact that it breaks where nothing protects; None where a run without protection would
            harm the machine, or where the attempt is aimed at the sandbox itself.
        ends: how it may end.
        wall_s: its deadline.
        cell: tried as a session's cell as well.
        silent: its own output may be lost, so Fact.TRIED is not asked for.
    """

    name: str
    code: str
    breaks: Fact | None
    ends: frozenset[str] = ANY
    wall_s: float = 1.0
    cell: bool = False
    silent: bool = False

    def program(self, aims: Mapping[str, object]) -> str:
        """The whole source: prelude with the aims, then the attempt."""
        return _PRELUDE.replace("AIMS", repr(json.dumps(dict(aims)))) + dedent(self.code)


_PRELUDE = '''\
import ctypes, errno, json, os, re, signal, socket, struct, sys, threading, time
W = json.loads(AIMS)
SECRET = re.compile(rb"canary-[0-9a-f]{32}")
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.mmap.restype = ctypes.c_void_p

def gained(what):
    print("GAINED", what, flush=True)

def attempt(act, *arguments):
    """The result, or None when the act was refused."""
    try:
        return act(*arguments)
    except BaseException:
        return None

def call(number, *arguments):
    """A system call without the C library's wrapper; -1 when refused."""
    whole = [ctypes.c_long(part) if isinstance(part, int) else part for part in arguments]
    return libc.syscall(ctypes.c_long(number), *whole)

def search(path):
    """Print every secret in a file of /proc or elsewhere."""
    with open(path, "rb", buffering=0) as stream:
        for secret in SECRET.findall(stream.read(1 << 20)):
            print(secret.decode(), flush=True)

print("READY", flush=True)
'''
