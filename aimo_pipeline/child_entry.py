"""First code of every child: ties its life to the parent's, sets limits, becomes the real program.

Run as a file by process.py (`python -I -S child_entry.py LIMITS PARENT -- program args...`, with
`--offline` for `--` where the child may open no socket), standard library only. A separate program rather
than a preexec_fn, because code between fork and exec is unsafe in a threaded parent, and PR_SET_PDEATHSIG
must be set by the child itself.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import struct
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
# Of each machine: its AUDIT_ARCH and its numbers of socket and io_uring_setup, which could open one as well.
SOCKET_CALLS = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
X32_CALLS = 0x40000000
ORPHANED = 125
NOT_STARTED = 126


def tie_to_parent(parent: int) -> None:
    """Die with the parent; the parent may have died already, hence the second look."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(ORPHANED)


def set_limits(limits: dict[str, int]) -> None:
    """Set each resource limit; zero means none, and no limit is raised above the inherited hard one."""
    for name, value in limits.items():
        number = getattr(resource, name)
        _, hard = resource.getrlimit(number)
        if value and (hard == resource.RLIM_INFINITY or value <= hard):
            # One more second before the hard limit on CPU time: SIGXCPU names the reason, SIGKILL would not.
            ceiling = value + 1 if name == "RLIMIT_CPU" else value
            resource.setrlimit(
                number, (value, ceiling if hard == resource.RLIM_INFINITY else min(ceiling, hard))
            )


def socket_filter(arch: int, calls: tuple[int, ...]) -> bytes:
    """A classic BPF program for seccomp (man 2 seccomp) that refuses these system calls and foreign ABIs."""
    load, if_equal, if_least, give = 0x20, 0x15, 0x35, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | errno.EACCES
    tests = [(if_least, X32_CALLS), *((if_equal, call) for call in calls)]
    lines = [(load, 0, 0, 4), (if_equal, 0, len(tests) + 2, arch), (load, 0, 0, 0)]
    lines += [(code, len(tests) - i, 0, value) for i, (code, value) in enumerate(tests)]
    lines += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def close_network() -> None:
    """Open no socket from here on; a machine that does not allow the filter goes without."""
    machine = os.uname().machine
    if machine not in SOCKET_CALLS:
        return
    arch, *calls = SOCKET_CALLS[machine]
    code = ctypes.create_string_buffer(socket_filter(arch, tuple(calls)))
    program = struct.pack("HxxxxxxP", (len(code) - 1) // 8, ctypes.addressof(code))
    ctypes.CDLL(None).prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0)


def given_environment() -> dict[bytes, bytes]:
    """The environment as the parent gave it; this interpreter may have added a locale to its own."""
    with open("/proc/self/environ", "rb") as stream:
        pairs = [entry.partition(b"=") for entry in stream.read().split(b"\0") if entry]
    return {name: value for name, _, value in pairs}


def main() -> None:
    """Never returns: exec or exit."""
    limits, parent, network, *argv = sys.argv[1:]
    tie_to_parent(int(parent))
    set_limits(json.loads(limits))
    if network == "--offline":
        close_network()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(argv[0], argv, given_environment())
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main()
