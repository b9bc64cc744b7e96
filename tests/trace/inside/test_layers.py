"""The way down: which calls a child makes, in which order, and what happens when one is refused."""

from __future__ import annotations

import os
import resource
import signal
from dataclasses import replace

import pytest

from aimo_pipeline.trace.inside import attempts, kernel
from aimo_pipeline.trace.inside.layers import Descent, Descents, Layers, Limits, limit_steps

LAYERS = Layers(
    rules_fd=9,
    filters={"run": b"\0" * 8},
    uid_base=1000,
    reads_all=False,
    empty_fd=None,
    gate=None,
    shared_uid_processes=0,
)
LIMITS = Limits(cpu_s=2, memory_bytes=1 << 30, file_bytes=1, open_files=16, processes=4, int_digits=100)


def named(layers: Layers) -> list[str]:
    """The calls by name; prctl with its option."""
    steps = Descent(layers, LIMITS, "run").steps(channel=7, output=8, slot=3)
    return [
        f"{call.__name__} {arguments[0].value}" if call.__name__ == "prctl" else call.__name__  # type: ignore[attr-defined]
        for call, arguments in steps
    ]


class TestOrder:
    """Each layer comes after what it would forbid and before what would undo it."""

    def test_the_death_signal_is_set_after_the_change_of_uid_which_clears_it(self) -> None:
        names = named(LAYERS)
        assert names.index(f"prctl {kernel.PR_SET_PDEATHSIG}") > names.index("setresuid")

    def test_groups_and_gid_go_before_the_uid(self) -> None:
        names = named(LAYERS)
        assert names.index("setgroups") < names.index("setresgid") < names.index("setresuid")

    def test_no_new_privileges_comes_before_landlock(self) -> None:
        names = named(LAYERS)
        assert names.index(f"prctl {kernel.PR_SET_NO_NEW_PRIVS}") < names.index("syscall")

    def test_the_process_is_no_longer_dumpable_after_the_change_of_uid(self) -> None:
        names = named(LAYERS)
        assert names.index(f"prctl {kernel.PR_SET_DUMPABLE}") > names.index("setresuid")

    def test_without_landlock_an_empty_folder_is_the_root_before_rights_are_gone(self) -> None:
        names = named(replace(LAYERS, rules_fd=None, empty_fd=5))
        assert names.index("fchdir") < names.index("chroot") < names.index("setresuid")
        assert "syscall" not in names


class TestTake:
    """Calls are made one after another; the first that is refused ends it with its name."""

    def test_a_refused_one_is_named_and_the_next_is_not_made(self) -> None:
        read, write = os.pipe()
        steps = [kernel.step("chroot", b"/no/such/folder"), kernel.step("dup2", write, 0)]
        with pytest.raises(OSError, match="chroot"):
            kernel.take(steps)
        os.close(read)
        os.close(write)

    def test_limits_are_set_as_they_are_written_down(self) -> None:
        def limited() -> bool:
            kernel.take(limit_steps(LIMITS, shared_uid_processes=0))
            wanted = {
                resource.RLIMIT_CPU: (2, 3),
                resource.RLIMIT_NOFILE: (16, 16),
                resource.RLIMIT_CORE: (0, 0),
            }
            return all(resource.getrlimit(number) == limit for number, limit in wanted.items())

        assert attempts.holds(limited)

    def test_a_hard_limit_is_never_raised(self) -> None:
        def limited() -> bool:
            resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
            kernel.take(limit_steps(LIMITS, shared_uid_processes=0))
            return resource.getrlimit(resource.RLIMIT_NOFILE) == (8, 8)

        assert attempts.holds(limited)


class TestDescents:
    """The same kind and limits get the same way down; the memory of them is bounded."""

    def test_it_is_written_down_once(self) -> None:
        descents = Descents(LAYERS)
        assert descents.of("run", vars(LIMITS)) is descents.of("run", vars(LIMITS))
        assert descents.of("run", vars(LIMITS) | {"cpu_s": 3})[0].cpu_s == 3

    def test_many_limits_do_not_pile_up(self) -> None:
        descents = Descents(LAYERS)
        for seconds in range(1, 200):
            descents.of("run", vars(LIMITS) | {"cpu_s": seconds})
        assert len(descents._found) <= 64


class TestFork:
    """The C library's fork gives a child that works like any other."""

    def test_the_child_runs_python_and_can_be_waited_for(self) -> None:
        child = kernel.fork()
        if child == 0:
            os._exit(sum([3, 4]))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7

    def test_what_is_made_in_a_child_comes_back_and_a_failure_is_empty(self) -> None:
        assert attempts.made(lambda: b"x" * 200_000) == b"x" * 200_000
        assert attempts.made(lambda: bytes(1 // 0)) == b""
        assert attempts.made(lambda: os.kill(os.getpid(), signal.SIGKILL) or b"x") == b""
