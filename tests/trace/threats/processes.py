"""Attacks on other processes: signals, limits, priority."""

from __future__ import annotations

from tests.trace.threats.attack import Attack, Fact

# SIGURG does nothing to a process that does not ask for it, so that even kill(-1) harms nobody;
# the aims count what reaches them.
SIGNALS = (
    Attack(
        "signals to others",
        """
        for pid in W["pids"]:
            attempt(os.kill, pid, signal.SIGURG)
            call(234, pid, pid, signal.SIGURG)  # tgkill
            call(200, pid, signal.SIGURG)  # tkill
            info = ctypes.create_string_buffer(struct.pack("iii", signal.SIGURG, 0, -1), 128)
            call(129, pid, signal.SIGURG, info)  # rt_sigqueueinfo
            pidfd = call(434, pid, 0)
            if pidfd >= 0:
                call(424, pidfd, signal.SIGURG, 0, 0)  # pidfd_send_signal
        """,
        Fact.SIGNALS,
    ),
    # Unprotected it would reach everybody on this machine, other judges' aims too.
    Attack("signals to everybody", "call(62, -1, signal.SIGURG)", None),
    Attack(
        "signals to the parent's groups",
        """
        for pid in {os.getppid(), *W["pids"]}:
            group = attempt(os.getpgid, pid)
            if group:
                attempt(os.killpg, group, signal.SIGURG)
        """,
        Fact.SIGNALS,
    ),
    Attack(
        "signals to its own group",
        """
        attempt(signal.signal, signal.SIGTERM, signal.SIG_DFL)
        attempt(os.setpgid, 0, os.getpgid(W["pids"][0]))
        attempt(os.killpg, 0, signal.SIGURG)
        os.kill(0, signal.SIGKILL)
        """,
        None,
        silent=True,
    ),
    Attack(
        "a signal sent by the kernel in its name: F_SETOWN",
        """
        import fcntl
        for pid in W["pids"]:
            here, there = os.pipe()
            attempt(fcntl.fcntl, here, fcntl.F_SETOWN, pid)
            attempt(fcntl.fcntl, here, fcntl.F_SETSIG, signal.SIGURG)
            attempt(fcntl.fcntl, here, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
            attempt(os.write, there, b"x")
        """,
        Fact.SIGNALS,
    ),
    Attack(
        "a signal sent by the kernel in its name: FIOSETOWN",
        """
        import fcntl
        for pid in W["pids"]:
            here, there = attempt(socket.socketpair) or (None, None)
            if here:
                attempt(fcntl.ioctl, here, 0x8901, struct.pack("i", pid))
                attempt(fcntl.ioctl, here, 0x5452, struct.pack("i", 1))
                attempt(there.send, b"x")
        """,
        Fact.SIGNALS,
    ),
    Attack(
        "its siblings killed",
        """
        for pid in W["siblings"]:
            attempt(os.kill, pid, signal.SIGKILL)
            call(62, pid, signal.SIGKILL)
        """,
        Fact.OTHERS,
    ),
)

MEDDLING = (
    Attack(
        "limits of others lowered",
        """
        import resource
        for pid in W["pids"]:
            attempt(resource.prlimit, pid, resource.RLIMIT_CORE, (0, 0))
            attempt(resource.prlimit, pid, resource.RLIMIT_NOFILE, (700, 700))
        """,
        Fact.OTHERS,
    ),
    Attack(
        "limits of others read",
        """
        import resource
        for pid in W["pids"]:
            if attempt(resource.prlimit, pid, resource.RLIMIT_NOFILE):
                gained(f"limits of {pid}")
        """,
        Fact.GAIN,
    ),
    Attack(
        "priority and cores of others",
        """
        for pid in W["pids"]:
            attempt(os.setpriority, os.PRIO_PROCESS, pid, 7)
            attempt(os.sched_setaffinity, pid, {0})
            attempt(os.sched_setscheduler, pid, os.SCHED_IDLE, os.sched_param(0))
            call(251, 1, pid, 3 << 13)  # ioprio_set
        """,
        Fact.OTHERS,
    ),
    Attack(
        "the out-of-memory killer pointed at others",
        """
        for pid in W["pids"]:
            attempt(lambda: open(f"/proc/{pid}/oom_score_adj", "w").write("900"))
        """,
        Fact.OTHERS,
    ),
)
