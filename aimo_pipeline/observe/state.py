"""What a run looks like at one moment, folded from its journal one record at a time.

The dashboard and the metrics are functions of this state; it never looks at the clock or the machine itself.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal

from aimo_pipeline.observe.figures import VERIFIED, causes_of
from aimo_pipeline.observe.reading import Record

Phase = Literal["pending", "generating", "verifying", "solved", "given up"]

# A method, and what it does.
METHODS = {"trace": "trace and mine", "tir": "reason with code", "lean": "verify with Lean"}
_METHOD_OF_STAGE = {"trace": "trace", "tir": "tir", "verify": "lean"}

_RECENT_S = 60.0
_RECENT_COMPLETIONS = 64
_SERVER_DOWN = frozenset({"ServerDied", "ServerStalled", "ServerGivenUp"})
_SERVER_GAUGES = ("running", "waiting", "kv_share", "tokens_per_s", "prefix_hit_share")
_FAULTS = _SERVER_DOWN | {"StageFailed", "PredictFailed", "EngineMissing", "SandboxMissing"}


@dataclass
class Cell:
    """One problem.

    Attributes:
        verifying: checks by Lean that are under way.
        seconds: it took; None while it is worked on.
        methods: that were tried.
    """

    id: str
    began_s: float
    grant_s: float
    verifying: int = 0
    seconds: float | None = None
    value: int | None = None
    evidence: str = ""
    path: str = ""
    causes: tuple[str, ...] = ()
    methods: set[str] = field(default_factory=set)
    records: list[Record] = field(default_factory=list, repr=False)

    @property
    def phase(self) -> Phase:
        """What the grid shows."""
        if self.seconds is not None:
            return "given up" if self.evidence in ("Guessed", "") else "solved"
        return "verifying" if self.verifying else "generating"


@dataclass(frozen=True)
class Recent:
    """A completion: when it ended, how long it took, its tokens and its TTFT."""

    at_s: float
    seconds: float
    tokens: int
    ttft_s: float | None

    def share_since(self, moment_s: float) -> float:
        """Share of its time that came after a moment."""
        return 1.0 if self.seconds <= 0.0 else min(1.0, (self.at_s - moment_s) / self.seconds)


@dataclass
class RunState:
    """The run so far.

    Attributes:
        expected: problems that will come.
        left_s, left_at_s: of the wall clock, when that was last told.
        recent: the last completions.
        gauges: what the model's server and the pools last said of themselves.
        answered: by evidence.
        tried, won: by method (see METHODS): problems that ended, and those of them whose answer came by it.
        restarts, server_down: of the model's server.
        faults: the last ones, with their time.
    """

    expected: int = 0
    total_s: float = 0.0
    at_s: float = 0.0
    left_s: float | None = None
    left_at_s: float = 0.0
    finished: bool = False
    engine: str = ""
    cells: dict[str, Cell] = field(default_factory=dict)
    tokens: int = 0
    completions: int = 0
    recent: deque[Recent] = field(default_factory=lambda: deque(maxlen=_RECENT_COMPLETIONS))
    gauges: dict[str, float] = field(default_factory=dict)
    answered: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    won: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    server_down: bool = False
    faults: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=5))
    fault_count: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    programs: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        """Problems with an answer."""
        return sum(cell.seconds is not None for cell in self.cells.values())

    def active(self) -> list[Cell]:
        """Problems that are worked on."""
        return [cell for cell in self.cells.values() if cell.seconds is None]

    def tokens_per_s(self, now_s: float) -> float | None:
        """As the model's server counts them; without its word those of the completions that ended in the last
        minute, each spread over its time. None when there were none."""
        if "tokens_per_s" in self.gauges:
            return self.gauges["tokens_per_s"]
        since_s = max(0.0, now_s - _RECENT_S)
        recent = [one for one in self.recent if one.at_s > since_s]
        tokens = sum(one.tokens * one.share_since(since_s) for one in recent)
        return tokens / max(now_s - since_s, 1.0) if recent else None

    def ttft_s(self) -> float | None:
        """Median of the last completions that were measured."""
        known = sorted(one.ttft_s for one in self.recent if one.ttft_s is not None)
        return known[len(known) // 2] if known else None

    def remaining_s(self, now_s: float) -> float | None:
        """Of the wall clock."""
        return None if self.left_s is None else max(0.0, self.left_s - (now_s - self.left_at_s))

    def apply(self, record: Record) -> None:
        """Take in one record; unknown ones change nothing but the time."""
        self.at_s = max(self.at_s, record.get("at_s", 0.0))
        kind = record.get("type", "")
        if kind in _FAULTS:
            self.fault_count += 1
            self.faults.append((self.at_s, _fault_text(record)))
        self._run(kind, record)
        self._measured(kind, record)
        cell = self.cells.get(record.get("problem_id", ""))
        if cell is not None:
            self._problem(cell, kind, record)

    def _run(self, kind: str, record: Record) -> None:
        match kind:
            case "RunStarted":
                self.expected, self.total_s = record.get("problems", 0), record.get("total_s", 0.0)
                self.left_s, self.left_at_s = self.total_s or None, self.at_s
            case "RunFinished":
                self.finished = True
            case "EngineReady":
                self.engine = record["engine"]
            case "GrantGiven":
                self.left_s, self.left_at_s = record["left_s"], self.at_s
            case "ProblemStarted":
                self.cells[record["problem_id"]] = Cell(record["problem_id"], self.at_s, record["grant_s"])
            case "PredictFailed" if record["problem_id"] not in self.cells:
                self.cells[record["problem_id"]] = Cell(record["problem_id"], self.at_s, 0.0, seconds=0.0)

    def _measured(self, kind: str, record: Record) -> None:
        match kind:
            case "CompletionFinished":
                tokens = int(record.get("completion_tokens") or 0)
                self.completions += 1
                self.tokens += tokens
                seconds = float(record.get("seconds") or 0.0)
                self.recent.append(Recent(self.at_s, seconds, tokens, record.get("ttft_s")))
            case "ProgramRan":
                self.programs[record["outcome"]] += 1
            case "VerifyFinished":
                self.verdicts.update(record["verdicts"].values())
            case "HealthSampled" | "ServerSampled":
                numbers = {name: value for name, value in record.items() if type(value) in (int, float)}
                self.gauges |= {name: float(value) for name, value in numbers.items()}
                for name in (name for name, value in record.items() if value is None):
                    self.gauges.pop(name, None)  # what can no longer be told is not shown as it was
            case "ServerRestarting":
                self.restarts += 1
            case "ServerReady":
                self.server_down = False
            case "ServerDied" | "ServerStalled" | "ServerGivenUp":
                self.server_down = True
                for name in _SERVER_GAUGES:  # they are its last, not those of now
                    self.gauges.pop(name, None)

    def _problem(self, cell: Cell, kind: str, record: Record) -> None:
        if kind in ("TraceFinished", "MineFinished", "VerifyFinished", "VoteCounted", "CompletionMissing"):
            cell.records.append(record)
        match kind:
            case "StageStarted" if record["stage"] in _METHOD_OF_STAGE:
                cell.methods.add(_METHOD_OF_STAGE[record["stage"]])
                cell.verifying += record["stage"] == "verify"
            case "StageEnded" if record["stage"] == "verify":
                cell.verifying = max(0, cell.verifying - 1)
            case "AnswerGiven":
                cell.seconds, cell.value = record["seconds"], record["value"]
                cell.evidence, cell.path = record["evidence"], record["path"]
                cell.causes = causes_of(cell.records)
                cell.records.clear()
                self.answered[cell.evidence] += 1
                self._count_methods(cell)
            case "PredictFailed" if cell.seconds is None:
                cell.seconds = self.at_s - cell.began_s

    def _count_methods(self, cell: Cell) -> None:
        """A method has won a problem when the answer came by it; it counts where it was tried."""
        methods = {
            "trace": "trace" in cell.path,
            "tir": "tir" in cell.path,
            "lean": cell.evidence in VERIFIED,
        }
        for method, won in methods.items():
            self.tried[method] += won or method in cell.methods
            self.won[method] += won


def _fault_text(record: Record) -> str:
    where = record.get("stage") or record.get("engine") or record["type"]
    what = record.get("message") or record.get("reason") or record.get("cause") or record.get("detail") or ""
    return f"{record.get('problem_id', '')} {where}: {what}".strip()[:160]
