"""System calls that Python does not wrap, through ctypes.

Sources: prctl(2), capset(2), landlock(7), seccomp(2), madvise(2), unshare(2), and linux/capability.h.
"""

from __future__ import annotations

import ctypes
import os
import struct

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.prctl.argtypes = [ctypes.c_int, *([ctypes.c_ulong] * 4)]

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


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def install_filter(program: bytes) -> None:
    """Install a compiled seccomp filter (struct sock_filter[]) for this thread and what it starts."""
    whole = _FilterProgram(len(program) // 8, program)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(whole))


def install_listener(program: bytes) -> int:
    """As install_filter, and return the descriptor on which the filter's questions are answered.

    Raises:
        OSError: the kernel does not know such filters, or there is one already.
        KeyError: the machine is none that this was written for.
    """
    whole = _FilterProgram(len(program) // 8, program)
    number = _SECCOMP[os.uname().machine]
    return syscall(number, _SECCOMP_SET_MODE_FILTER, _SECCOMP_NEW_LISTENER, ctypes.byref(whole))


def set_capabilities(mask: int) -> None:
    """Hold just these capabilities (of the first 32), permitted and effective."""
    header = struct.pack("II", _CAPABILITY_VERSION_3, 0)
    _checked(_LIBC.capset(header, struct.pack("6I", mask, mask, 0, 0, 0, 0)))


def collapse(start: int, length: int) -> None:
    """Back a range of memory with huge pages now, which makes every later fork cheaper."""
    _checked(_LIBC.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), MADV_COLLAPSE))


def unshare(flags: int) -> None:
    """unshare(2).

    Raises:
        OSError: not allowed here.
    """
    _checked(_LIBC.unshare(flags))


def close_from(first: int) -> None:
    """Close every descriptor from `first` on, in one call where the kernel has it."""
    try:
        syscall(_CLOSE_RANGE, first, 0x7FFFFFFF, 0)
    except OSError:
        os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def mount_own_proc() -> None:
    """Show the processes of this pid namespace under /proc, in a mount namespace of our own."""
    _checked(_LIBC.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None))
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    _checked(_LIBC.mount(b"proc", b"/proc", b"proc", flags, None))
