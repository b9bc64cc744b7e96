"""Landlock: the child may read what Python needs, and write to nothing but /dev/null.

Sources: landlock(7), linux/landlock.h. Not covered by Landlock itself: stat, chmod and the like on
reachable paths, and descriptors that are open already; the filter of system calls and close_range do that.
"""

from __future__ import annotations

import ctypes
import os
import sys

from aimo_pipeline.trace.inside import kernel

# The same numbers on every architecture that Linux added them to.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
# How many rights on files each version of the interface knows; the newest count holds for later ones.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_NEWEST_FILE_RIGHTS = 16
_NET_RIGHTS, _SCOPES = 0b11, 0b11
_NET_SINCE, _SCOPES_SINCE = 4, 6

_READABLE = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
_DEVICES = ("/dev/urandom", "/dev/random", "/dev/zero")
_SINK = "/dev/null"


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    try:
        return kernel.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def python_folders() -> list[str]:
    """Where this interpreter imports from."""
    return sorted({os.path.realpath(entry) for entry in sys.path if os.path.isdir(entry)})


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    try:
        rule = _PathBeneath(rights, parent)
        kernel.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def ruleset() -> int:
    """A descriptor of the rules that `restrict` puts into force.

    Raises:
        OSError: the kernel has no Landlock.
    """
    newest = version()
    rules = _Ruleset((1 << _FILE_RIGHTS.get(newest, _NEWEST_FILE_RIGHTS)) - 1)
    size = 8
    if newest >= _NET_SINCE:
        rules.net, size = _NET_RIGHTS, 16
    if newest >= _SCOPES_SINCE:
        rules.scoped, size = _SCOPES, 24
    made = kernel.syscall(_CREATE_RULESET, ctypes.byref(rules), size, 0)
    for path in (*python_folders(), *_READABLE):
        _allow(made, path, _READ_FILE | (_READ_DIR if os.path.isdir(path) else 0))
    for path in _DEVICES:
        _allow(made, path, _READ_FILE)
    _allow(made, _SINK, _READ_FILE | _WRITE_FILE)
    return made


def restrict_step(ruleset_fd: int) -> kernel.Step:
    """Puts the rules into force for this thread, for good; needs no_new_privs."""
    return kernel.step("syscall", _RESTRICT_SELF, ruleset_fd, 0)
