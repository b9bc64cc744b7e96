"""The rights with which the sandbox is tried: root's, a Kaggle container's (also on an old kernel), and none.

As a program (python -m tests.trace.threats.modes MODE -- command...) sets the filter and becomes the command.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import struct
import sys
from collections.abc import Sequence

# Root with every capability; a container's root; the same without Landlock, as on an old kernel or under an
# old runtime; root without any capability; whoever we are, if not root.
ROOT, KAGGLE, OLD, BARE, USER = "root", "kaggle", "old", "bare", "user"
MODES = (ROOT, KAGGLE, OLD, BARE, USER)

# Docker's default capabilities (https://docs.docker.com/engine/containers/run, "Runtime privilege").
_DOCKER_CAPABILITIES = (
    "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,"
    "audit_write,setfcap"
)
_CAPABILITIES = {KAGGLE: _DOCKER_CAPABILITIES, OLD: _DOCKER_CAPABILITIES, BARE: ""}

# What Docker's default seccomp profile denies without further capabilities (x86-64 numbers).
_DENIED = {
    "acct": 163,
    "add_key": 248,
    "bpf": 321,
    "clock_adjtime": 305,
    "clock_settime": 227,
    "delete_module": 176,
    "fanotify_init": 300,
    "finit_module": 313,
    "fsconfig": 431,
    "fsmount": 432,
    "fsopen": 430,
    "fspick": 433,
    "init_module": 175,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "io_uring_setup": 425,
    "ioperm": 173,
    "iopl": 172,
    "kcmp": 312,
    "kexec_file_load": 320,
    "kexec_load": 246,
    "keyctl": 250,
    "mbind": 237,
    "migrate_pages": 256,
    "mount": 165,
    "mount_setattr": 442,
    "move_mount": 429,
    "move_pages": 279,
    "open_by_handle_at": 304,
    "open_tree": 428,
    "perf_event_open": 298,
    "pivot_root": 155,
    "quotactl": 179,
    "reboot": 169,
    "request_key": 249,
    "sethostname": 170,
    "setns": 308,
    "settimeofday": 164,
    "swapoff": 168,
    "swapon": 167,
    "syslog": 103,
    "umount2": 166,
    "unshare": 272,
    "userfaultfd": 323,
    "vhangup": 153,
}
_LANDLOCK = (444, 445, 446)  # which a profile that does not know them answers with ENOSYS
_CLONE, _CLONE3, _NAMESPACE_FLAGS = 56, 435, 0x7E020080
_EPERM, _ENOSYS = 1, 38
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


def _denied(number: int, error: int) -> list[tuple[int, int, int, int]]:
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | error)]


def _filter(*, landlock: bool) -> bytes:
    """Classic BPF over struct seccomp_data, as seccomp(2) describes: number at 0, first argument at 16."""
    program = [(_LOAD, 0, 0, 0)]
    for number in _DENIED.values():
        program += _denied(number, _EPERM)
    for number in (_CLONE3, *(() if landlock else _LANDLOCK)):
        program += _denied(number, _ENOSYS)
    program += [
        (_EQUAL, 0, 3, _CLONE),
        (_LOAD, 0, 0, 16),
        (_ANY_BIT, 0, 1, _NAMESPACE_FLAGS),
        (_RETURN, 0, 0, _ERRNO | _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def _imitate_container(*, landlock: bool) -> None:
    PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
    program = _filter(landlock=landlock)
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header), 0, 0):
        raise OSError(ctypes.get_errno(), "the imitation's filter")


def available(mode: str) -> bool:
    """Whether a mode can be taken on from the rights that we have."""
    if os.geteuid() != 0:
        return mode == USER
    imitated = platform.machine() == "x86_64" and shutil.which("setpriv") is not None
    return mode == ROOT or (mode != USER and imitated)


def here() -> tuple[str, ...]:
    """The modes that can be taken on."""
    return tuple(mode for mode in MODES if available(mode))


def command(mode: str, program: Sequence[str]) -> list[str]:
    """The command that runs a program with the rights of a mode."""
    if mode in (ROOT, USER):
        return list(program)
    kept = ",".join(f"+{name}" for name in _CAPABILITIES[mode].split(",") if name)
    capabilities = ",".join(part for part in ("-all", kept) if part)
    setpriv = shutil.which("setpriv") or "setpriv"
    rights = [setpriv, f"--bounding-set={capabilities}", "--inh-caps=-all"]
    # The filter first: later, without CAP_SYS_ADMIN, it would take no_new_privs, which no runtime sets.
    return [sys.executable, "-m", "tests.trace.threats.modes", mode, "--", *rights, *program]


def main() -> None:
    """Take on what a container's runtime imposes, then become the program."""
    mode, _, *program = sys.argv[1:]
    _imitate_container(landlock=mode != OLD)
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
