"""Tool-integrated reasoning."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.budget import Reasoning
from aimo_pipeline.config.sandbox import LimitsConfig


@dataclass(frozen=True)
class TirConfig:
    """Tool-integrated reasoning.

    Attributes:
        attempts: at the same time, in the first round, at most: a problem's effort decides.
        turns: reason-and-run turns per attempt, at most.
        cell_s: wall clock for one cell.
        limits: of one cell.
        temperature, top_p, reasoning: see llm/completer.py; gpt-oss is meant to be drawn at 1.0 and 1.0.
        lead: votes by which the leader must be ahead of the next for the others to be stopped, the test of
            a sequential probability ratio; 4 equal answers and no other are such a lead.
        followups: how often an attempt is asked for a box that it did not give.
        turn_tokens: most that one turn may take; None: what the context leaves.
        redraws: how often a turn is drawn again that came back empty or unreadable.
        rounds: of attempts, in all; 0: no attempts. Those after the first are begun while no two answers
            agree and time is left.
        later_attempts: in each round after the first, which is shown the answers so far.
        round_s: least time that a further round is begun with.
        harvest_s, harvest_share: the end of the time, at most this share of it, is kept for asking
            unfinished attempts for their best answer.
        harvest_tokens: most that such a last word may take.
        harvest_chars: of the conversation that it is shown when the whole one fills the context.
    """

    attempts: int = 8
    turns: int = 64
    cell_s: float = 20.0
    limits: LimitsConfig = field(default_factory=lambda: LimitsConfig(cpu_s=30))
    temperature: float = 1.0
    top_p: float = 1.0
    reasoning: Reasoning = "high"
    lead: int = 4
    followups: int = 2
    turn_tokens: int | None = None
    redraws: int = 1
    rounds: int = 2
    later_attempts: int = 4
    round_s: float = 30.0
    harvest_s: float = 8.0
    harvest_share: float = 0.1
    harvest_tokens: int = 512
    harvest_chars: int = 12_000
