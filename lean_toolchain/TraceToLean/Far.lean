module

public import TraceToLean.Rows

/-! Far terms modulo M by Kitamasa's method on packed polynomials.

`far_value` says that the number that comes out is the definition's, for every recurrence, index and modulus. No
axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- r times x, x^2, ..., given the rows of x, ..., x^k. -/
def rowsAfter (B M k : Nat) (shifted : List Nat) (count : Nat) : Nat → List Nat :=
  Nat.rec (motive := fun _ => Nat → List Nat) (fun _ => [])
    (fun _ ih r => lit (normal B M k (weigh B M shifted r 0)) fun s => s :: ih s) count

/-- x^n modulo the characteristic polynomial and M, packed; the bits of n, highest first, go on from p. -/
def farPower (B M k : Nat) (rows : List Nat) (bits : List Bool) : Nat → Nat :=
  List.rec (motive := fun _ => Nat → Nat) (fun p => p)
    (fun b _ ih p =>
      lit (Nat.mul p p) fun q =>
      lit (normal B M k (weigh B M rows (cond b (Nat.mul B q) q) 0)) ih) bits

def residues (M : Nat) (xs : List Int) : List Nat := xs.map fun x => (x % (M : Int)).toNat

/-- a(n) modulo M. -/
def farValue (B M : Nat) (c init : List Int) (bits : List Bool) : Nat :=
  let k := c.length
  lits (residues M c) fun c' =>
  lit (pack B c') fun top =>
  lits (monomials B k 0) fun low =>
  lits (low.tail ++ [top]) fun shifted =>
  lits (low ++ top :: rowsAfter B M k shifted (k - 1) top) fun rows =>
  lits (residues M init) fun init' =>
  Nat.mod (weigh B M init' (farPower B M k rows bits (Nat.mod 1 M)) 0) M

/-! ### The rows after x^k -/

theorem after_rows (a : Nat → Int) (B M k : Nat) (hM : 0 < M) (hB : 2 * k * (M * M) < B)
    (shifted : List (List Nat)) (hsh : ∀ r, r ∈ shifted → r.length ≤ k ∧ AllLe M r)
    (hone : RowsFrom a M shifted 1) (hlen : shifted.length = k) (hk : 0 < k) (count : Nat) :
    ∀ (r : List Nat) (s : Nat), r.length ≤ k → AllLe M r → Stands a M (cast r) s →
      ∃ rows, rows.map (pack B) = rowsAfter B M k (shifted.map (pack B)) count (pack B r) ∧
        rows.length = count ∧ RowsFrom a M rows (s + 1) ∧ ∀ q, q ∈ rows → q.length ≤ k ∧ AllLe M q := by
  induction count with
  | zero => intro r s _ _ _; exact ⟨[], rfl, rfl, trivial, by simp⟩
  | succ count ih =>
    intro r s hr hb hs
    have hMM : M ≤ k * (M * M) := by
      have h1 : M * 1 ≤ M * M := Nat.mul_le_mul_left _ hM
      have h2 : 1 * (M * M) ≤ k * (M * M) := Nat.mul_le_mul_right _ hk
      omega
    obtain ⟨p, hp1, hp2, hp3, hp4⟩ := weighed a B M k hM hB shifted hsh 1 hone (by omega) r
      (allLe_mono hb hMM) (by omega)
    have hstand : Stands a M (cast p) (s + 1) := by
      intro m
      obtain ⟨t, ht⟩ := hp4 m
      obtain ⟨u, hu⟩ := hs (m + 1)
      exact ⟨u + t, by rw [ht, hu, show m + 1 + s = m + (s + 1) by omega]; grind⟩
    obtain ⟨rows, h1, h2, h3, h4⟩ := ih p (s + 1) hp1 hp2 hstand
    refine ⟨p :: rows, ?_, by simp [h2], ⟨hstand, h3⟩, ?_⟩
    · show pack B p :: rows.map (pack B) =
        lit (normal B M k (weigh B M (shifted.map (pack B)) (pack B r) 0)) fun q =>
          q :: rowsAfter B M k (shifted.map (pack B)) count q
      rw [lit_eq, h1, hp3]
    · intro q hq
      cases List.mem_cons.mp hq with
      | inl h => subst h; exact ⟨hp1, hp2⟩
      | inr h => exact h4 q h

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

/-! ### Powering -/

theorem farPower_cons (B M k : Nat) (rows : List Nat) (b : Bool) (bits : List Bool) (p : Nat) :
    farPower B M k rows (b :: bits) p =
      farPower B M k rows bits (normal B M k (weigh B M rows (cond b (B * (p * p)) (p * p)) 0)) := by
  show lit (p * p) (fun q => lit (normal B M k (weigh B M rows (cond b (B * q) q) 0)) (farPower B M k rows bits)) = _
  rw [lit_eq, lit_eq]

theorem farPower_means (a : Nat → Int) (B M k : Nat) (hM : 0 < M) (hB : 2 * k * (M * M) < B)
    (rows : List (List Nat)) (hrows : ∀ r, r ∈ rows → r.length ≤ k ∧ AllLe M r) (hs : RowsFrom a M rows 0)
    (hlen : rows.length = 2 * k) (hk : 0 < k) (bits : List Bool) :
    ∀ (P e : Nat), Means a B M k M P e →
      Means a B M k M (farPower B M k (rows.map (pack B)) bits P)
        (bits.foldl (fun e b => if b then 2 * e + 1 else 2 * e) e) := by
  induction bits with
  | nil => intro P e h; exact h
  | cons b bits ih =>
    intro P e ⟨p, hp1, hp2, hp3, hp4⟩
    rw [farPower_cons, List.foldl_cons]
    refine ih _ _ ?_
    have hc := allLe_conv p p hp2 hp2
    have hc' : AllLe (k * (M * M)) (conv p p) := allLe_mono hc (Nat.mul_le_mul_right _ hp1)
    have hl := length_conv p p
    have hconv : Stands a M (cast (conv p p)) (2 * e) := by
      intro m
      obtain ⟨t, ht⟩ := conv_stands a M p p e hp4 m
      obtain ⟨u, hu⟩ := hp4 (m + e)
      exact ⟨u + t, by rw [ht, hu, show m + e + e = m + 2 * e by omega]; grind⟩
    cases b with
    | false =>
      obtain ⟨q, h1, h2, h3, h4⟩ := weighed a B M k hM hB rows hrows 0 hs (by omega) (conv p p) hc' (by omega)
      refine ⟨q, h1, h2, by rw [h3, pack_conv, hp3]; rfl, ?_⟩
      intro m
      obtain ⟨t, ht⟩ := h4 m
      obtain ⟨u, hu⟩ := hconv m
      exact ⟨u + t, by simp at ht; rw [ht, hu]; simp; grind⟩
    | true =>
      have hl2 : (0 :: conv p p).length ≤ rows.length := by
        simp only [List.length_cons]
        omega
      obtain ⟨q, h1, h2, h3, h4⟩ := weighed a B M k hM hB rows hrows 0 hs (by omega) (0 :: conv p p)
        (allLe_cons (by omega) hc') hl2
      refine ⟨q, h1, h2, by rw [h3, pack_cons, pack_conv, hp3, Nat.zero_add]; rfl, ?_⟩
      intro m
      obtain ⟨t, ht⟩ := h4 m
      obtain ⟨u, hu⟩ := hconv (m + 1)
      refine ⟨u + t, ?_⟩
      rw [ht, cast_cons]
      simp only [shiftEval, Nat.add_zero]
      rw [hu]
      simp only [if_true, show m + (2 * e + 1) = m + 1 + 2 * e by omega]
      grind

/-! ### The value -/

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

theorem farValue_eq (B M : Nat) (c init : List Int) (bits : List Bool) :
    farValue B M c init bits =
      weigh B M (residues M init) (farPower B M c.length
        (monomials B c.length 0 ++ pack B (residues M c) :: rowsAfter B M c.length
          ((monomials B c.length 0).tail ++ [pack B (residues M c)]) (c.length - 1) (pack B (residues M c)))
        bits (1 % M)) 0 % M := by
  simp only [farValue, lits_eq, lit_eq]
  rfl

/-- What `farValue` computes is the definition, modulo M, for every recurrence, index and modulus. -/
theorem far_value (c init : List Int) (B M v : Nat) (bits : List Bool) (n : Nat)
    (h : init.length = c.length ∧ 0 < c.length) (hn : ofBits bits = n)
    (hM : 0 < M) (hB : 2 * c.length * (M * M) < B) (hv : Nat.beq (farValue B M c init bits) v = true) :
    rule c init n % (M : Int) = v := by
  have ha := rule_recurs c init h.1 h.2
  have hk := h.2
  have hc1 : (residues M c).length = c.length := by simp [residues]
  have hc2 := residues_bound M hM c
  have htop : Stands (rule c init) M (cast (residues M c)) c.length := by
    intro m
    rw [residues_cast M hM]
    obtain ⟨t, ht⟩ := shiftEval_mod (rule c init) M c m
    exact ⟨t, by rw [ht, ha m]⟩
  have htail : (monomials B c.length 0).tail = (units (c.length - 1) 1).map (pack B) := by
    have : c.length = c.length - 1 + 1 := by omega
    rw [this, ← units_pack]
    rfl
  have hshl : (units (c.length - 1) 1 ++ [residues M c]).length = c.length := by
    simp [units_length]; omega
  have hsh : ∀ r, r ∈ units (c.length - 1) 1 ++ [residues M c] → r.length ≤ c.length ∧ AllLe M r := by
    intro r hr
    cases List.mem_append.mp hr with
    | inl h => exact units_bounds M _ _ hM 1 (by omega) r h
    | inr h => simp at h; subst h; exact ⟨by omega, hc2⟩
  have hone : RowsFrom (rule c init) M (units (c.length - 1) 1 ++ [residues M c]) 1 := by
    refine rows_append _ _ _ _ _ (units_rows _ _ _ _) ⟨?_, trivial⟩
    rw [units_length, show 1 + (c.length - 1) = c.length by omega]
    exact htop
  obtain ⟨more, m1, m2, m3, m4⟩ := after_rows (rule c init) B M c.length hM hB _ hsh hone hshl hk
    (c.length - 1) (residues M c) c.length (by omega) hc2 htop
  have hrows : RowsFrom (rule c init) M (units c.length 0 ++ residues M c :: more) 0 := by
    refine rows_append _ _ _ _ _ (units_rows _ _ _ _) ?_
    rw [units_length, Nat.zero_add]
    exact ⟨htop, m3⟩
  have hbounds : ∀ r, r ∈ units c.length 0 ++ residues M c :: more → r.length ≤ c.length ∧ AllLe M r := by
    intro r hr
    cases List.mem_append.mp hr with
    | inl h => exact units_bounds M _ _ hM 0 (by omega) r h
    | inr h =>
      cases List.mem_cons.mp h with
      | inl h => subst h; exact ⟨by omega, hc2⟩
      | inr h => exact m4 r h
  have hlen : (units c.length 0 ++ residues M c :: more).length = 2 * c.length := by
    simp [units_length, m2]; omega
  have hone' : Means (rule c init) B M c.length M (1 % M) 0 := by
    refine ⟨[1 % M], by simp; omega, allLe_cons (Nat.le_of_lt (Nat.mod_lt _ hM)) (allLe_nil _), by simp [pack_cons, pack_nil], ?_⟩
    intro m
    have hx : ((1 % M : Nat) : Int) = 1 - M * (1 / (M : Int)) := by
      have := Int.emod_add_mul_ediv 1 (M : Int)
      simp; omega
    refine ⟨-(1 / (M : Int)) * rule c init m, ?_⟩
    rw [cast_cons, hx]
    simp only [cast, List.map_nil, shiftEval, Nat.add_zero]
    grind
  obtain ⟨p, p1, p2, p3, p4⟩ := farPower_means (rule c init) B M c.length hM hB _ hbounds hrows hlen hk bits _ _ hone'
  have hmap : (units c.length 0 ++ residues M c :: more).map (pack B) =
      monomials B c.length 0 ++ pack B (residues M c) :: rowsAfter B M c.length
          ((monomials B c.length 0).tail ++ [pack B (residues M c)]) (c.length - 1) (pack B (residues M c)) := by
    rw [List.map_append, units_pack, List.map_cons, m1, htail, List.map_append]
    rfl
  rw [hmap] at p3
  have hv' := Nat.eq_of_beq_eq_true hv
  have hMB : M < B := by
    have h1 : M * 1 ≤ M * M := Nat.mul_le_mul_left _ hM
    have h2 : 1 * (M * M) ≤ 2 * c.length * (M * M) := Nat.mul_le_mul_right _ (by omega)
    omega
  rw [farValue_eq, ← p3, weigh_pack B M M hMB _ p 0 p2 (by simp [residues]; omega), Nat.zero_add] at hv'
  have hn' : bits.foldl (fun e b => if b then 2 * e + 1 else 2 * e) 0 = n := hn
  rw [hn'] at p4
  obtain ⟨t, ht⟩ := p4 0
  obtain ⟨u, hu⟩ := lincomb_value (rule c init) M hM p init 0 (by omega) (by
    intro j hj
    have := window_get c init h.1 h.2 j 0 (by omega)
    simpa [window] using this)
  rw [Nat.zero_add] at ht
  have e : rule c init n = ((lincomb M p (residues M init) : Nat) : Int) + (M : Int) * (-u - t) := by
    rw [hu, ht]; grind
  rw [e, Int.add_mul_emod_self_left, ← hv']
  simp

end

end TraceToLean
