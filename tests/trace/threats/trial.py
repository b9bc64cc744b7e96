"""Starts judges in processes of their own, one for each mode, all at once, and collects what they say."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.trace.threats import modes
from tests.trace.threats.attack import Attack
from tests.trace.threats.catalogue import ATTACKS
from tests.trace.threats.victims import SECRET_VARIABLE

NOTHING = "nothing"
_JUDGE = [sys.executable, "-m", "tests.trace.threats.judge"]
_PROJECT = Path(__file__).parents[3]


@dataclass
class Trial:
    """What one judge said.

    Attributes:
        verdicts: by the attack's name; see judge.Verdict.
        protections: the layers that were on; empty on unprotected ground.
        died_in: the attack during which the judge died or hung; empty if it came to its end.
        said: what it wrote about its own failure.
    """

    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    protections: dict[str, Any] = field(default_factory=dict)
    died_in: str = ""
    said: str = ""

    def take(self, line: dict[str, Any]) -> None:
        """Note one line of the judge's."""
        if "begun" in line:
            self.died_in = line["begun"]
        elif "protections" in line:
            self.protections = line["protections"]
        else:
            self.verdicts[line["attack"]] = line
            self.died_in = ""


def _names(attack: Attack) -> list[str]:
    return [attack.name, f"{attack.name} (cell)"] if attack.cell else [attack.name]


NAMES: tuple[str, ...] = tuple(name for attack in ATTACKS for name in _names(attack))


def _heard(program: list[str], folder: str, limit_s: float) -> tuple[bytes, bytes]:
    """All that a judge says; it is killed, with all that it started, after limit_s."""
    secret = {SECRET_VARIABLE: f"canary-{secrets.token_hex(16)}", "PYTHONPATH": str(_PROJECT)}
    judge = subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **secret},
        cwd=folder,
        start_new_session=True,
    )
    try:
        return judge.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(judge.pid, signal.SIGKILL)
        return judge.communicate()


def _run(mode: str, names: Iterable[str], trial: Trial, limit_s: float) -> None:
    ground = NOTHING if mode == NOTHING else "sandbox"
    chosen = list(dict.fromkeys(name.removesuffix(" (cell)") for name in names))
    program = [*_JUDGE, ground, *chosen]
    # A folder of its own, because what nothing protects against leaves its files where the judge stands.
    with tempfile.TemporaryDirectory(prefix="attacked-", ignore_cleanup_errors=True) as scratch:
        os.chmod(scratch, 0o777)
        out, err = _heard(program if mode == NOTHING else modes.command(mode, program), scratch, limit_s)
    for line in out.splitlines():
        with suppress(ValueError):  # cut by the kill
            trial.take(json.loads(line))
    trial.said = err.decode("utf-8", "replace")[-2000:]


def tried(wanted: Mapping[str, Sequence[str]], *, limit_s: float) -> dict[str, Trial]:
    """Run attacks.

    Args:
        wanted: for each mode (or NOTHING) the names of the attacks, of NAMES.
        limit_s: when a judge is killed.

    Returns:
        For each mode what its judge said.
    """
    trials = {mode: Trial() for mode in wanted}
    threads = [
        threading.Thread(target=_run, args=(mode, names, trials[mode], limit_s))
        for mode, names in wanted.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return trials
