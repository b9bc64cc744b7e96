"""Which layers between a model-written program and the machine are on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Protections:
    """What was found to work when it was tried, not what the machine claims to have.

    Attributes:
        rlimits: processor time, memory, file size, descriptors and processes are limited.
        group_kill: one signal ends a program with everything that it started.
        seccomp: a list of allowed system calls; no network, exec, ptrace, signals, mounts, shared memory.
        no_fork: stateless programs cannot fork.
        fork_gate: a session's cells cannot fork; without it they can, and are ended all together.
        landlock: version of the kernel's interface, 0 without it; files can be read only where Python lies.
        chroot: an empty folder is the root; only where Landlock is missing.
        uid: each running program has a user of its own.
        subreaper: orphaned processes come back to the fork server.
        pid_namespace: the kernel ends all programs with the fork server; no network device, no shared memory.
        imports: programs can import modules that were not preloaded.
        huge_pages: the fork server's memory is in huge pages, which halves the time of a fork.
        missing: modules that were to be preloaded and are not installed.
    """

    rlimits: bool
    group_kill: bool
    seccomp: bool
    no_fork: bool
    fork_gate: bool
    landlock: int
    chroot: bool
    uid: bool
    subreaper: bool
    pid_namespace: bool
    imports: bool
    huge_pages: bool
    missing: tuple[str, ...]

    def lacking(self) -> tuple[str, ...]:
        """Required protections that do not work here."""
        required = {
            "resource limits": self.rlimits,
            "killing a process group": self.group_kill,
            "seccomp (pyseccomp and libseccomp2)": self.seccomp,
        }
        return tuple(name for name, works in required.items() if not works)

    def lines(self) -> tuple[str, ...]:
        """One line for each, for people."""
        files = "only Python's own folders can be read" if self.landlock else "not available"
        table = {
            "resource limits": _on(self.rlimits),
            "group kill": _on(self.group_kill),
            "seccomp": _on(self.seccomp),
            "no fork": _on(self.no_fork),
            "no fork in cells": _on(self.fork_gate),
            "landlock": f"version {self.landlock}, {files}" if self.landlock else files,
            "empty root": _on(self.chroot) if not self.landlock else "not needed",
            "own uid": _on(self.uid),
            "subreaper": _on(self.subreaper),
            "namespaces": _on(self.pid_namespace),
            "late imports": "work" if self.imports else "only preloaded modules",
            "huge pages": _on(self.huge_pages),
            "not preloaded": ", ".join(self.missing) or "nothing",
        }
        return tuple(f"{name}: {state}" for name, state in table.items())


def _on(works: bool) -> str:
    return "on" if works else "off"
