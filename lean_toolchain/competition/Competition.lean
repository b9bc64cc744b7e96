/-! What proofs of contest problems import: `python3 build_submission.py toolchain --mathlib` packs these modules and
all that they import, and nothing else of Mathlib. TraceToLean's own documents need none of them. -/
import Mathlib.Algebra.Order.Floor.Semiring
import Mathlib.Combinatorics.Enumerative.Catalan
import Mathlib.Data.Nat.Choose.Sum
import Mathlib.Data.Nat.Digits.Lemmas
import Mathlib.Data.Real.Basic
import Mathlib.NumberTheory.ArithmeticFunction.Defs
import Mathlib.NumberTheory.LegendreSymbol.QuadraticReciprocity
import Mathlib.NumberTheory.LucasLehmer
import Mathlib.Tactic
