"""What a child says of itself before it gets a program, and whether that is what was asked for."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import Any

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.trace.protections import Protections

_FILTERED = 2  # SECCOMP_MODE_FILTER


@dataclass(frozen=True)
class Attestation:
    """Read back by the child after all layers, before any code of a model.

    Attributes:
        pid: in the fork server's namespace.
        uid: whose rights it has.
        names: what its namespace holds; nothing, in a clean one.
        limits: soft limits by number, as module resource numbers them.
        no_new_privs: 1 when it cannot gain rights by executing a program.
        seccomp: the kernel's mode; 2 is a filter.
    """

    pid: int
    uid: int
    names: tuple[str, ...]
    limits: dict[int, int]
    no_new_privs: int
    seccomp: int


def _wanted(limits: LimitsConfig) -> dict[int, int]:
    """Limits that may be stricter, never laxer; the one on processes may allow for others of the uid."""
    return {
        resource.RLIMIT_CPU: limits.cpu_s,
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
    }


def attested(
    said: dict[str, Any], *, pid: int | None, limits: LimitsConfig, protections: Protections
) -> Attestation:
    """Check what a new child says of itself.

    Args:
        said: its first frame's content.
        pid: what the fork server calls it.
        limits: what it was to be limited to.
        protections: the layers that work here.

    Raises:
        SandboxUnavailable: it is not what was asked for. It has run nothing yet.
    """
    numbers = {int(number): value for number, value in said["limits"].items()}
    names, seccomp = tuple(said["names"]), said["seccomp"]
    found = Attestation(said["pid"], said["uid"], names, numbers, said["no_new_privs"], seccomp)
    checks = {
        "its pid": pid in (None, found.pid),
        "its namespace": not found.names,
        "new privileges": found.no_new_privs == 1,
        "its filter of system calls": found.seccomp == _FILTERED or not protections.seccomp,
        "its limits": all(
            0 <= numbers.get(number, -1) <= value for number, value in _wanted(limits).items() if value
        ),
    }
    wrong = [name for name, right in checks.items() if not right]
    if wrong:
        raise SandboxUnavailable(f"a new child is not what was asked for: {', '.join(wrong)}")
    return found
