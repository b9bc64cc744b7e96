"""Theorems by which a program that is a recurrence itself equals the rule at every index.

The pieces are proved in lean_toolchain/TraceToLean/Loop.lean; what is rendered here is one polynomial
identity (`loop_identity`), the first terms (`loop_start`), and that the compiled program is this loop
(`loop_program`).
"""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.formula import CFinite
from aimo_pipeline.translate.loop import Guard, LoopProgram
from aimo_pipeline.translate.theorems import KERNEL, integer
from aimo_pipeline.verify.engine import Theorem

_OPERATIONS = (
    "bind_i, bind_l, items_l, range_i, add_i, iadd_i, sub_i, mul_i, imul_i, neg_i, toInt_i, unshared_i, "
    "copied_i"
)
_FALSE = {"lt": "lt_false", "le": "le_false", "eq": "eq_false"}


@dataclass(frozen=True)
class EveryIndex:
    """Lean definitions and theorems, the last of which is called program_all.

    Attributes:
        rule: the rule that the theorems are about.
        skipped: the first terms, of which nothing is said but by comparison; so many must be compared.
    """

    definitions: str
    theorems: tuple[Theorem, ...]
    rule: CFinite
    skipped: int


def every_index(loop: LoopProgram, entry: str, rule: CFinite) -> EveryIndex:
    """Render the theorems.

    Args:
        loop: what the program is.
        entry: the compiled program.
        rule: with the loop's coefficients, from the program's first index on.
    """
    skipped = _skipped(loop, rule.first_index)
    if loop.high is None:
        low, turns = rule.first_index, skipped
    else:
        low, turns = loop.low, rule.first_index + skipped + loop.high - loop.low
    parts = _Parts(loop, entry, rule.first_index, low, turns, skipped)
    theorems = (
        parts.identity(),
        *parts.rule_theorems(),
        Theorem("loop_program", parts.program_statement(), parts.program_proof()),
        Theorem(
            "program_all",
            f"∀ t : Nat, {entry} (.i ({integer(rule.first_index)} + t)) = .i (rule coefficients initial t)",
            f"TraceToLean.program_all {entry} coefficients initial compared {integer(rule.first_index)} "
            f"{skipped} program_values program_rule (by decide +kernel) loop_program",
        ),
    )
    return EveryIndex(parts.definitions(), theorems, rule, skipped)


def _skipped(loop: LoopProgram, first_index: int) -> int:
    """How many first terms are not the loop's: a guard returns them, or the range is below empty."""
    ends = [guard.constant + (guard.operation != "lt") for guard in loop.guards]
    if loop.high is not None:
        ends.append(loop.low - loop.high)
    return max([0, *(end - first_index for end in ends)])


def _literal(value: int) -> str:
    """As compiled programs write it."""
    return f"Int.ofNat {value}" if value >= 0 else f"Int.negSucc {-value - 1}"


@dataclass(frozen=True)
class _Parts:
    loop: LoopProgram
    entry: str
    first: int
    low: int
    turns: int
    skipped: int

    @property
    def kind(self) -> str:
        """Type of the state."""
        return " × ".join("Int" for _ in self.loop.state) or "Unit"

    @property
    def start(self) -> str:
        """The state before the first turn."""
        return f"({', '.join(str(value) for value in self.loop.start)})"

    def definitions(self) -> str:
        """What a turn does and what is put out."""
        step = f"({', '.join(self.loop.step)})"
        return (
            f"def loopStep : Int → {self.kind} → {self.kind} := fun i s => {step}\n"
            f"def loopOut : Int → {self.kind} → Int := fun i s => {self.loop.out}\n"
        )

    def identity(self) -> Theorem:
        """The recurrence, from every state on."""
        names = ", ".join(f"x{place}" for place in range(len(self.loop.state)))
        split = f"obtain ⟨{names}⟩ := st; " if len(self.loop.state) > 1 else ""
        return Theorem(
            "loop_identity",
            "∀ i st, ahead loopStep loopOut coefficients i st = "
            "after loopStep loopOut coefficients.length i st",
            f"by intro i st; {split}simp only [coefficients, ahead, after, List.length, loopStep, loopOut]; "
            "grind",
        )

    def rule_theorems(self) -> tuple[Theorem, Theorem]:
        """The loop puts out the rule, times the divisor."""
        put_out = (
            f"loopOut ({integer(self.low)} + ((t + {self.turns} : Nat) : Int)) "
            f"(orbit loopStep {integer(self.low)} {self.start} (t + {self.turns})) = "
            f"{self.loop.divisor} * rule coefficients initial (t + {self.skipped})"
        )
        return (
            Theorem("loop_start", f"∀ t, t < coefficients.length → {put_out}", KERNEL),
            Theorem(
                "loop_rule",
                f"∀ t : Nat, {put_out}",
                f"loop_is_rule coefficients initial loopStep loopOut {integer(self.low)} {self.start} "
                f"{self.loop.divisor} {self.turns} {self.skipped} shape loop_identity loop_start",
            ),
        )

    def program_statement(self) -> str:
        """From the first index of the loop on."""
        index = f"{integer(self.first)} + ((t + {self.skipped} : Nat) : Int)"
        return f"∀ t : Nat, {self.entry} (.i ({index})) = .i (rule coefficients initial (t + {self.skipped}))"

    def program_proof(self) -> str:
        """Run the program on an integer N that is not known."""
        index = f"{integer(self.first)} + ((t + {self.skipped} : Nat) : Int)"
        lines = [
            "by",
            "intro t",
            f"obtain ⟨N, hN⟩ : ∃ N : Int, N = {index} := ⟨_, rfl⟩",
            "rw [← hN]",
            *(self._guard(place, guard) for place, guard in enumerate(self.loop.guards)),
        ]
        known = [f"guard{place}" for place in range(len(self.loop.guards))] + ["test_zero"]
        if self.loop.divisor != 1:
            divide = f"∀ x : Int, V.floordiv (.i x) (.i ({_literal(self.loop.divisor)}))"
            lines.append(
                f"have divided : {divide} = .i (Int.fdiv x {self.loop.divisor}) := "
                "fun x => floordiv_i x _ (by decide)"
            )
            known.append("divided")
        if self.loop.high is not None:
            # By a name, or Lean would begin to run the loop when the number of turns is t + 1.
            lines += [
                f"obtain ⟨m, hm⟩ : ∃ m : Nat, m = t + {self.turns} := ⟨_, rfl⟩",
                f"have turns : ({self._stop()} - {_literal(self.low)}).toNat = m := by "
                "simp only [Int.ofNat_eq_natCast]; omega",
            ]
            known.append("turns")
        lines += [f"simp only [{self.entry}, {_OPERATIONS}, {', '.join(known)}]", *self._loop(known)]
        return "\n  ".join([*lines, *self._end(known)])

    def _guard(self, place: int, guard: Guard) -> str:
        false = f"V.{guard.operation} (.i N) (.i ({_literal(guard.constant)})) = .i 0"
        number = "by simp only [Int.ofNat_eq_natCast]; omega"
        return f"have guard{place} : {false} := {_FALSE[guard.operation]} _ _ ({number})"

    def _stop(self) -> str:
        high = self.loop.high or 0
        return "N" if high == 0 else f"N {'+' if high > 0 else '-'} Int.ofNat {abs(high)}"

    def _loop(self, known: list[str]) -> list[str]:
        if self.loop.high is None:
            return []
        size = len(self.loop.state)
        arrows = "V → " * size + "V"
        places = ["s" if size == 1 else "s" + ".2" * j + (".1" if j < size - 1 else "") for j in range(size)]
        call = f"fun (f : {arrows}) (s : {self.kind}) => f {' '.join(f'(.i {place})' for place in places)}"
        start = ", ".join(_literal(value) for value in self.loop.start)
        where = f"m ({_literal(self.low)}) ({start})"
        return [
            f"refine (for_loop ({call}) _ _ loopStep ?_ {where}).trans ?_",
            f"· intro i tail ih s; first | rfl | (simp only [{_OPERATIONS}]; rfl)",
            "rw [hm]",
        ]

    def _end(self, known: list[str]) -> list[str]:
        state = f"(orbit loopStep {integer(self.low)} {self.start} (t + {self.turns}))"
        out = f"loopOut ({integer(self.low)} + ((t + {self.turns} : Nat) : Int)) {state}"
        value, by = out, "rw [loop_rule t, Int.one_mul]"
        if self.loop.divisor != 1:
            value, by = (
                f"Int.fdiv ({out}) {self.loop.divisor}",
                ("rw [loop_rule t]; exact Int.mul_fdiv_cancel_left _ (by decide)"),
            )
        operations = f"{_OPERATIONS}, {', '.join(known)}"
        ways = (
            "rfl",
            f"(simp only [{operations}] <;> rfl)",
            f"(simp only [{operations}, loopOut, ← hN] <;> rfl)",
        )
        return [
            f"have value : {value} = rule coefficients initial (t + {self.skipped}) := by {by}",
            "rw [← value]",
            f"first | {' | '.join((*ways, '(simp only [loopOut, ← hN] <;> rfl)'))}",
        ]
