module

/-! C-finite sequences over the integers, and far terms of them that the kernel can compute.

`rule c init n` is the definition: n steps of the companion map. `rule_far` says that the fast
evaluation (the coefficients of x^n modulo the characteristic polynomial, by binary powering: Kitamasa's
method) agrees with the definition modulo M, for every n. Nothing here is assumed: no axiom is declared. -/

-- Nothing here is run as compiled code, only by the kernel; some engines cannot compile at all.
namespace TraceToLean

@[expose] public noncomputable section

/-- Inner product of two lists; the shorter one decides. -/
def dot : List Int → List Int → Int
  | [], _ => 0
  | _ :: _, [] => 0
  | p :: ps, s :: ss => p * s + dot ps ss

/-- One step of the companion map: drop the oldest term, append the next. -/
def step (c s : List Int) : List Int := s.tail ++ [dot c s]

/-- The k consecutive terms that begin at index n. -/
def window (c init : List Int) : Nat → List Int
  | 0 => init
  | n + 1 => step c (window c init n)

/-- The sequence with a(n + k) = c[0] a(n) + ... + c[k-1] a(n + k - 1) and the given first k terms. -/
def rule (c init : List Int) (n : Nat) : Int := (window c init n).headD 0

/-- p[0] a(m) + p[1] a(m + 1) + ... : a polynomial in the shift, applied to a sequence. -/
def shiftEval (a : Nat → Int) : List Int → Nat → Int
  | [], _ => 0
  | p :: ps, m => p * a m + shiftEval a ps (m + 1)

/-- `a` obeys the recurrence with coefficients `c`. -/
def Recurs (c : List Int) (a : Nat → Int) : Prop := ∀ m, shiftEval a c m = a (m + c.length)

theorem length_window (c init : List Int) (h : init.length = c.length) (hc : 0 < c.length) (n : Nat) :
    (window c init n).length = c.length := by
  induction n with
  | zero => exact h
  | succ n ih => simp [window, step, ih]; omega

theorem window_get (c init : List Int) (h : init.length = c.length) (hc : 0 < c.length) (j : Nat) :
    ∀ n, j < c.length → (window c init n)[j]? = some (rule c init (n + j)) := by
  induction j with
  | zero =>
    intro n _
    have hl := length_window c init h hc n
    simp only [rule, Nat.add_zero]
    cases hw : window c init n with
    | nil => simp [hw] at hl; omega
    | cons x xs => simp
  | succ j ih =>
    intro n hj
    have hl := length_window c init h hc n
    have e := ih (n + 1) (by omega)
    have : n + (j + 1) = n + 1 + j := by omega
    rw [this, ← e]
    simp only [window, step]
    rw [List.getElem?_append_left (by simp [hl]; omega)]
    cases hw : window c init n with
    | nil => simp [hw] at hl; omega
    | cons x xs => simp

theorem dot_eq_shiftEval (a : Nat → Int) (ps : List Int) :
    ∀ (ss : List Int) (m : Nat), ps.length ≤ ss.length →
      (∀ j, j < ps.length → ss[j]? = some (a (m + j))) → dot ps ss = shiftEval a ps m := by
  induction ps with
  | nil => intros; simp [dot, shiftEval]
  | cons p ps ih =>
    intro ss m hl h
    cases ss with
    | nil => simp at hl
    | cons s ss =>
      have h0 := h 0 (by simp)
      simp at h0
      have := ih ss (m + 1) (by simpa using hl) (by
        intro j hj
        have := h (j + 1) (by simp; omega)
        simp at this
        rw [this]
        congr 2
        omega)
      simp [dot, shiftEval, this, h0]

/-- The definition obeys its recurrence. -/
theorem rule_recurs (c init : List Int) (h : init.length = c.length) (hc : 0 < c.length) :
    Recurs c (rule c init) := by
  intro m
  have hl := length_window c init h hc m
  rw [← dot_eq_shiftEval (rule c init) c (window c init m) m (by omega)
    (fun j hj => window_get c init h hc j m hj)]
  have hk := window_get c init h hc (c.length - 1) (m + 1) (by omega)
  have e : m + 1 + (c.length - 1) = m + c.length := by omega
  rw [e] at hk
  simp only [window, step] at hk
  rw [List.getElem?_append_right (by simp [hl])] at hk
  simp [hl] at hk
  exact hk

/-! ### Two sequences with the same recurrence and the same first terms are equal -/

theorem shiftEval_congr (a b : Nat → Int) (ps : List Int) :
    ∀ m, (∀ j, j < ps.length → a (m + j) = b (m + j)) → shiftEval a ps m = shiftEval b ps m := by
  induction ps with
  | nil => intros; rfl
  | cons p ps ih =>
    intro m h
    have h0 := h 0 (by simp)
    have := ih (m + 1) (by
      intro j hj
      have := h (j + 1) (by simp; omega)
      rw [show m + 1 + j = m + (j + 1) by omega]
      exact this)
    simp at h0
    simp [shiftEval, this, h0]

theorem recurs_unique (c : List Int) (a b : Nat → Int) (ha : Recurs c a) (hb : Recurs c b)
    (h : ∀ j, j < c.length → a j = b j) : ∀ n, a n = b n := by
  intro n
  induction n using Nat.strongRecOn with
  | ind n ih =>
    by_cases hn : n < c.length
    · exact h n hn
    · have e : n - c.length + c.length = n := by omega
      have h1 := ha (n - c.length)
      have h2 := hb (n - c.length)
      rw [e] at h1 h2
      rw [← h1, ← h2]
      apply shiftEval_congr
      intro j hj
      exact ih _ (by omega)

theorem shiftEval_scale (a : Nat → Int) (d : Int) (ps : List Int) :
    ∀ m, shiftEval (fun n => d * a n) ps m = d * shiftEval a ps m := by
  induction ps with
  | nil => intro m; simp [shiftEval]
  | cons p ps ih => intro m; simp only [shiftEval, ih]; grind

theorem recurs_scale (c : List Int) (a : Nat → Int) (d : Int) (h : Recurs c a) :
    Recurs c (fun n => d * a n) := by
  intro m
  rw [shiftEval_scale, h m]

/-- A closed form of d * a(n): it obeys the recurrence and has the right first terms. -/
theorem closed_form (c init : List Int) (d : Int) (q : Nat → Int)
    (h : init.length = c.length) (hc : 0 < c.length) (hq : Recurs c q)
    (h0 : ∀ j, j < c.length → d * rule c init j = q j) : ∀ n, d * rule c init n = q n :=
  recurs_unique c _ q (recurs_scale c _ d (rule_recurs c init h hc)) hq h0

/-! ### Far terms -/

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

/-- Hand each coefficient over as a literal: keeps the kernel from piling up unevaluated terms. -/
def withNat {α : Type} (n : Nat) (k : Nat → α) : α :=
  match n with
  | 0 => k 0
  | m + 1 => k (m + 1)

def withInt {α : Type} (x : Int) (k : Int → α) : α :=
  match x with
  | .ofNat n => withNat n fun n => k (.ofNat n)
  | .negSucc n => withNat n fun n => k (.negSucc n)

def withInts {α : Type} : List Int → (List Int → α) → α
  | [], k => k []
  | x :: xs, k => withInt x fun x => withInts xs fun xs => k (x :: xs)

theorem withNat_eq {α : Type} (n : Nat) (k : Nat → α) : withNat n k = k n := by
  cases n <;> rfl

theorem withInt_eq {α : Type} (x : Int) (k : Int → α) : withInt x k = k x := by
  cases x <;> simp [withInt, withNat_eq]

theorem withInts_eq {α : Type} (xs : List Int) : ∀ k : List Int → α, withInts xs k = k xs := by
  induction xs with
  | nil => intro k; rfl
  | cons x xs ih => intro k; simp [withInts, withInt_eq, ih]

/-- p * q modulo the characteristic polynomial and modulo M. -/
def mulMod (c : List Int) (M : Int) : List Int → List Int → List Int
  | [], _ => []
  | x :: p, q => withInts ((shift c q).map (· % M)) fun q' => padAdd (q.map (x * ·)) (mulMod c M p q')

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
