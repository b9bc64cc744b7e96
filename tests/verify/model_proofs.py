"""Proofs as a model might write them, and what Lean 4.28 answers when asked how it reads them.

    python -m tests.verify.model_proofs

asks the embedded Lean again and writes tests/fixtures/lean_quoted/answers.json.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path

from aimo_pipeline.config import config_from_environ
from aimo_pipeline.deadline import Deadline, MonotonicClock
from aimo_pipeline.verify.claim import one_block
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.document import LIBRARY_IMPORTS
from aimo_pipeline.verify.quoted import Question, question
from aimo_pipeline.verify.wasm import open_wasm

ANSWERS = Path(__file__).parents[1] / "fixtures" / "lean_quoted" / "answers.json"
IMPORTS = LIBRARY_IMPORTS

GOOD = {
    "induction": (
        "by\n  induction n with\n  | zero => rfl\n  | succ k ih =>\n    -- the step\n    simp [ih]; omega"
    ),
    "rewriting": "rw [Nat.add_comm, ← h] at h ⊢\nsimp only [Nat.mul_comm, *] at *",
    "cases": "rcases h with ⟨a, rfl⟩ | _\n· exact ⟨a, by decide +kernel⟩\n· exact h.1.elim fun x => x",
    "calculation": "calc a = b := by omega\n  _ ≤ c := Nat.le_refl _",
    "search": "intro n\nfirst | decide | (refine ⟨?_, ?_⟩ <;> grind)",
    "terms": (
        "exact fun (x : Nat) => if h : x = 1 then (∃ y, y < x ∧ ¬ x ≠ 2) else (∀ y ∈ [x], y + 2 ^ 3 ∣ x)"
    ),
}
FOREIGN = {
    "sorry": "sorry",
    "admit": "admit",
    "sorry in a term": "exact (sorry : False)",
    "sorryAx": "exact sorryAx False true",
    "native_decide": "native_decide",
    "decide +native": "decide +native",
    "a switch in a record": "decide (config := { native := true })",
    "the axiom under it": "exact Lean.ofReduceBool _ true rfl",
    "bv_decide": "bv_decide",
    "an option": "set_option debug.skipKernelTC true in decide",
    "a limit lifted": "set_option maxHeartbeats 0 in decide",
    "a namespace": "open Classical in decide",
    "a program": "run_tac pure ()",
    "a program in a term": "exact by_elab return Lean.mkConst ``True.intro",
    "do": "exact do return 1",
    "a trace": 'exact dbg_trace "x"; trivial',
    "unsafe": "exact unsafe lie",
    "a search that suggests": "exact?",
    "a definition within": "exact let rec lie : False := lie; lie",
    "another mode": "conv => rfl",
    "a switch among settings": "simp (config := { decide := true })",
    "a type that is asked for": "exact (rfl : type_of% h)",
    "a wait": "sleep 100000",
    "an identity by force": "with_unfolding_all rfl",
    "a panic": "exact panic! x",
    "a string": 'exact absurd "" x',
    "two tactics, the second outside": "trivial)\n(trivial",
    "another command": "trivial\ntheorem x : True := trivial",
    "a notation": "trivial\nlocal notation x = y => True",
    "no tactic at all": "by_magic",
}


def blocks() -> list[str]:
    """All of them, as they are asked about: what cannot be parsed stands among the last."""
    return [one_block(proof) for proof in (*GOOD.values(), *FOREIGN.values())]


def asked() -> Question:
    """The one question about all."""
    return question(IMPORTS, blocks())


def recorded() -> tuple[Message, ...]:
    """Lean's answer to it."""
    return tuple(Message(**one) for one in json.loads(ANSWERS.read_text("utf-8")))


async def _ask() -> tuple[Message, ...]:
    clock, config = MonotonicClock(), config_from_environ({**os.environ, "AIMO_LEAN": "wasm"}).verify
    async with open_wasm(config, clock) as engine:
        said = await engine.read(asked().text, deadline=Deadline.after(300.0, clock))
    assert isinstance(said, tuple), said
    return said


if __name__ == "__main__":
    told = [asdict(message) for message in asyncio.run(_ask())]
    ANSWERS.write_text(json.dumps(told, ensure_ascii=False, indent=0) + "\n", "utf-8")
