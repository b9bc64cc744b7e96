module

public import TraceToLean.Packed
public import TraceToLean.Power

/-! What packed polynomials mean: each row stands for a power of x, and rows are weighed and added.

The coefficients of a product are read off, taken modulo M and weighed with x^0, x^1, ... modulo the
characteristic polynomial, packed likewise; `weighed` says that what comes out means the same. No axiom is
declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-! ### What packed polynomials mean -/

def cast (p : List Nat) : List Int := p.map Int.ofNat

theorem cast_cons (x : Nat) (p : List Nat) : cast (x :: p) = (x : Int) :: cast p := rfl
theorem length_cast (p : List Nat) : (cast p).length = p.length := by simp [cast]

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

/-- P is a polynomial with coefficients up to b and fewer than k + 1 of them, which stands for x^e. -/
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

/-- The same rows as lists, for what they mean. -/
def combine (M : Nat) : List Nat → List (List Nat) → List Nat
  | [], _ => []
  | _ :: _, [] => []
  | x :: d, r :: rows => addLists (scale (x % M) r) (combine M d rows)

theorem pack_combine (B M : Nat) (d : List Nat) :
    ∀ rows, pack B (combine M d rows) = lincomb M d (rows.map (pack B)) := by
  induction d with
  | nil => intro rows; simp [combine, lincomb, pack_nil]
  | cons x d ih =>
    intro rows
    cases rows with
    | nil => simp [combine, lincomb, pack_nil]
    | cons r rows => simp only [combine, List.map_cons, lincomb, pack_add, pack_scale, ih]

theorem combine_bounds (M k : Nat) (hM : 0 < M) (d : List Nat) :
    ∀ rows : List (List Nat), (∀ r, r ∈ rows → r.length ≤ k ∧ AllLe M r) →
      (combine M d rows).length ≤ k ∧ AllLe (d.length * (M * M)) (combine M d rows) := by
  induction d with
  | nil => intro rows _; exact ⟨by simp [combine], allLe_nil _⟩
  | cons x d ih =>
    intro rows h
    cases rows with
    | nil => exact ⟨by simp [combine], allLe_nil _⟩
    | cons r rows =>
      have hr := h r (by simp)
      have hs := ih rows (fun s hs => h s (by simp [hs]))
      have hx : x % M ≤ M := Nat.le_of_lt (Nat.mod_lt _ hM)
      refine ⟨length_add _ _ _ (by simpa [scale] using hr.1) hs.1, ?_⟩
      have := allLe_add _ _ (allLe_scale hx hr.2) hs.2
      simp only [combine, List.length_cons]
      exact allLe_mono this (by grind)

/-- The j-th row stands for x^(s + j). -/
def RowsFrom (a : Nat → Int) (M : Nat) : List (List Nat) → Nat → Prop
  | [], _ => True
  | r :: rows, s => Stands a M (cast r) s ∧ RowsFrom a M rows (s + 1)

theorem combine_stands (a : Nat → Int) (M : Nat) (d : List Nat) :
    ∀ rows s, d.length ≤ rows.length → RowsFrom a M rows s →
      ∀ m, ∃ t, shiftEval a (cast (combine M d rows)) m = shiftEval a (cast d) (m + s) + (M : Int) * t := by
  induction d with
  | nil => intro rows s _ _ m; exact ⟨0, by simp [combine, cast, shiftEval]⟩
  | cons x d ih =>
    intro rows s hl h m
    cases rows with
    | nil => simp at hl
    | cons r rows =>
      obtain ⟨t, ht⟩ := h.1 m
      obtain ⟨u, hu⟩ := ih rows (s + 1) (by simpa using hl) h.2 m
      have hx : ((x % M : Nat) : Int) = (x : Int) - M * ((x : Int) / M) := by
        have := Int.emod_add_mul_ediv (x : Int) (M : Int)
        simp; omega
      refine ⟨((x % M : Nat) : Int) * t + u - ((x : Int) / M) * a (m + s), ?_⟩
      simp only [combine, cast_add, cast_scale, cast_cons, shiftEval_padAdd, shiftEval_map_mul, shiftEval, ht, hu]
      rw [show m + (s + 1) = m + s + 1 by omega]
      generalize ((x % M : Nat) : Int) = y at *
      subst hx
      grind

/-- Weighing the digits of d with rows and normalising gives what d means, in k coefficients below M. -/
theorem weighed (a : Nat → Int) (B M k : Nat) (hM : 0 < M) (hB : 2 * k * (M * M) < B) (rows : List (List Nat))
    (hrows : ∀ r, r ∈ rows → r.length ≤ k ∧ AllLe M r) (s : Nat) (hs : RowsFrom a M rows s)
    (hk : rows.length ≤ 2 * k) (d : List Nat) (hd : AllLe (k * (M * M)) d) (hl : d.length ≤ rows.length) :
    ∃ p, p.length ≤ k ∧ AllLe M p ∧ pack B p = normal B M k (weigh B M (rows.map (pack B)) (pack B d) 0) ∧
      ∀ m, ∃ t, shiftEval a (cast p) m = shiftEval a (cast d) (m + s) + (M : Int) * t := by
  have hkB : k * (M * M) < B := by
    have : k * (M * M) ≤ 2 * k * (M * M) := Nat.mul_le_mul_right _ (by omega)
    omega
  have hb := combine_bounds M k hM d rows hrows
  have hdB : d.length * (M * M) < B := by
    have : d.length * (M * M) ≤ 2 * k * (M * M) := Nat.mul_le_mul_right _ (by omega)
    omega
  refine ⟨(combine M d rows).map (· % M), by simpa using hb.1, ?_, ?_, ?_⟩
  · intro x hx
    obtain ⟨y, _, rfl⟩ := List.mem_map.mp hx
    exact Nat.le_of_lt (Nat.mod_lt _ hM)
  · rw [weigh_pack B M _ hkB _ d 0 hd (by simpa using hl), Nat.zero_add, ← pack_combine,
      normal_pack B M _ hdB k _ hb.2 hb.1]
  · intro m
    obtain ⟨t, ht⟩ := shiftEval_mod a M (cast (combine M d rows)) m
    obtain ⟨u, hu⟩ := combine_stands a M d rows s hl hs m
    exact ⟨u + t, by rw [cast_mod, ht, hu]; grind⟩

/-! ### The rows x^s, x^(s + 1), ... -/

/-- x^s, x^(s + 1), ..., x^(s + count - 1), packed. -/
def monomials (B count : Nat) : Nat → List Nat :=
  Nat.rec (motive := fun _ => Nat → List Nat) (fun _ => [])
    (fun _ ih s => Nat.pow B s :: ih (Nat.succ s)) count

def unit (j : Nat) : List Nat := List.replicate j 0 ++ [1]

theorem pack_unit (B j : Nat) : pack B (unit j) = B ^ j := by
  induction j with
  | zero => simp [unit, pack_cons, pack_nil]
  | succ j ih =>
    have : unit (j + 1) = 0 :: unit j := by simp [unit, List.replicate_succ]
    rw [this, pack_cons, ih, Nat.pow_succ]; grind

theorem unit_stands (a : Nat → Int) (M : Int) (j : Nat) : Stands a M (cast (unit j)) j := by
  intro m
  refine ⟨0, ?_⟩
  induction j generalizing m with
  | zero => simp [unit, cast, shiftEval]
  | succ j ih =>
    have : unit (j + 1) = 0 :: unit j := by simp [unit, List.replicate_succ]
    rw [this, cast_cons]
    simp only [shiftEval]
    rw [ih (m + 1), show m + 1 + j = m + (j + 1) by omega]
    simp

def units : Nat → Nat → List (List Nat)
  | 0, _ => []
  | count + 1, s => unit s :: units count (s + 1)

theorem units_pack (B count : Nat) : ∀ s, (units count s).map (pack B) = monomials B count s := by
  induction count with
  | zero => intro s; rfl
  | succ count ih =>
    intro s
    show pack B (unit s) :: (units count (s + 1)).map (pack B) = B ^ s :: monomials B count (s + 1)
    rw [ih, pack_unit]

theorem units_rows (a : Nat → Int) (M count : Nat) : ∀ s, RowsFrom a M (units count s) s := by
  induction count with
  | zero => intro s; trivial
  | succ count ih => intro s; exact ⟨unit_stands a M s, ih (s + 1)⟩

theorem units_length (count : Nat) : ∀ s, (units count s).length = count := by
  induction count with
  | zero => intro s; rfl
  | succ count ih => intro s; simp [units, ih]

theorem units_bounds (M count k : Nat) (hM : 0 < M) :
    ∀ s, s + count ≤ k → ∀ r, r ∈ units count s → r.length ≤ k ∧ AllLe M r := by
  induction count with
  | zero => intro s _ r hr; simp [units] at hr
  | succ count ih =>
    intro s hs r hr
    cases List.mem_cons.mp hr with
    | inl h =>
      subst h
      refine ⟨by simp [unit]; omega, ?_⟩
      intro x hx
      simp [unit] at hx
      omega
    | inr h => exact ih (s + 1) (by omega) r h

theorem rows_append (a : Nat → Int) (M : Nat) (p : List (List Nat)) :
    ∀ q s, RowsFrom a M p s → RowsFrom a M q (s + p.length) → RowsFrom a M (p ++ q) s := by
  induction p with
  | nil => intro q s _ h; simpa using h
  | cons r p ih =>
    intro q s hp hq
    refine ⟨hp.1, ih q (s + 1) hp.2 ?_⟩
    rw [show s + 1 + p.length = s + (r :: p).length by simp; omega]
    exact hq

end

end TraceToLean
