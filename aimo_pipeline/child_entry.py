"""First code of every child: ties its life to the parent's, sets limits, becomes the real program.

Run as a file by process.py (`python -I -S child_entry.py LIMITS PARENT -- program args...`), standard
library only. A separate program rather than a preexec_fn, because code between fork and exec is unsafe
in a threaded parent, and PR_SET_PDEATHSIG must be set by the child itself.
"""

import ctypes
import json
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
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


def given_environment() -> dict[bytes, bytes]:
    """The environment as the parent gave it; this interpreter may have added a locale to its own."""
    with open("/proc/self/environ", "rb") as stream:
        pairs = [entry.partition(b"=") for entry in stream.read().split(b"\0") if entry]
    return {name: value for name, _, value in pairs}


def main() -> None:
    """Never returns: exec or exit."""
    limits, parent, _, *argv = sys.argv[1:]
    tie_to_parent(int(parent))
    set_limits(json.loads(limits))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(argv[0], argv, given_environment())
    except OSError as error:
        sys.stderr.write(f"{argv[0]}: {error.strerror}\n")
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main()
