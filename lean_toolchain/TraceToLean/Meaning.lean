module

public import TraceToLean.Slots
public import TraceToLean.Power

/-! What packed polynomials mean: polynomials in the shift, as in Power.lean.

Here are the sum, the product, the parts and the value of lists of coefficients, in these terms. No axiom is
declared. -/

namespace TraceToLean

@[expose] public noncomputable section

def cast (p : List Nat) : List Int := p.map Int.ofNat

theorem cast_cons (x : Nat) (p : List Nat) : cast (x :: p) = (x : Int) :: cast p := rfl

theorem cast_add (p : List Nat) : ∀ q, cast (addLists p q) = padAdd (cast p) (cast q) := by
  induction p with
  | nil => intro q; simp [addLists, cast, padAdd]
  | cons x p ih =>
    intro q
    cases q with
    | nil => simp [addLists, cast, padAdd]
    | cons y q => simp only [addLists, cast_cons, padAdd, ih]; simp

theorem cast_scale (x : Nat) (p : List Nat) : cast (scale x p) = (cast p).map ((x : Int) * ·) := by
  induction p with
  | nil => rfl
  | cons y p ih =>
    have h : scale x (y :: p) = (x * y) :: scale x p := rfl
    rw [h, cast_cons, ih, cast_cons, List.map_cons]; simp

theorem cast_mod (M : Nat) (p : List Nat) : cast (p.map (· % M)) = (cast p).map (· % (M : Int)) := by
  induction p with
  | nil => rfl
  | cons y p ih => rw [List.map_cons, cast_cons, ih, cast_cons, List.map_cons]; simp

/-- P is a polynomial with at most k coefficients, up to b, which stands for x^e. -/
def Means (a : Nat → Int) (B M k b : Nat) (P e : Nat) : Prop :=
  ∃ p, p.length ≤ k ∧ AllLe b p ∧ pack B p = P ∧ Stands a M (cast p) e

theorem conv_stands (a : Nat → Int) (M : Int) (p : List Nat) (q : List Nat) (f : Nat) (hq : Stands a M (cast q) f) :
    ∀ m, ∃ t, shiftEval a (cast (conv p q)) m = shiftEval a (cast p) (m + f) + M * t := by
  induction p with
  | nil => intro m; exact ⟨0, by simp [conv, cast, shiftEval]⟩
  | cons x p ih =>
    intro m
    obtain ⟨t, ht⟩ := hq m
    obtain ⟨u, hu⟩ := ih (m + 1)
    refine ⟨x * t + u, ?_⟩
    simp only [conv, cast_add, cast_scale, cast_cons, shiftEval_padAdd, shiftEval_map_mul, shiftEval, ht, hu]
    rw [show m + 1 + f = m + f + 1 by omega]
    grind

/-- A polynomial is its lower part and x^k times its upper one. -/
theorem shiftEval_parts (a : Nat → Int) (k : Nat) :
    ∀ (p : List Nat) (m : Nat), shiftEval a (cast p) m =
      shiftEval a (cast (p.take k)) m + shiftEval a (cast (p.drop k)) (m + k) := by
  induction k with
  | zero => intro p m; simp [cast, shiftEval]
  | succ k ih =>
    intro p m
    cases p with
    | nil => simp [cast, shiftEval]
    | cons x p =>
      rw [List.take_succ_cons, List.drop_succ_cons, cast_cons, cast_cons]
      simp only [shiftEval]
      rw [ih p (m + 1), show m + 1 + k = m + (k + 1) by omega]
      omega

theorem shiftEval_zeros (a : Nat → Int) (p : List Nat) (h : AllLe 0 p) : ∀ m, shiftEval a (cast p) m = 0 := by
  induction p with
  | nil => intro m; rfl
  | cons x p ih =>
    intro m
    have hx := allLe_head h
    have h0 : x = 0 := by omega
    subst h0
    rw [cast_cons]
    simp only [shiftEval, ih (allLe_tail h)]
    simp

theorem pack_zero (B : Nat) (hB : 0 < B) (p : List Nat) (h : pack B p = 0) : AllLe 0 p := by
  induction p with
  | nil => exact allLe_nil _
  | cons x p ih =>
    rw [pack_cons] at h
    have h1 : B * pack B p = 0 := by omega
    have h2 : pack B p = 0 := by
      cases Nat.mul_eq_zero.mp h1 with
      | inl h => omega
      | inr h => exact h
    exact allLe_cons (by omega) (ih h2)

/-- The same number is the same polynomial, but for zeros at its end. -/
theorem shiftEval_packed (a : Nat → Int) (B b : Nat) (hb : b < B) (p : List Nat) :
    ∀ q, AllLe b p → AllLe b q → pack B p = pack B q → ∀ m, shiftEval a (cast p) m = shiftEval a (cast q) m := by
  induction p with
  | nil =>
    intro q _ _ h m
    rw [shiftEval_zeros a q (pack_zero B (by omega) q (by rw [← h, pack_nil]))]
    rfl
  | cons x p ih =>
    intro q hp hq h m
    cases q with
    | nil => rw [shiftEval_zeros a _ (pack_zero B (by omega) _ (by rw [h, pack_nil]))]; rfl
    | cons y q =>
      have hx := allLe_head hp
      have hy := allLe_head hq
      have dx := digit (show x < B by omega) (pack B p)
      have dy := digit (show y < B by omega) (pack B q)
      rw [pack_cons, pack_cons] at h
      rw [h] at dx
      rw [cast_cons, cast_cons, show x = y from dx.1.symm.trans dy.1]
      simp only [shiftEval]
      rw [ih q (allLe_tail hp) (allLe_tail hq) (dx.2.symm.trans dy.2)]

/-! ### Integers modulo M, and the value -/

def residues (M : Nat) (xs : List Int) : List Nat := xs.map fun x => (x % (M : Int)).toNat

theorem residues_cast (M : Nat) (hM : 0 < M) (xs : List Int) : cast (residues M xs) = xs.map (· % (M : Int)) := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    have h : residues M (x :: xs) = (x % (M : Int)).toNat :: residues M xs := rfl
    rw [h, cast_cons, ih, List.map_cons]
    have : 0 ≤ x % (M : Int) := Int.emod_nonneg _ (by omega)
    rw [Int.toNat_of_nonneg this]

theorem residues_bound (M : Nat) (hM : 0 < M) (xs : List Int) : AllLe M (residues M xs) := by
  intro y hy
  obtain ⟨x, _, rfl⟩ := List.mem_map.mp hy
  have h1 : x % (M : Int) < M := Int.emod_lt_of_pos _ (by omega)
  omega

theorem lincomb_value (a : Nat → Int) (M : Nat) (hM : 0 < M) (d : List Nat) :
    ∀ (init : List Int) (s : Nat), d.length ≤ init.length → (∀ j, j < d.length → init[j]? = some (a (s + j))) →
      ∃ t, ((lincomb M d (residues M init) : Nat) : Int) = shiftEval a (cast d) s + (M : Int) * t := by
  induction d with
  | nil => intro init s _ _; exact ⟨0, by simp [lincomb, cast, shiftEval]⟩
  | cons x d ih =>
    intro init s hl h
    cases init with
    | nil => simp at hl
    | cons y init =>
      have h0 := h 0 (by simp)
      simp at h0
      obtain ⟨t, ht⟩ := ih init (s + 1) (by simpa using hl) (by
        intro j hj
        have := h (j + 1) (by simp; omega)
        simp at this
        rw [this]
        congr 2
        omega)
      have hr : residues M (y :: init) = (y % (M : Int)).toNat :: residues M init := rfl
      have hy : (((y % (M : Int)).toNat : Nat) : Int) = y - M * (y / M) := by
        have h1 := Int.emod_add_mul_ediv y (M : Int)
        have h2 : 0 ≤ y % (M : Int) := Int.emod_nonneg _ (by omega)
        rw [Int.toNat_of_nonneg h2]
        omega
      have hx : ((x % M : Nat) : Int) = (x : Int) - M * ((x : Int) / M) := by
        have := Int.emod_add_mul_ediv (x : Int) (M : Int)
        simp; omega
      rw [hr]
      simp only [lincomb, cast_cons, shiftEval]
      rw [Int.natCast_add, Int.natCast_mul, ht, hx, hy, h0]
      refine ⟨t - (x : Int) * (a s / M) - (x : Int) / M * (a s - M * (a s / M)), ?_⟩
      grind

end

end TraceToLean
