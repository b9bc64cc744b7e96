"""System calls that Python does not wrap, through ctypes.

Sources: prctl(2), capset(2), landlock(7), seccomp(2), madvise(2), unshare(2), and linux/capability.h.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable, Iterable

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.prctl.argtypes = [ctypes.c_int, *([ctypes.c_ulong] * 4)]
# Calls that keep the interpreter's lock: there is nobody to hand it to, and handing it over touches memory.
_HELD = ctypes.PyDLL(None)

# A call into the C library with its arguments as it takes them, made ready beforehand.
Step = tuple[Callable[..., int], tuple[object, ...]]

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_GET_SECCOMP = 21
PR_SET_SECCOMP = 22
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
SECCOMP_MODE_FILTER = 2
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SECCOMP_SET_MODE_FILTER, _SECCOMP_NEW_LISTENER = 1, 8

CAP_DAC_READ_SEARCH = 1 << 2

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MADV_COLLAPSE = 25
_CLOSE_RANGE = 436  # the same number on every architecture
_MS_REC, _MS_PRIVATE, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 0x4000, 1 << 18, 2, 4, 8
_CAPABILITY_VERSION_3 = 0x20080522


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def prctl(option: int, value: int = 0, other: int = 0) -> int:
    """prctl(2) with one integer argument, or two.

    Raises:
        OSError: the kernel refuses.
    """
    return _checked(_LIBC.prctl(option, value, other, 0, 0))


def syscall(number: int, *arguments: object) -> int:
    """A system call by number; integers are passed as longs.

    Raises:
        OSError: the kernel refuses or does not know it.
    """
    whole = [ctypes.c_long(part) if isinstance(part, int) else part for part in arguments]
    return _checked(_LIBC.syscall(ctypes.c_long(number), *whole))


def step(name: str, *arguments: object) -> Step:
    """A call that `take` makes; integers are passed as longs.

    Args:
        name: of a function of the C library that returns an int, negative when the kernel refuses.
        arguments: integers, bytes and ctypes objects.
    """
    whole = tuple(ctypes.c_long(part) if isinstance(part, int) else part for part in arguments)
    return getattr(_HELD, name), whole


def take(steps: Iterable[Step]) -> None:
    """Make the calls, one after another.

    Raises:
        OSError: the kernel refuses one.
    """
    for call, arguments in steps:
        if call(*arguments) < 0:
            raise OSError(f"refused: {call.__name__}{arguments}")


def fork() -> int:
    """fork(2) as the C library does it, for a process with one thread.

    os.fork would also repair, in the child, what other threads had held in the parent, and call back what
    modules have registered; that touches 200 pages, which have to be copied then.

    Raises:
        OSError: no further process can be started.
    """
    return _checked(_HELD.fork())


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def filter_step(program: bytes) -> Step:
    """Installs a compiled seccomp filter (struct sock_filter[]) for this thread and what it starts."""
    whole = _FilterProgram(len(program) // 8, program)
    return step("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.pointer(whole), 0, 0)


def install_filter(program: bytes) -> None:
    """Install such a filter now."""
    take([filter_step(program)])


def install_listener(program: bytes) -> int:
    """As install_filter, and return the descriptor on which the filter's questions are answered.

    Raises:
        OSError: the kernel does not know such filters, or there is one already.
        KeyError: the machine is none that this was written for.
    """
    whole = _FilterProgram(len(program) // 8, program)
    number = _SECCOMP[os.uname().machine]
    return syscall(number, _SECCOMP_SET_MODE_FILTER, _SECCOMP_NEW_LISTENER, ctypes.byref(whole))


def capability_step(mask: int) -> Step:
    """Leaves just these capabilities (of the first 32), permitted and effective."""
    header = struct.pack("II", _CAPABILITY_VERSION_3, 0)
    return step("capset", header, struct.pack("6I", mask, mask, 0, 0, 0, 0))


def limit_step(number: int, soft: int, hard: int) -> Step:
    """Sets a resource limit."""
    return step("setrlimit", number, (ctypes.c_ulong * 2)(soft, hard))


def close_step(first: int) -> Step:
    """Closes every descriptor from `first` on."""
    return step("syscall", _CLOSE_RANGE, first, 0x7FFFFFFF, 0)


def collapse(start: int, length: int) -> None:
    """Back a range of memory with huge pages now, which makes every later fork cheaper."""
    _checked(_LIBC.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), MADV_COLLAPSE))


def unshare(flags: int) -> None:
    """unshare(2).

    Raises:
        OSError: not allowed here.
    """
    _checked(_LIBC.unshare(flags))


def mount_own_proc() -> None:
    """Show the processes of this pid namespace under /proc, in a mount namespace of our own."""
    _checked(_LIBC.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None))
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _checked(_LIBC.mount(b"proc", b"/proc", b"proc", flags, None))
