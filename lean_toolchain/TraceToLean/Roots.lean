module

public import TraceToLean.Sequence

/-! Recurrences of order 2 with irrational roots: their closed form, by powers of pairs in Z[√d]. No axiom is
declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- (x + y√d)(z + w√d). -/
def rootMul (d : Int) (a b : Int × Int) : Int × Int := (a.1 * b.1 + d * (a.2 * b.2), a.1 * b.2 + a.2 * b.1)

/-- (x + y√d)^n. -/
def rootPow (d : Int) (a : Int × Int) : Nat → Int × Int
  | 0 => (1, 0)
  | n + 1 => rootMul d (rootPow d a n) a

/-- a(n) = ((p + √d)/2)^n A + ((p - √d)/2)^n B with d = p² + 4q, where A + B = a(0): without the fractions. -/
theorem root_closed (q p a0 a1 : Int) (n : Nat) :
    2 ^ n * rule [q, p] [a0, a1] n =
      (rootPow (p ^ 2 + 4 * q) (p, 1) n).1 * a0 + (rootPow (p ^ 2 + 4 * q) (p, 1) n).2 * (2 * a1 - p * a0) := by
  have hr : ∀ m, rule [q, p] [a0, a1] (m + 2) = q * rule [q, p] [a0, a1] m + p * rule [q, p] [a0, a1] (m + 1) := by
    intro m
    have := rule_recurs [q, p] [a0, a1] rfl (by simp) m
    simp only [shiftEval, List.length_cons, List.length_nil] at this
    rw [show m + 2 = m + (0 + 1 + 1) by omega, ← this]
    omega
  have both : ∀ n : Nat, 2 ^ n * rule [q, p] [a0, a1] n =
      (rootPow (p ^ 2 + 4 * q) (p, 1) n).1 * a0 + (rootPow (p ^ 2 + 4 * q) (p, 1) n).2 * (2 * a1 - p * a0) ∧
      2 ^ (n + 1) * rule [q, p] [a0, a1] (n + 1) = (rootPow (p ^ 2 + 4 * q) (p, 1) (n + 1)).1 * a0 +
        (rootPow (p ^ 2 + 4 * q) (p, 1) (n + 1)).2 * (2 * a1 - p * a0) := by
    intro n
    induction n with
    | zero =>
      have e0 : rule [q, p] [a0, a1] 0 = a0 := rfl
      have e1 : rule [q, p] [a0, a1] 1 = a1 := rfl
      rw [e0, e1]
      simp only [rootPow, rootMul]
      constructor <;> grind
    | succ n ih =>
      refine ⟨ih.2, ?_⟩
      rw [show n + 1 + 1 = n + 2 by omega, hr n]
      have h1 := ih.1
      have h2 := ih.2
      have e : ∀ k, rootPow (p ^ 2 + 4 * q) (p, 1) (k + 1) = rootMul (p ^ 2 + 4 * q) (rootPow (p ^ 2 + 4 * q) (p, 1) k) (p, 1) :=
        fun _ => rfl
      rw [show n + 2 = n + 1 + 1 by omega, e (n + 1)]
      rw [e n] at h2 ⊢
      generalize rootPow (p ^ 2 + 4 * q) (p, 1) n = x at *
      simp only [rootMul] at *
      rw [Int.pow_succ] at h2
      rw [Int.pow_succ, Int.pow_succ]
      grind
  exact (both n).1

/-- The same with the numbers computed. -/
theorem root_form (q p a0 a1 d b : Int) (hd : p ^ 2 + 4 * q = d) (hb : 2 * a1 - p * a0 = b) (n : Nat) :
    2 ^ n * rule [q, p] [a0, a1] n = (rootPow d (p, 1) n).1 * a0 + (rootPow d (p, 1) n).2 * b := by
  rw [← hd, ← hb]
  exact root_closed q p a0 a1 n

end

end TraceToLean
