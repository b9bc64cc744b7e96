"""The frozen tree of settings: read once at an entry point, handed down by slice.

No stage reads the environment or has a setting as a default argument. Units are in the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aimo_pipeline.errors import UserError


@dataclass(frozen=True)
class BudgetConfig:
    """Five hours for fifty problems, counted from the start of the notebook's process.

    Attributes:
        total_s: wall clock of the whole run.
        reserve_s: kept back for writing the submission.
        base_s: the most that one problem is granted while time is plenty.
        problems: how many the competition hands out.
        answer_reserve_s: the end of each grant, kept for choosing and returning the answer.
    """

    total_s: float = 5 * 3600.0
    reserve_s: float = 300.0
    base_s: float = 330.0
    problems: int = 50
    answer_reserve_s: float = 2.0


@dataclass(frozen=True)
class LlmConfig:
    """Where completions come from: recorded ones, for now.

    Attributes:
        recordings: JSONL files, or folders of them, read by llm/replay.py.
    """

    recordings: tuple[Path, ...] = ()


@dataclass(frozen=True)
class LimitsConfig:
    """What a model-written program may use."""

    cpu_s: int = 20
    memory_bytes: int = 2 << 30
    output_bytes: int = 1 << 20
    open_files: int = 64
    file_bytes: int = 1 << 20


@dataclass(frozen=True)
class TraceConfig:
    """How far a trace program is run.

    Attributes:
        wall_s: wall clock for one program.
        max_terms: terms asked for; it is stopped there.
        max_digits: a term with more decimal digits ends the trace.
        samples: recorded or sampled programs tried per problem.
    """

    wall_s: float = 5.0
    max_terms: int = 48
    max_digits: int = 2_000
    samples: int = 4
    limits: LimitsConfig = field(default_factory=LimitsConfig)


@dataclass(frozen=True)
class MineConfig:
    """When a fit counts.

    Attributes:
        min_spare: spare terms that any fit needs.
        max_order: largest order of a recurrence.
        min_spare_unit_roots: spare terms needed when the rule could be quasi-polynomial
            (all characteristic roots of modulus one), where chance fits are common.
        min_bits_unit_roots: bits of evidence that the spare terms must carry in that case; a
            spare term of a sequence with v distinct values or steps carries log2(v) bits.
        min_spare_constant: spare terms that a constant sequence needs.
        min_terms_per_slope_period: terms per period q that floor((a n + b) / q), or its steps,
            needs, because an irrational slope nearby gives the same terms for a while.
        min_distinct_differences: distinct first differences that a polynomial's terms need.
    """

    min_spare: int = 10
    min_spare_unit_roots: int = 20
    min_bits_unit_roots: float = 40.0
    min_spare_constant: int = 40
    min_terms_per_slope_period: int = 24
    min_distinct_differences: int = 6
    max_order: int = 16


@dataclass(frozen=True)
class VerifyConfig:
    """Which Lean is used and for how long.

    Attributes:
        engine: "auto" (official if found, else wasm), "official", "wasm" or "off".
        toolchain: folder of an official toolchain, if the user named one.
        wasm_home: folder with bin/lean.js, bin/lean.wasm and lib/lean, if present.
        node: the Node 24 executable, if present.
        check_s: wall clock for one document.
        start_s: wall clock for a cold start.
        spare_memory_bytes: free memory from which on the embedded engine loads its next process while the
            current one still checks (about 2 GB each).
        program_steps: bytecode instructions of the trace program that the kernel is asked to follow;
            decides up to which index program and rule are compared.
        max_compared: most indices at which program and rule are compared.
        min_compared: fewest indices for the rung CheckedTo.
    """

    engine: str = "auto"
    toolchain: Path | None = None
    wasm_home: Path | None = None
    node: Path | None = None
    check_s: float = 100.0
    start_s: float = 90.0
    spare_memory_bytes: int = 6 << 30
    program_steps: int = 20_000
    max_compared: int = 16
    min_compared: int = 3


@dataclass(frozen=True)
class TirConfig:
    """Tool-integrated reasoning.

    Attributes:
        attempts: attempts per problem.
        turns: reason-and-run turns per attempt.
        cell_s: wall clock for one cell.
    """

    attempts: int = 4
    turns: int = 4
    cell_s: float = 20.0
    limits: LimitsConfig = field(default_factory=lambda: LimitsConfig(cpu_s=30))


@dataclass(frozen=True)
class GatewayConfig:
    """The competition's loop.

    Attributes:
        evaluation_root: folder that holds the package `kaggle_evaluation`, if there is one.
        competition_rerun: True in the scored run.
        problems_csv: file for the local gateway.
        output_dir: where submission.parquet and the journal go.
        kaggle_input: where Kaggle mounts the competition's data.
        shuffle_seed: the local gateway hands out the problems in this random order; None: in
            the file's order.
        ready_s: longest wait for the solver inside the first predict, which has no deadline.
        slack_s: how far beyond a problem's deadline predict still waits for its answer.
        close_s: longest wait for the solver to close at the end or on Ctrl-C.
    """

    evaluation_root: Path | None = None
    competition_rerun: bool = False
    problems_csv: Path | None = None
    output_dir: Path = Path()
    kaggle_input: Path = Path("/kaggle/input")
    shuffle_seed: int | None = None
    ready_s: float = 1_800.0
    slack_s: float = 3.0
    close_s: float = 20.0


@dataclass(frozen=True)
class Config:
    """All settings."""

    budget: BudgetConfig = field(default_factory=BudgetConfig)
    llm: LlmConfig = field(default_factory=LlmConfig)
    trace: TraceConfig = field(default_factory=TraceConfig)
    mine: MineConfig = field(default_factory=MineConfig)
    verify: VerifyConfig = field(default_factory=VerifyConfig)
    tir: TirConfig = field(default_factory=TirConfig)
    gateway: GatewayConfig = field(default_factory=GatewayConfig)


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "").strip()
    return Path(value) if value else None


def _paths(environ: Mapping[str, str], name: str) -> tuple[Path, ...]:
    return tuple(Path(part) for part in environ.get(name, "").split(":") if part)


def _integer(environ: Mapping[str, str], name: str) -> int | None:
    value = environ.get(name, "").strip()
    try:
        return int(value) if value else None
    except ValueError:
        raise UserError(f"{name} is {value!r}; it must be an integer") from None


def config_from_environ(environ: Mapping[str, str]) -> Config:
    """Read the settings that the environment may override.

    Args:
        environ: normally os.environ. AIMO_COMPLETIONS (files or folders, colon-separated),
            AIMO_LEAN (auto, official, wasm, off), AIMO_LEAN_TOOLCHAIN, AIMO_LEAN_WASM, AIMO_NODE,
            AIMO_KAGGLE_EVALUATION, AIMO_PROBLEMS, AIMO_OUTPUT, AIMO_SHUFFLE_SEED,
            KAGGLE_IS_COMPETITION_RERUN.

    Raises:
        UserError: AIMO_LEAN is none of the four words, or AIMO_SHUFFLE_SEED no integer.
    """
    engine = environ.get("AIMO_LEAN", "auto")
    if engine not in ("auto", "official", "wasm", "off"):
        raise UserError(f"AIMO_LEAN is {engine!r}; it may be auto, official, wasm or off")
    return Config(
        llm=LlmConfig(recordings=_paths(environ, "AIMO_COMPLETIONS")),
        verify=VerifyConfig(
            engine=engine,
            toolchain=_path(environ, "AIMO_LEAN_TOOLCHAIN"),
            wasm_home=_path(environ, "AIMO_LEAN_WASM"),
            node=_path(environ, "AIMO_NODE"),
        ),
        gateway=GatewayConfig(
            evaluation_root=_path(environ, "AIMO_KAGGLE_EVALUATION"),
            competition_rerun=bool(environ.get("KAGGLE_IS_COMPETITION_RERUN")),
            problems_csv=_path(environ, "AIMO_PROBLEMS"),
            output_dir=_path(environ, "AIMO_OUTPUT") or Path.cwd(),
            shuffle_seed=_integer(environ, "AIMO_SHUFFLE_SEED"),
        ),
    )
