"""Stands between us and the model's server, so that nothing of it outlives us.

    python -I -S keeper.py PROGRAM ARGUMENTS...

The server starts children of its own, which hold the GPU's memory. When we are killed outright, the kernel
tells this process (PR_SET_PDEATHSIG), and it kills the whole group, processes that hang or are stopped
included. A signal of the kernel straight to each of them would not do: it comes when the *thread* that
started them ends. Standard library only; run by its path, in a session of its own (process.py).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Run the program to its end.

    Returns:
        Its exit status; where a signal ended it, this process ends by the same one.
    """
    parent = os.getppid()

    def told(number: int, frame: object) -> None:
        if os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)  # us too

    signal.signal(signal.SIGTERM, told)  # an ordinary TERM is the program's affair
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    told(signal.SIGTERM, None)  # it may have died before that
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            os.execve(argv[0], argv, os.environ)
        except OSError as error:
            os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
            os._exit(127)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
