"""Attacks through parts of the kernel that no mathematics needs: each call alone would be a way round."""

from __future__ import annotations

from tests.trace.threats.attack import Attack, Fact


def _call(name: str, expression: str, *, cleanup: str = "") -> Attack:
    """An attack that has succeeded when the call does not return -1."""
    code = f"""
        result = {expression}
        if result >= 0:
            gained({name!r})
            {cleanup or "pass"}
        """
    return Attack(name, code, Fact.GAIN, silent=True)


CALLS = (
    _call(
        "io_uring, which opens and connects past any filter", "call(425, 4, ctypes.create_string_buffer(120))"
    ),
    _call("memfd_create", "call(319, b'x', 0)"),
    _call("memfd_secret or userfaultfd", "max(call(447, 0), call(323, 1))"),
    _call("a user namespace", "call(272, 0x10000000)"),
    _call("a mount namespace", "call(272, 0x00020000)"),
    _call("a network namespace", "call(272, 0x40000000)"),
    _call(
        "the namespace of a parent",
        "max(call(308, call(434, W['pids'][0], 0), flag) for flag in (0x4000000, 0x40000000))",
    ),
    _call(
        "a file system mounted",
        "call(165, b'none', W['open_folder'].encode(), b'tmpfs', 0, 0)",
        cleanup="call(166, W['open_folder'].encode(), 2)",
    ),
    _call("the new mount interface", "call(430, b'tmpfs', 0)"),
    _call("another root", "call(161, W['open_folder'].encode())", cleanup="call(161, b'.')"),
    _call("the host's name", "call(170, W['host'].encode(), len(W['host']))"),
    _call("a key in a keyring", "call(248, b'user', W['token'].encode(), b'x', 1, -1)"),
    _call("the keyring of its session", "call(250, 0, -3, 1, 0, 0)"),
    _call("an eBPF map", "call(321, 0, (ctypes.c_uint32 * 18)(2, 4, 8, 1), 72)"),
    _call("performance counters", "call(298, (ctypes.c_uint32 * 32)(1, 128, 0, 0), 0, -1, -1, 0)"),
    _call("the kernel's log", "call(103, 10, 0, 0)"),
    _call(
        "a watch on others' files", "call(254, call(294, 0), os.path.dirname(W['open_file']).encode(), 0x3)"
    ),
    _call("a lock on a file of others", "call(73, call(2, W['open_file'].encode(), 0), 2 | 4)"),
)

SEGMENTS = (
    Attack(
        "the user id or the capabilities of root",
        """
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        wanted = (ctypes.c_uint32 * 6)(1 << 21, 1 << 21, 0, 0, 0, 0)  # CAP_SYS_ADMIN
        if call(126, header, wanted) == 0:
            gained("CAP_SYS_ADMIN")
        if os.getuid() and max(call(105, 0), call(117, 0, 0, 0)) >= 0:
            gained("the user id of root")
        """,
        Fact.GAIN,
        silent=True,
    ),
    Attack(
        "a System V segment, semaphore and queue that stay",
        """
        call(29, W["key"], 1 << 20, 0o1666)
        call(64, W["key"], 1, 0o1666)
        call(68, W["key"], 0o1666)
        """,
        Fact.LEFTOVERS,
        silent=True,
    ),
    Attack(
        "a POSIX message queue that stays",
        """
        if call(240, W["token"].encode(), os.O_CREAT | os.O_RDWR, 0o666, 0) >= 0:
            gained("a queue")
        """,
        Fact.GAIN,
        silent=True,
    ),
    Attack(
        "others' System V segments",
        """
        for identifier in (W["segment"], *range(32)):
            libc.shmat.restype = ctypes.c_void_p
            where = attempt(libc.shmat, identifier, None, 0o10000)
            if where not in (None, ctypes.c_void_p(-1).value):
                print(ctypes.string_at(where, 39).decode("utf-8", "replace"), flush=True)
        """,
        Fact.SECRECY,
        silent=True,
    ),
)
