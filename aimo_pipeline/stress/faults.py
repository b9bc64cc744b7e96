"""The faults: what is done to a run, when, and how its journal shows that it was noticed and is over."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from dataclasses import dataclass

from aimo_pipeline.errors import UserError
from aimo_pipeline.stress import doing, processes, telling
from aimo_pipeline.stress.load import Kind
from aimo_pipeline.stress.model import Mood


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        name: as the user names it.
        part: what it hits; faults of one part never meet in one problem.
        about: in a few words.
        kind: the problem that it is done to.
        at: type of that problem's event after which it is done.
        does: does it, and heals what does not heal by itself; says what it did.
        noticed: whether a record, with the one before it, tells that the run noticed.
        works: whether a record of this problem or a later one shows that the part works again.
        keeps: whether the problem's full result is expected all the same.
        outside_s: how long the run as a whole is stopped or set forward, which is not held against it.
        after_s: from the event; what hits a check waits until Lean is there, which is done in two seconds.
    """

    name: str
    part: str
    about: str
    kind: Kind
    at: str
    does: doing.Does
    noticed: telling.Noticed
    works: telling.Works
    keeps: bool = True
    outside_s: float = 0.0
    after_s: float = 0.5


def _to_model(number: signal.Signals) -> doing.Does:
    return doing.signalled(processes.model_server, number, "the model's server")


def _to_lean(number: signal.Signals) -> doing.Does:
    return doing.signalled(processes.lean_worker, number, "the Lean worker")


def _to_sandbox(number: signal.Signals) -> doing.Does:
    return doing.signalled(processes.fork_server, number, "the fork server")


_LEAN_LOST = telling.either(telling.tells("LeanLost"), telling.tells("StageFailed", stage="verify"))

FAULTS: tuple[Fault, ...] = (
    Fault("llm-killed", "llm", "the model's server is killed", Kind.REASON, "RouteFinished",
          _to_model(signal.SIGKILL), telling.tells("ServerDied", status=-signal.SIGKILL), telling.said,
          after_s=0.1),
    Fault("llm-hung", "llm", "the model's server stops in the middle of its answers", Kind.REASON,
          "RouteFinished", _to_model(signal.SIGSTOP), telling.tells("ServerStalled"), telling.said,
          after_s=0.1),
    Fault("llm-silent", "llm", "the model's server says that it is well and brings no token", Kind.STALL,
          "RouteFinished", doing.model_is(Mood.SILENT, "ServerStalled"), telling.tells("ServerStalled"),
          telling.said, keeps=False, after_s=0.0),
    Fault("llm-garbage", "llm", "the model's server answers no JSON and no UTF-8", Kind.FLOOD,
          "RouteFinished", doing.model_is(Mood.GARBAGE, "CompletionRetried"),
          telling.tells("CompletionRetried"), telling.said, after_s=0.0),
    Fault("llm-empty", "llm", "the model ends without a word", Kind.REASON, "RouteFinished",
          doing.model_is(Mood.EMPTY, "CompletionMissing"), telling.tells("CompletionMissing", cause="empty"),
          telling.said, after_s=0.0),
    Fault("llm-slow", "llm", "the model takes its time over each token", Kind.COUNT, "ProblemStarted",
          doing.model_is(Mood.SLOW, "CompletionFinished"), telling.said_slowly, telling.said, after_s=0.0),
    Fault("lean-start", "lean", "Lean is killed while it loads or waits", Kind.COUNT, "ProblemStarted",
          _to_lean(signal.SIGKILL), _LEAN_LOST, telling.proved, after_s=0.0),
    Fault("lean-killed", "lean", "Lean is killed in the middle of a check", Kind.COUNT, "CheckStarted",
          _to_lean(signal.SIGKILL), _LEAN_LOST, telling.proved, after_s=0.3),
    Fault("lean-memory", "lean", "Lean is killed, and the next one gets no memory to load", Kind.COUNT,
          "CheckStarted", doing.lean_out_of_memory, telling.lean_without_memory, telling.proved, after_s=0.3),
    Fault("lean-hung", "lean", "Lean stops in the middle of a check and never goes on", Kind.COUNT,
          "CheckStarted", _to_lean(signal.SIGSTOP), _LEAN_LOST, telling.proved, after_s=0.3),
    Fault("mining-killed", "mining", "the process that mines is killed", Kind.COUNT, "ProblemStarted",
          doing.signalled(processes.mining, signal.SIGKILL, "the mining process"),
          telling.tells("MiningLost"), telling.mined, after_s=0.0),
    Fault("sandbox-killed", "sandbox", "the fork server is killed under running cells", Kind.REASON,
          "CompletionFinished", _to_sandbox(signal.SIGKILL), telling.sandbox_lost(by_itself=True),
          telling.ran),
    Fault("sandbox-hung", "sandbox", "the fork server stops and never goes on", Kind.REASON, "ProblemStarted",
          _to_sandbox(signal.SIGSTOP), telling.sandbox_lost(by_itself=False), telling.ran, keeps=False,
          after_s=0.0),
    Fault("program-killed", "sandbox", "a program is killed, as when memory is out", Kind.REASON,
          "CompletionFinished", doing.signalled(processes.running_program, signal.SIGKILL, "a program"),
          telling.program_died, telling.ran),
    Fault("sandbox-flooded", "sandbox", "programs print, fork, allocate and loop without end", Kind.FLOOD,
          "ProblemStarted", doing.nothing, telling.program_stopped, telling.ran),
    Fault("disk-full", "disk", "nothing can be written to disk", Kind.FLOOD, "ProblemStarted",
          doing.disk_full, telling.tells("RecordsLost"), telling.answered),
    Fault("suspended", "clock", "all processes are stopped for a while", Kind.REASON, "CompletionFinished",
          doing.suspended, telling.gap_of(doing.SUSPENDED_S), telling.answered, keeps=False,
          outside_s=doing.SUSPENDED_S),
    Fault("clock-forward", "clock", "the clock jumps forward", Kind.REASON, "CompletionFinished",
          doing.jumped(doing.JUMP_S), telling.gap_of(doing.JUMP_S), telling.answered, keeps=False,
          outside_s=doing.JUMP_S),
    Fault("clock-back", "clock", "the clock jumps back", Kind.STALL, "CompletionFinished",
          doing.jumped(-doing.JUMP_S), telling.gap_of(-doing.JUMP_S), telling.answered, keeps=False),
    Fault("stalled", "problem", "every stage of a problem runs into its limit", Kind.STALL, "ProblemStarted",
          doing.nothing, telling.attempt_failed, telling.answered, keeps=False),
)  # fmt: skip


# What can be done to a model's server that nobody scripted: it is hit from outside.
LIVE_FAULTS: tuple[Fault, ...] = (
    Fault("llm-killed", "llm", "the model's server is killed", Kind.REASON, "RouteFinished",
          _to_model(signal.SIGKILL), telling.tells("ServerDied"), telling.spoke, keeps=False, after_s=2.0),
    Fault("llm-hung", "llm", "the model's server stops in the middle of its answers", Kind.REASON,
          "RouteFinished", _to_model(signal.SIGSTOP), telling.tells("ServerStalled"), telling.spoke,
          keeps=False, after_s=2.0),
    Fault("llm-slow", "llm", "the model's server stands still most of the time", Kind.REASON,
          "RouteFinished", doing.model_slowed, telling.said_slowly, telling.spoke, keeps=False, after_s=0.1),
)  # fmt: skip


def named_faults(names: Iterable[str], among: tuple[Fault, ...] = FAULTS) -> tuple[Fault, ...]:
    """The faults of these names; all of them when none is given.

    Raises:
        UserError: there is no such fault.
    """
    known = {fault.name: fault for fault in among}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise UserError(f"no fault is called {unknown[0]!r}; there are {', '.join(known)}")
    return tuple(known[name] for name in names) or among
