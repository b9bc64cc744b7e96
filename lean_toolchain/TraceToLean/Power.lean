module

public import TraceToLean.Sequence

/-! Polynomials in the shift, and far terms by binary powering of x modulo the characteristic polynomial.

A polynomial p stands for x^e if p[0] a(m) + p[1] a(m + 1) + ... is a(m + e), up to a multiple of M, for every m
and the sequence a. `rule_far` says that powering (Kitamasa's method, on lists) agrees with the definition
modulo M, for every n; with M = 0 it is exact, which is what documents use it for. Far.lean does the same on
packed numbers, which is quicker. No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- Sum of two polynomials. -/
def padAdd : List Int → List Int → List Int
  | [], q => q
  | p, [] => p
  | x :: p, y :: q => (x + y) :: padAdd p q

theorem shiftEval_padAdd (a : Nat → Int) (p : List Int) :
    ∀ q m, shiftEval a (padAdd p q) m = shiftEval a p m + shiftEval a q m := by
  induction p with
  | nil => intro q m; simp [padAdd, shiftEval]
  | cons x p ih =>
    intro q m
    cases q with
    | nil => simp [padAdd, shiftEval]
    | cons y q => simp only [padAdd, shiftEval, ih]; grind

theorem shiftEval_map_mul (a : Nat → Int) (x : Int) (p : List Int) :
    ∀ m, shiftEval a (p.map (x * ·)) m = x * shiftEval a p m := by
  induction p with
  | nil => intro m; simp [shiftEval]
  | cons y p ih => intro m; simp only [List.map_cons, shiftEval, ih]; grind

theorem shiftEval_append (a : Nat → Int) (p : List Int) (x : Int) :
    ∀ m, shiftEval a (p ++ [x]) m = shiftEval a p m + x * a (m + p.length) := by
  induction p with
  | nil => intro m; simp [shiftEval]
  | cons y p ih =>
    intro m
    simp only [List.cons_append, shiftEval, ih, List.length_cons]
    rw [show m + 1 + p.length = m + (p.length + 1) by omega]
    omega

/-- x * q modulo the characteristic polynomial. -/
def shift (c q : List Int) : List Int :=
  match q.getLast? with
  | some top => if q.length = c.length then padAdd (0 :: q.dropLast) (c.map (top * ·)) else 0 :: q
  | none => []

theorem shiftEval_shift (c : List Int) (a : Nat → Int) (ha : Recurs c a) (q : List Int) (m : Nat) :
    shiftEval a (shift c q) m = shiftEval a q (m + 1) := by
  unfold shift
  cases hq : q.getLast? with
  | none =>
    have : q = [] := by simpa using hq
    simp [this, shiftEval]
  | some top =>
    have hne : q ≠ [] := by intro e; simp [e] at hq
    have hsplit : q = q.dropLast ++ [top] := by
      have := List.dropLast_concat_getLast hne
      have e : q.getLast hne = top := by
        rw [List.getLast?_eq_some_getLast hne] at hq
        simpa using hq
      rw [e] at this
      exact this.symm
    by_cases hl : q.length = c.length
    · simp only [hl, if_true]
      rw [shiftEval_padAdd, shiftEval_map_mul, ha m]
      simp only [shiftEval]
      have hd : q.dropLast.length + 1 = c.length := by
        have := congrArg List.length hsplit
        simp at this
        simp
        omega
      have e2 : shiftEval a q (m + 1) = shiftEval a q.dropLast (m + 1) + top * a (m + 1 + q.dropLast.length) := by
        conv => lhs; rw [hsplit]
        exact shiftEval_append a q.dropLast top (m + 1)
      rw [e2, show m + 1 + q.dropLast.length = m + c.length by omega]
      omega
    · simp [hl, shiftEval]

/-- `p` stands for x^e: applied at m it gives a(m + e), up to a multiple of M. -/
def Stands (a : Nat → Int) (M : Int) (p : List Int) (e : Nat) : Prop :=
  ∀ m, ∃ t, shiftEval a p m = a (m + e) + M * t

theorem shiftEval_mod (a : Nat → Int) (M : Int) (p : List Int) :
    ∀ m, ∃ t, shiftEval a (p.map (· % M)) m = shiftEval a p m + M * t := by
  induction p with
  | nil => intro m; exact ⟨0, by simp [shiftEval]⟩
  | cons x p ih =>
    intro m
    obtain ⟨t, ht⟩ := ih (m + 1)
    refine ⟨t - x / M * a m, ?_⟩
    simp only [List.map_cons, shiftEval, ht]
    have hx : x % M = x - M * (x / M) := by have := Int.emod_add_mul_ediv x M; omega
    rw [hx]
    grind

theorem stands_mod (a : Nat → Int) (M : Int) (p : List Int) (e : Nat) (h : Stands a M p e) :
    Stands a M (p.map (· % M)) e := by
  intro m
  obtain ⟨t, ht⟩ := shiftEval_mod a M p m
  obtain ⟨u, hu⟩ := h m
  exact ⟨u + t, by rw [ht, hu]; grind⟩

theorem stands_shift (c : List Int) (a : Nat → Int) (ha : Recurs c a) (M : Int) (p : List Int) (e : Nat)
    (h : Stands a M p e) : Stands a M (shift c p) (e + 1) := by
  intro m
  rw [shiftEval_shift c a ha]
  obtain ⟨t, ht⟩ := h (m + 1)
  exact ⟨t, by rw [ht, show m + 1 + e = m + (e + 1) by omega]⟩

/-! ### Powering -/

/-- p * q modulo the characteristic polynomial and modulo M. -/
def mulMod (c : List Int) (M : Int) : List Int → List Int → List Int
  | [], _ => []
  | x :: p, q => withInts ((shift c q).map (· % M)) fun q' => padAdd (q.map (x * ·)) (mulMod c M p q')

theorem shiftEval_mulMod (c : List Int) (a : Nat → Int) (ha : Recurs c a) (M : Int) (p : List Int) :
    ∀ (q : List Int) (f : Nat), Stands a M q f →
      ∀ m, ∃ t, shiftEval a (mulMod c M p q) m = shiftEval a p (m + f) + M * t := by
  induction p with
  | nil => intro q f _ m; exact ⟨0, by simp [mulMod, shiftEval]⟩
  | cons x p ih =>
    intro q f hq m
    obtain ⟨t, ht⟩ := hq m
    have hs := stands_mod a M _ _ (stands_shift c a ha M q f hq)
    obtain ⟨u, hu⟩ := ih _ _ hs m
    refine ⟨x * t + u, ?_⟩
    simp only [mulMod, withInts_eq, shiftEval_padAdd, shiftEval_map_mul, ht, hu, shiftEval]
    rw [show m + (f + 1) = m + f + 1 by omega]
    grind

theorem stands_mul (c : List Int) (a : Nat → Int) (ha : Recurs c a) (M : Int) (p q : List Int) (e f : Nat)
    (hp : Stands a M p e) (hq : Stands a M q f) : Stands a M (mulMod c M p q) (f + e) := by
  intro m
  obtain ⟨t, ht⟩ := shiftEval_mulMod c a ha M p q f hq m
  obtain ⟨u, hu⟩ := hp (m + f)
  exact ⟨u + t, by rw [ht, hu, show m + (f + e) = m + f + e by omega]; grind⟩

/-- The number with these binary digits, the highest first. -/
def ofBits (bits : List Bool) : Nat := bits.foldl (fun e b => if b then 2 * e + 1 else 2 * e) 0

/-- x^(ofBits bits) modulo the characteristic polynomial and M, continuing from p. -/
def power (c : List Int) (M : Int) : List Bool → List Int → List Int
  | [], p => p
  | b :: bits, p =>
    withInts ((mulMod c M p p).map (· % M)) fun s =>
      if b then withInts ((shift c s).map (· % M)) fun s => power c M bits s else power c M bits s

theorem stands_power (c : List Int) (a : Nat → Int) (ha : Recurs c a) (M : Int) (bits : List Bool) :
    ∀ (p : List Int) (e : Nat), Stands a M p e →
      Stands a M (power c M bits p) (bits.foldl (fun e b => if b then 2 * e + 1 else 2 * e) e) := by
  induction bits with
  | nil => intro p e h; exact h
  | cons b bits ih =>
    intro p e h
    have h2 := stands_mod a M _ _ (stands_mul c a ha M p p e e h h)
    rw [show e + e = 2 * e by omega] at h2
    cases b with
    | false => simpa [power, withInts_eq] using ih _ _ h2
    | true =>
      have h3 := stands_mod a M _ _ (stands_shift c a ha M _ _ h2)
      simpa [power, withInts_eq] using ih _ _ h3

theorem stands_one (a : Nat → Int) (M : Int) : Stands a M [1] 0 := by
  intro m
  exact ⟨0, by simp [shiftEval]⟩

/-- The fast evaluation is the definition, modulo M, for every index.

The kernel computes `residue` (x^n modulo the characteristic polynomial and M), its length, and the
last inner product; everything else is proved. -/
theorem rule_far (c init residue : List Int) (M v : Int) (bits : List Bool) (n : Nat)
    (h : init.length = c.length ∧ 0 < c.length) (hn : ofBits bits = n)
    (hp : power c M bits [1] = residue) (hlen : residue.length ≤ c.length)
    (hv : dot residue init % M = v) : rule c init n % M = v := by
  have ha := rule_recurs c init h.1 h.2
  obtain ⟨t, ht⟩ := stands_power c (rule c init) ha M bits [1] 0 (stands_one _ M) 0
  rw [hp] at ht
  have e : shiftEval (rule c init) residue 0 = dot residue init := by
    refine (dot_eq_shiftEval (rule c init) residue init 0 (by omega) ?_).symm
    intro j hj
    have := window_get c init h.1 h.2 j 0 (by omega)
    simpa [window] using this
  simp only [Nat.zero_add] at ht
  have hn' : bits.foldl (fun e b => if b then 2 * e + 1 else 2 * e) 0 = n := hn
  rw [hn'] at ht
  rw [← hv, ← e, ht]
  simp [Int.add_mul_emod_self_left]

/-- Without a modulus (M = 0) the same computation is exact. -/
theorem rule_far_exact (c init residue : List Int) (v : Int) (bits : List Bool) (n : Nat)
    (h : init.length = c.length ∧ 0 < c.length) (hn : ofBits bits = n)
    (hp : power c 0 bits [1] = residue) (hlen : residue.length ≤ c.length)
    (hv : dot residue init % 0 = v) : rule c init n = v := by
  have := rule_far c init residue 0 v bits n h hn hp hlen hv
  simpa using this

end

end TraceToLean
