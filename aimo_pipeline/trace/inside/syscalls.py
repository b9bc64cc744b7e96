"""The list of system calls that a program may use; every other one fails with EPERM.

A list of what is allowed, because one of what is forbidden is out of date with each new kernel. libseccomp
(through pyseccomp) turns names into the machine's numbers, refuses other ABIs of the same machine, and
compiles the filter once; installing the compiled program takes one prctl in each child.

Source: seccomp(2), seccomp_rule_add(3).
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import tempfile
import termios

_ALLOWED = """
read write readv writev pread64 pwrite64 close fstat newfstatat stat lstat statx lseek getdents64
access faccessat faccessat2 readlink readlinkat getcwd chdir fadvise64 dup dup2 dup3 pipe pipe2
poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 sendto recvfrom
mmap mprotect munmap mremap madvise brk mincore membarrier
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait sigaltstack pause
setitimer getitimer alarm restart_syscall
futex set_robust_list get_robust_list rseq set_tid_address sched_yield sched_getaffinity getcpu
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times
getpid getppid gettid getuid geteuid getgid getegid getgroups getpgid getpgrp getsid getrusage getrlimit
uname sysinfo getrandom umask wait4 waitid exit exit_group
"""

_FCNTL = (fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL, fcntl.F_SETFL, fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC)
_IOCTL = (termios.TCGETS, termios.FIOCLEX, termios.FIONCLEX, termios.FIONREAD, termios.FIONBIO)
_PRCTL_READ = (2, 3, 16, 21, 39)  # PDEATHSIG, DUMPABLE, NAME, SECCOMP, NO_NEW_PRIVS
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_CLONE_THREAD = 0x00010000
_CLONE_NEW_ANY = 0x7E020080  # every namespace, time's too
_CLONE_UNTRACED = 0x00800000
_CLONE_PARENT = 0x00008000
_WRITES = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | (os.O_TMPFILE & ~os.O_DIRECTORY)
_SOCK_TYPE = 0xF
_OPTIMIZE_TREE = 2


def compiled(*, forks: bool, session: bool, writes: bool) -> bytes:
    """The filter as the kernel takes it (struct sock_filter[]).

    Args:
        forks: whether new processes may be forked (never another program executed).
        session: whether the program is a session's, which forks before each cell and ties the fork to itself.
        writes: whether files may be opened for writing, because Landlock decides on that.

    Raises:
        ImportError, RuntimeError: pyseccomp or libseccomp is not installed.
        OSError: libseccomp refuses a rule.
    """
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    rules.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    rules.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, _OPTIMIZE_TREE)
    for name in _ALLOWED.split():
        rules.add_rule(pyseccomp.ALLOW, name)
    # glibc falls back to clone, whose flags can be looked at; those of clone3 lie in memory.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    _add_conditional(rules, writes=writes)
    _add_processes(rules, forks=forks or session, session=session)
    return _exported(rules)


def gate() -> bytes:
    """The filter that asks before any process is forked, and lets everything else pass to the next filter.

    Raises:
        ImportError, RuntimeError: pyseccomp or libseccomp is not installed.
        OSError: libseccomp or the kernel does not know such rules.
    """
    import pyseccomp

    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    rules.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    rules.add_rule(pyseccomp.NOTIFY, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0))
    for name in ("fork", "vfork"):
        rules.add_rule(pyseccomp.NOTIFY, name)
    return _exported(rules)


def _exported(rules: object) -> bytes:
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)  # type: ignore[attr-defined]
        file.seek(0)
        return file.read()


def _add_conditional(rules: object, *, writes: bool) -> None:
    import pyseccomp

    def allow(name: str, argument: int, value: int, mask: int | None = None) -> None:
        if mask is None:
            test = pyseccomp.Arg(argument, pyseccomp.EQ, value)
        else:
            test = pyseccomp.Arg(argument, pyseccomp.MASKED_EQ, mask, value)
        rules.add_rule(pyseccomp.ALLOW, name, test)  # type: ignore[attr-defined]

    for command in _FCNTL:
        allow("fcntl", 1, command)
    for request in _IOCTL:
        allow("ioctl", 1, request)
    for option in (*_PRCTL_READ, _PR_SET_NAME):
        allow("prctl", 0, option)
    # Its own limits only, and reading them: a new one would be the third argument.
    rules.add_rule(  # type: ignore[attr-defined]
        pyseccomp.ALLOW,
        "prlimit64",
        pyseccomp.Arg(0, pyseccomp.EQ, 0),
        pyseccomp.Arg(2, pyseccomp.EQ, 0),
    )
    # A stream pair is connected for good, so it cannot be turned to anybody else; asyncio needs one.
    rules.add_rule(  # type: ignore[attr-defined]
        pyseccomp.ALLOW,
        "socketpair",
        pyseccomp.Arg(0, pyseccomp.EQ, socket.AF_UNIX),
        pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _SOCK_TYPE, socket.SOCK_STREAM),
    )
    mask = 0 if writes else _WRITES
    allow("openat", 2, 0, mask)
    allow("open", 1, 0, mask)


def _add_processes(rules: object, *, forks: bool, session: bool) -> None:
    import pyseccomp

    flags = _CLONE_NEW_ANY | _CLONE_PARENT | _CLONE_UNTRACED
    want = 0
    if not forks:
        flags, want = flags | _CLONE_THREAD, _CLONE_THREAD
    test = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flags, want)
    rules.add_rule(pyseccomp.ALLOW, "clone", test)  # type: ignore[attr-defined]
    if forks:
        for name in ("fork", "vfork"):
            rules.add_rule(pyseccomp.ALLOW, name)  # type: ignore[attr-defined]
    if session:
        rules.add_rule(pyseccomp.ALLOW, "pidfd_open")  # type: ignore[attr-defined]
        for signal in (0, 9):
            rules.add_rule(  # type: ignore[attr-defined]
                pyseccomp.ALLOW,
                "prctl",
                pyseccomp.Arg(0, pyseccomp.EQ, _PR_SET_PDEATHSIG),
                pyseccomp.Arg(1, pyseccomp.EQ, signal),
            )
