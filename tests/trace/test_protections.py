"""Saying which layers are on, and checking what a child says of itself."""

from __future__ import annotations

import dataclasses
import resource
from typing import Any

import pytest

from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.errors import SandboxUnavailable
from aimo_pipeline.trace.attestation import attested
from aimo_pipeline.trace.protections import Protections

ALL = Protections(
    rlimits=True,
    group_kill=True,
    seccomp=True,
    no_fork=True,
    fork_gate=True,
    landlock=7,
    chroot=False,
    uid=True,
    subreaper=True,
    pid_namespace=True,
    imports=True,
    huge_pages=True,
    missing=(),
)
LIMITS = LimitsConfig()
CLEAN: dict[str, Any] = {
    "pid": 7,
    "uid": 1000,
    "names": [],
    "limits": {
        str(resource.RLIMIT_CPU): LIMITS.cpu_s,
        str(resource.RLIMIT_AS): LIMITS.memory_bytes,
        str(resource.RLIMIT_FSIZE): LIMITS.file_bytes,
        str(resource.RLIMIT_NOFILE): LIMITS.open_files,
        str(resource.RLIMIT_NPROC): 1000,
    },
    "no_new_privs": 1,
    "seccomp": 2,
}


class TestProtections:
    """Required ones that do not work are named; the rest is said."""

    @pytest.mark.parametrize("name", ["rlimits", "group_kill", "seccomp"])
    def test_a_required_one_that_is_off_is_lacking(self, name: str) -> None:
        assert ALL.lacking() == ()
        assert len(dataclasses.replace(ALL, **{name: False}).lacking()) == 1

    @pytest.mark.parametrize("name", ["landlock", "uid", "pid_namespace", "fork_gate", "imports"])
    def test_a_machine_without_another_one_will_do(self, name: str) -> None:
        assert dataclasses.replace(ALL, **{name: 0}).lacking() == ()

    @pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Protections)])
    def test_every_change_shows_in_the_lines(self, field: str) -> None:
        base = dataclasses.replace(ALL, landlock=0)
        value = ("gmpy2",) if field == "missing" else not getattr(base, field)
        assert dataclasses.replace(base, **{field: value}).lines() != base.lines()


class TestAttested:
    """A child that is not what was asked for is refused before it runs anything."""

    def test_a_clean_one_passes(self) -> None:
        found = attested(CLEAN, pid=7, limits=LIMITS, protections=ALL)
        assert (found.pid, found.names, found.limits[resource.RLIMIT_CPU]) == (7, (), LIMITS.cpu_s)

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({"pid": 8}, "its pid"),
            ({"names": ["left"]}, "its namespace"),
            ({"no_new_privs": 0}, "new privileges"),
            ({"seccomp": 0}, "its filter"),
            ({"limits": CLEAN["limits"] | {str(resource.RLIMIT_CPU): LIMITS.cpu_s + 1}}, "its limits"),
            ({"limits": CLEAN["limits"] | {str(resource.RLIMIT_AS): -1}}, "its limits"),
            ({"limits": {}}, "its limits"),
        ],
    )
    def test_one_that_differs_is_refused_and_named(self, change: dict[str, Any], named: str) -> None:
        with pytest.raises(SandboxUnavailable, match=named):
            attested(CLEAN | change, pid=7, limits=LIMITS, protections=ALL)

    def test_a_stricter_limit_than_asked_for_will_do(self) -> None:
        limits = CLEAN["limits"] | {str(resource.RLIMIT_AS): 1 << 20}
        attested(CLEAN | {"limits": limits}, pid=7, limits=LIMITS, protections=ALL)

    def test_without_seccomp_none_is_asked_for(self) -> None:
        without = dataclasses.replace(ALL, seccomp=False)
        attested(CLEAN | {"seccomp": 0}, pid=7, limits=LIMITS, protections=without)
