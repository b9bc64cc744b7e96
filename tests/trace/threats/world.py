"""Everything that a program must not reach, set up around the sandbox, and the look at it afterwards."""

from __future__ import annotations

import os
import re
import secrets
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import aimo_pipeline
from tests.trace.threats.attack import Attack, Fact
from tests.trace.threats.ground import Ended
from tests.trace.threats.targets import Files, Leftovers, Listeners, Segment
from tests.trace.threats.victims import SECRET_CHARS, Decoy, Planted, descendants, descriptors, settings

_GAINED = re.compile("^GAINED", re.MULTILINE)
# Output is capped at 256 KiB in these trials; message, value and traceback add a little.
_MOST_CHARS = 1 << 19


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return len(text) <= _MOST_CHARS


@dataclass
class Before:
    """What was measured before a program ran."""

    processes: set[int]
    settings: dict[int, tuple[object, ...]]
    descriptors: dict[int, int]


class World:
    """The aims of all attacks.

    Args:
        planted: this process's own secrets.
        involve_self: this process and `watched` are aims too; False on unprotected ground, where they
            would be hit.
        watched: processes besides the decoy that must stay as they are, such as the fork server.
        siblings: sandboxed programs that run meanwhile.
    """

    def __init__(
        self,
        planted: Planted,
        *,
        involve_self: bool,
        watched: Sequence[int] = (),
        siblings: Sequence[int] = (),
    ) -> None:
        self.involve_self, self.watched, self.siblings = involve_self, watched, siblings
        self.token, self.key = f"attack-{secrets.token_hex(6)}", secrets.randbelow(1 << 30) + 1
        self.planted, self.files, self.segment, self.decoy = planted, Files(), Segment(), Decoy()
        self.listeners = Listeners(self.token, self.files.open_folder)
        self.leftovers = Leftovers(self.token, self.key)
        self.decoy.start()
        self.files.remember()

    def close(self) -> None:
        """Take it all down."""
        self.decoy.stop()
        self.listeners.close()
        self.leftovers.remove()
        self.segment.close()
        self.files.close()

    @property
    def pids(self) -> list[int]:
        """Processes that attacks aim at, siblings excepted."""
        own = [os.getpid(), *self.watched] if self.involve_self else []
        return [self.decoy.pid, *own]

    def aims(self) -> dict[str, object]:
        """What a program is told, as W."""
        victims = [{"pid": self.decoy.pid, "address": self.decoy.address, "size": SECRET_CHARS}]
        if self.involve_self:
            victims.append({"pid": os.getpid(), "address": self.planted.address, "size": SECRET_CHARS})
        return {
            "token": self.token,
            "key": self.key,
            "victims": victims,
            "pids": [*self.pids, *self.siblings],
            "siblings": [self.decoy.pid, *self.siblings],
            "secret_files": [str(path) for path in self.files.secret_files],
            "open_file": str(self.files.open_file),
            "open_folder": str(self.files.open_folder),
            "file_in_open_folder": str(self.files.file_in_open_folder),
            "file_handle": self.files.handle(),
            "project": str(Path(aimo_pipeline.__file__).parent),
            "tcp_port": self.listeners.tcp_port,
            "udp_port": self.listeners.udp_port,
            "abstract": self.listeners.abstract,
            "unix_path": str(self.listeners.path),
            "segment": self.segment.identifier,
            "host": socket.gethostname(),
        }

    def _secrets(self) -> Iterable[str]:
        yield from self.files.secrets.values()
        yield from (self.segment.secret, self.decoy.memory_secret, self.decoy.environ_secret)
        yield from (self.planted.memory_secret, self.planted.environ_secret, self.planted.descriptor_secret)

    def before(self) -> Before:
        """Measure what must not change."""
        return Before(
            descendants(os.getpid()),
            {pid: settings(pid) for pid in self.pids},
            {pid: descriptors(pid) for pid in (os.getpid(), *self.watched)},
        )

    def survivors(self, before: Before) -> set[int]:
        """Processes that were not there before."""
        return descendants(os.getpid()) - before.processes

    def broken(self, attack: Attack, ended: Ended, before: Before, *, survivors: set[int]) -> list[Fact]:
        """The facts that hold no more, Fact.NEXT aside; a world with a broken fact is to be replaced."""
        after = {pid: settings(pid) for pid in self.pids}
        holds = {
            Fact.SECRECY: not any(secret in ended.text for secret in self._secrets()),
            Fact.GAIN: _GAINED.search(ended.text) is None,
            Fact.NETWORK: self.listeners.arrived() == 0,
            Fact.FILES: self.files.untouched(),
            Fact.MEMORY: self._memory_intact(),
            Fact.SIGNALS: not self._signalled(),
            Fact.OTHERS: after == before.settings and self.decoy.alive(),
            Fact.PROCESSES: not survivors,
            Fact.LEFTOVERS: not self.leftovers.remove(),
            Fact.DESCRIPTORS: all(descriptors(pid) == count for pid, count in before.descriptors.items()),
            Fact.END: ended.kind in attack.ends,
            Fact.TEXT: _writable(ended.text),
            Fact.TRIED: attack.silent or "READY" in ended.text,
        }
        return [fact for fact, held in holds.items() if not held]

    def _memory_intact(self) -> bool:
        if not self.decoy.alive():  # which Fact.OTHERS tells
            return self.planted.intact()
        return self.planted.intact() and self.decoy.memory() == self.decoy.memory_secret.encode()

    def _signalled(self) -> bool:
        seen, self.planted.signals.seen = self.planted.signals.seen, 0
        return bool(seen) or self.decoy.signalled()
