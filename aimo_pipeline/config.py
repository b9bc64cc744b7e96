"""The frozen tree of settings: read once at an entry point, handed down by slice.

No stage reads the environment or has a setting as a default argument. Units are in the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aimo_pipeline.errors import UserError

LognormalTier = tuple[float, float, float]


@dataclass(frozen=True)
class HazardConfig:
    """The shipped prior over how long problems take.

    A tier is (share, median_s, spread): that share of the problems takes a lognormal time, `spread` being the
    standard deviation of its logarithm; what the shares lack to 1 is never solved.

    Attributes:
        contests: kinds of contest that are expected: like the published runs, easy, hard, two-peaked.
        time_scales: each of them comes at each of these paces, since the machine's is not known.
        contest_weights: of the contests at each pace, where a world of the even spread has 1. The hard one
            weighs most: time spent in vain is gone, while time that was saved can still be spent.
        spread_worlds: worlds of all other kinds, spread evenly over shares, medians and spreads.
        tier_medians_s: around which their tiers lie.
        median_range: largest distance of a median from there, of its logarithm.
        spread_range: smallest and largest spread.
        least_share: of the problems, spread over all steps of every world; what no world foresaw.
        traces_if_accepted, traces_if_never: chance that the trace programs of a problem which will, or never
            will, be accepted all fail, run without a rule, or give a rule.
        differ_if_accepted, differ_if_never: chance that no two answers agree when they are first compared.
        prior_problems: what the first contest counts for, in problems, when journals are fitted.
        recorded_weight: weight of the world that was fitted from journals.
    """

    contests: tuple[tuple[LognormalTier, ...], ...] = (
        ((0.2, 40.0, 0.6), (0.52, 160.0, 0.55), (0.2, 600.0, 0.8)),
        ((0.6, 30.0, 0.6), (0.32, 180.0, 0.6), (0.06, 800.0, 0.8)),
        ((0.1, 30.0, 0.6), (0.25, 180.0, 0.6), (0.4, 900.0, 0.8)),
        ((0.5, 30.0, 0.6), (0.3, 1000.0, 0.6)),
    )
    time_scales: tuple[float, ...] = (0.7, 1.0, 1.4)
    contest_weights: tuple[float, ...] = (12.0, 4.0, 100.0, 24.0)
    spread_worlds: int = 12
    tier_medians_s: tuple[float, float, float] = (30.0, 180.0, 900.0)
    median_range: float = 0.6
    spread_range: tuple[float, float] = (0.4, 1.0)
    least_share: float = 0.002
    traces_if_accepted: tuple[float, float, float] = (0.54, 0.33, 0.13)
    traces_if_never: tuple[float, float, float] = (0.64, 0.28, 0.08)
    differ_if_accepted: float = 0.41
    differ_if_never: float = 0.59
    prior_problems: float = 5.0
    recorded_weight: float = 400.0


@dataclass(frozen=True)
class BudgetConfig:
    """Five hours for fifty problems, counted from the start of the notebook's process.

    Attributes:
        total_s: wall clock of the whole run.
        reserve_s: kept back for writing the submission.
        base_s: what a problem gets that comes alone, outside a run.
        horizon_s: beyond it nothing is expected of a problem; a multiple of cell_s.
        ceiling_s: the most that one problem is granted, however much time is left.
        floor_s: what every problem still to come is sure of; also the grant when the clock has run out.
        overhead_s: of wall clock between the end of one grant and the next problem.
        step_s: grain of the plan; the times at which signals are looked at are its multiples.
        cell_s: grain of the value tables; likewise, and a multiple of step_s.
        problems: how many the competition hands out.
        answer_reserve_s: the end of each grant, kept for choosing and returning the answer.
        accept_votes: equal answers from which on an answer without other evidence counts as accepted.
        hazard: what is expected of the problems.
    """

    total_s: float = 5 * 3600.0
    reserve_s: float = 120.0
    base_s: float = 330.0
    horizon_s: float = 2_700.0
    ceiling_s: float = 2_700.0
    floor_s: float = 0.5
    overhead_s: float = 1.0
    step_s: float = 30.0
    cell_s: float = 60.0
    problems: int = 50
    answer_reserve_s: float = 2.0
    accept_votes: int = 3
    hazard: HazardConfig = field(default_factory=HazardConfig)


@dataclass(frozen=True)
class Effort:
    """How much is tried on one problem.

    Attributes:
        name: of the preset.
        trace_samples: trace programs; 0 leaves tracing and mining out.
        trace_wall_s: wall clock for one of them.
        attempts: of tool-integrated reasoning.
        turns: in each attempt.
        reasoning: the model's reasoning effort, "low", "medium" or "high".
        lean_compared: most indices at which Lean compares program and rule; 0 leaves Lean out.
        all_n: ask Lean for a proof for all n as well.
    """

    name: str
    trace_samples: int
    trace_wall_s: float
    attempts: int
    turns: int
    reasoning: str
    lean_compared: int
    all_n: bool


@dataclass(frozen=True)
class EffortConfig:
    """Presets from most to least, and the time that each needs.

    Attributes:
        presets: (seconds, effort); the first whose seconds are left is taken, the last one needs none.
        long_trace_factor: trace programs of combinatorics and number theory run so much longer.
        quick_trace_samples: most trace programs in algebra, where a few attempts usually settle it.
    """

    presets: tuple[tuple[float, Effort], ...] = (
        (240.0, Effort("full", 4, 5.0, 8, 8, "high", 16, True)),
        (120.0, Effort("brisk", 3, 5.0, 6, 6, "high", 8, False)),
        (45.0, Effort("short", 2, 3.0, 4, 4, "medium", 0, False)),
        (0.0, Effort("last", 0, 0.0, 2, 1, "low", 0, False)),
    )
    long_trace_factor: float = 2.0
    quick_trace_samples: int = 2


@dataclass(frozen=True)
class LlmConfig:
    """Where completions come from: recordings.

    Attributes:
        recordings: JSONL files, or folders of them, read by llm/replay.py.
    """

    recordings: tuple[Path, ...] = ()


@dataclass(frozen=True)
class LimitsConfig:
    """What a model-written program may use; a zero means no limit.

    Attributes:
        cpu_s: processor time.
        memory_bytes: address space.
        output_bytes: what it may print.
        open_files: descriptors.
        file_bytes: the longest file, where it may write one at all.
        processes: processes and threads, in the sandbox only.
        int_digits: longest integer that is turned into decimal digits or back, in the sandbox only; traces
            print big integers, which Python's own limit of 4300 digits forbids.
    """

    cpu_s: int = 20
    memory_bytes: int = 2 << 30
    output_bytes: int = 1 << 20
    open_files: int = 64
    file_bytes: int = 1 << 20
    processes: int = 64
    int_digits: int = 100_000


@dataclass(frozen=True)
class SandboxConfig:
    """How model-written programs are kept in.

    Attributes:
        slots: programs that run at the same time; 0: as many as there are cores.
        spares: children kept waiting for a program; None: as many as slots.
        memory_bytes: address space granted to all running programs together; 0: most of what is free.
        allow_missing: run programs also where a required protection does not work.
        allow_fork: let stateless programs fork (they never may execute another program).
        namespaces: put the fork server into namespaces of its own, where that is allowed.
        start_s: longest wait for the fork server to preload and to try its protections.
        replay_s: longest time for running a lost session's cells again.
    """

    slots: int = 0
    spares: int | None = None
    memory_bytes: int = 0
    allow_missing: bool = False
    allow_fork: bool = False
    namespaces: bool = True
    start_s: float = 60.0
    replay_s: float = 30.0


@dataclass(frozen=True)
class TraceConfig:
    """How far a trace program is run.

    Attributes:
        wall_s: wall clock for one program.
        max_terms: terms asked for; it is stopped there.
        max_digits: a term with more decimal digits ends the trace.
        samples: recorded or sampled programs tried per problem.
        fresh_s: wall clock for the further terms that are to test a mined rule.
    """

    wall_s: float = 5.0
    max_terms: int = 48
    max_digits: int = 2_000
    samples: int = 4
    fresh_s: float = 2.0
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
        max_transient: terms before a recurrence with growing or decaying terms sets in.
        min_periods: full periods that a periodic sequence must show.
        min_periods_plain: periods that are enough even where few distinct values carry few bits.
        min_periods_word: periods needed by terms that could be the steps of a rounded line; the steps of
            floor(n * pi) repeat 15 times, those of floor(n * sqrt(90)) 18 times, period 2.
        min_periods_curve: periods needed where only the second steps could be such steps, 0 and 1 or 1 and 2.
        min_period_rotation, min_periods_rotation: from this period on, terms that could be an irrational
            rotation cut into intervals need so many periods; leading digits of 2^n repeat 4.6 times.
        max_period: longest period of a quasi-polynomial.
        max_degree_quasi: largest degree of its polynomials.
        min_spare_curve: spare terms that a quasi-polynomial of degree 2 or more needs.
        min_bits_modular: spare terms times bits of a residue, needed by a recurrence modulo m.
        min_spare_modular: spare terms needed however large m is.
        wall_s: wall clock for all miners together on one sequence.
        min_terms: fewer terms without a rule are said to be too few, not to have none.
        decisive_bits: how much shorter to write down a rule must be than one that says otherwise.
        bits_beyond_doubt: a polynomial or a growing recurrence whose spare terms carry so many bits is
            accepted without a look for rivals; 2^-100 is far below the chance of a fault anywhere else.
        compared_terms: how many terms after the known ones two rules are compared at.
        min_surprise_bits: what the spare terms must say, by a model that knows no rule, for a rule that knows
            its index; 103 true rules on 16 to 100 terms had 9.4 or more, the one false one among them 7.6.
        max_checked_terms: first terms that each rule is run against by its definition (its miner checks all).
        max_wants: most indices of further terms that a result asks for.
        max_order_p_recursive: largest order of a recurrence with polynomial coefficients.
        max_degree_p_recursive: largest degree of these coefficients.
        max_coefficients_p_recursive: most coefficients, (order + 1)(degree + 1), that are looked for.
        min_spare_p_recursive: spare terms that such a recurrence needs.
        max_degree_algebraic: largest degree in y of an equation P(x, y) = 0 for the generating function.
        max_coefficients_algebraic: most coefficients of such an equation that are looked for.
        min_spare_algebraic: spare terms that such an equation needs.
        min_spare_inside: as min_spare, for the ratios of a product or the exponents of a power, where the
            terms' being products or powers at all is evidence of its own.
        min_spare_doubling: the same for exponents c, c d, c d^2, ..., whose powers are soon too long to
            trace.
        min_spare_map: spare terms that a(n + 1) = p(a(n)) needs; they double in length each time.
        max_power_shift: largest |s| for which terms factor * base^exponent + s are looked for.
        min_lines_grid: rows, and columns, that a two-index table needs.
        min_spare_grid: cells that the rule of a table must have predicted, and at least as many as it fitted.
        min_bits_grid: bits of evidence that these cells must carry.
        min_spare_edge: lines of a table beyond those that fix the rule across them, or along its edge.
        beatty_min_terms: terms that floor(alpha n + beta) needs.
        beatty_min_share: share of the weight of all lines with these floors that the simplest must hold
            (mine/slopes.py says how they are weighed).
        beatty_min_terms_per_denominator: terms per q that floor((p n + r) / q) needs in any case.
        kregular_min_terms: terms that a rule on digits needs.
        kregular_max_dimension: largest size of its matrices.
        kregular_min_surplus: equations beyond the unknowns that each of its relations needs.
        kregular_min_bits: what the predicted terms must say, less the bits of the coefficients.
        multiplicative_min_terms: terms, from index 1 on, that a multiplicative function or a sum over
            divisors needs.
        multiplicative_min_spare: prime powers beyond the parameters at which its values must be right.
        multiplicative_min_bits: what all its terms must say.
    """

    min_spare: int = 10
    min_spare_unit_roots: int = 20
    min_bits_unit_roots: float = 40.0
    min_spare_constant: int = 40
    min_terms_per_slope_period: int = 24
    min_distinct_differences: int = 6
    max_transient: int = 3
    min_periods: float = 3.0
    min_periods_plain: float = 6.0
    min_periods_word: int = 16
    min_periods_curve: int = 5
    min_period_rotation: int = 7
    min_periods_rotation: int = 16
    max_period: int = 24
    max_degree_quasi: int = 6
    min_spare_curve: int = 14
    min_bits_modular: float = 40.0
    min_spare_modular: int = 6
    min_spare_inside: int = 8
    min_spare_doubling: int = 5
    min_spare_map: int = 4
    max_power_shift: int = 3
    min_lines_grid: int = 6
    min_spare_grid: int = 12
    min_bits_grid: float = 40.0
    min_spare_edge: int = 4
    wall_s: float = 0.7
    min_terms: int = 12
    decisive_bits: float = 24.0
    bits_beyond_doubt: float = 100.0
    compared_terms: int = 64
    min_surprise_bits: float = 9.0
    max_checked_terms: int = 256
    max_wants: int = 6
    max_order: int = 16
    max_order_p_recursive: int = 6
    max_degree_p_recursive: int = 12
    max_coefficients_p_recursive: int = 42
    min_spare_p_recursive: int = 4
    max_degree_algebraic: int = 5
    max_coefficients_algebraic: int = 36
    min_spare_algebraic: int = 4
    beatty_min_terms: int = 12
    beatty_min_share: float = 0.975
    beatty_min_terms_per_denominator: float = 5.0
    kregular_min_terms: int = 16
    kregular_max_dimension: int = 8
    kregular_min_surplus: int = 2
    kregular_min_bits: float = 26.0
    multiplicative_min_terms: int = 12
    multiplicative_min_spare: int = 6
    multiplicative_min_bits: float = 20.0


@dataclass(frozen=True)
class LeanPoolConfig:
    """Warm workers of the official Lean.

    Attributes:
        workers: most of them at a time; 0: as many as memory admits.
        reserve_bytes: of free memory that no worker may take.
        guess_bytes: what a worker is taken to need until one with the same header was measured.
        limit_bytes: resident memory at which a worker is ended.
        checks: after so many a worker is replaced by a fresh one.
        reruns: how often a check is done again whose worker died under it.
        output_bytes: most that a worker may write about one document.
        look_s: between two looks at the memory of a worker that checks, and at the machine's free memory.
        cached: most results that are kept.
        literal_digits, nesting: longest number and deepest brackets that Lean is asked to read; its own
            reading is quadratic in the one and overflows the stack on the other.
    """

    workers: int = 0
    reserve_bytes: int = 4 << 30
    guess_bytes: int = 2 << 30
    limit_bytes: int = 8 << 30
    checks: int = 1_000
    reruns: int = 2
    output_bytes: int = 8 << 20
    look_s: float = 0.2
    cached: int = 4_096
    literal_digits: int = 20_000
    nesting: int = 256


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
        pool: the official Lean's workers.
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
    pool: LeanPoolConfig = field(default_factory=LeanPoolConfig)


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
    effort: EffortConfig = field(default_factory=EffortConfig)
    llm: LlmConfig = field(default_factory=LlmConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)
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
            AIMO_KAGGLE_EVALUATION, AIMO_PROBLEMS, AIMO_OUTPUT, AIMO_SHUFFLE_SEED, AIMO_SANDBOX (strict,
            lenient), KAGGLE_IS_COMPETITION_RERUN.

    Raises:
        UserError: AIMO_LEAN is none of the four words, AIMO_SANDBOX none of the two, or AIMO_SHUFFLE_SEED
            no integer.
    """
    engine = environ.get("AIMO_LEAN", "auto")
    if engine not in ("auto", "official", "wasm", "off"):
        raise UserError(f"AIMO_LEAN is {engine!r}; it may be auto, official, wasm or off")
    sandbox = environ.get("AIMO_SANDBOX", "strict")
    if sandbox not in ("strict", "lenient"):
        raise UserError(f"AIMO_SANDBOX is {sandbox!r}; it may be strict or lenient")
    return Config(
        sandbox=SandboxConfig(allow_missing=sandbox == "lenient"),
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
