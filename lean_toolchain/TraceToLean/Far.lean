module

public import TraceToLean.Meaning

/-! Far terms modulo M by Kitamasa's method on packed polynomials.

x^n modulo the characteristic polynomial f = x^k - c and modulo M, by squarings; each takes some twenty operations on
large numbers, whatever the order. A square s is divided by f with a quotient q that is guessed and then checked:
s + q c has k lower coefficients, which are the remainder, and upper ones, which must be q's modulo M. The guess is
Barrett's: q is the upper half of the product of s's upper half and `series`, the first coefficients of the power
series 1 / (1 - c[k-1] x - ... - c[0] x^k), the last first. The document brings them along; were they wrong, nothing
would be proved. `far_value` says that the number that comes out is the definition's, for every recurrence,
index and modulus. No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- What remains of the polynomial S, handed on to `next`; 0 where the quotient is wrong. -/
def remainder (w k C G : Nat) (each : Nat → Nat) (S : Nat) (next : Nat → Nat) : Nat :=
  lit (each (Nat.shiftRight (Nat.mul (Nat.shiftRight S (Nat.mul w k)) G) (Nat.mul w (Nat.sub k 1)))) fun Q =>
  lit (each (Nat.add S (Nat.mul Q C))) fun U =>
  cond (Nat.beq (Nat.shiftRight U (Nat.mul w k)) Q) (lit (Nat.mod U (Nat.pow 2 (Nat.mul w k))) next) 0

/-- `last` of x^n, from x^(n / 2^count). -/
def farRun (w k C G : Nat) (each : Nat → Nat) (n : Nat) (last : Nat → Nat) (count : Nat) : Nat → Nat :=
  Nat.rec (motive := fun _ => Nat → Nat) last
    (fun i ih p =>
      lit (Nat.mul p p) fun q =>
      remainder w k C G each
        (cond (Nat.beq (Nat.mod (Nat.shiftRight n i) 2) 1) (Nat.mul (Nat.pow 2 w) q) q) ih) count

/-- The bits of a coefficient: room for what is below X to be divided by M with s bits. -/
def farRoom (X M s : Nat) : Nat := Nat.succ (Nat.log2 (Nat.mul X (Nat.succ (Nat.div (Nat.pow 2 s) M))))

/-- What no coefficient exceeds, before it is taken modulo M. -/
def farBound (k M : Nat) : Nat :=
  Nat.add (Nat.mul (Nat.mul k k) (Nat.mul (Nat.mul M M) M)) (Nat.mul 2 (Nat.mul k (Nat.mul M M)))

/-- One more than the value that the run with these residues ends with, 0 if none. -/
def farFrom (k M n s w : Nat) (c series init : List Nat) : Nat :=
  lit n fun n =>
  lit (Nat.succ (Nat.div (Nat.pow 2 s) M)) fun mu =>
  lit (pack (Nat.pow 2 w) c) fun C =>
  lit (pack (Nat.pow 2 w) series) fun G =>
  lit (Nat.mul (Nat.sub (Nat.pow 2 s) 1) (pack (Nat.pow 2 w) (List.replicate (Nat.mul 2 k) 1))) fun mask =>
  farRun w k C G (slotMod M mu s mask) n
    (fun p => Nat.succ (Nat.mod (weigh (Nat.pow 2 w) M init p 0) M)) (Nat.succ (Nat.log2 n)) (Nat.mod 1 M)

/-- One more than a(n) modulo M, or 0. -/
def farNumber (c init series : List Int) (M n : Nat) : Nat :=
  lit c.length fun k =>
  cond (Nat.beq init.length k) (cond (Nat.ble 1 k) (cond (Nat.ble 1 M)
    (lit (Nat.succ (Nat.log2 (Nat.mul (farBound k M) M))) fun s =>
      lit (farRoom (farBound k M) M s) fun w =>
      lits (residues M c) fun c => lits (residues M (series.take k)) fun series => lits (residues M init) fun init =>
      farFrom k M n s w c series init) 0) 0) 0

/-- a(n) modulo M is v. -/
def farHolds (c init series : List Int) (M n v : Nat) : Bool := Nat.beq (farNumber c init series M n) (Nat.succ v)

/-! ### One division -/

/-- What the numbers of a run have to be. -/
structure Sizes (w k M : Nat) (each : Nat → Nat) : Prop where
  modulus : 0 < M
  order : 0 < k
  room : farBound k M < 2 ^ w
  below : M < 2 ^ w
  reduces : ∀ p, AllLe (farBound k M) p → p.length ≤ 2 * k → each (pack (2 ^ w) p) = pack (2 ^ w) (p.map (· % M))

theorem cond_succ {b : Bool} {x v : Nat} (h : cond b x 0 = v + 1) : b = true ∧ x = v + 1 := by
  cases b <;> simp_all

theorem length_conv_le (p q : List Nat) (k : Nat) (hk : 0 < k) (hp : p.length ≤ k) (hq : q.length ≤ k) :
    (conv p q).length ≤ 2 * k - 1 := by
  have := length_conv p q
  omega

theorem remainder_means (a : Nat → Int) (w k M : Nat) (each : Nat → Nat) (z : Sizes w k M each)
    (c series s : List Nat) (hc : c.length ≤ k) (hcM : AllLe M c) (hg : series.length ≤ k) (hgM : AllLe M series)
    (ha : Stands a M (cast c) k)
    (e : Nat) (hs : s.length ≤ 2 * k) (hsM : AllLe (k * (M * M)) s) (he : Stands a M (cast s) e) (next : Nat → Nat)
    (v : Nat) (h : remainder w k (pack (2 ^ w) c) (pack (2 ^ w) series) each (pack (2 ^ w) s) next = v + 1) :
    ∃ R, Means a (2 ^ w) M k M R e ∧ next R = v + 1 := by
  have hX : farBound k M = k * k * (M * M * M) + 2 * (k * (M * M)) := rfl
  have hroom := z.room
  have hsX : AllLe (farBound k M) s := allLe_mono hsM (by rw [hX]; omega)
  -- The quotient.
  have hhi : (s.drop k).length ≤ k := by simp; omega
  have hprod : AllLe (farBound k M) (conv (s.drop k) series) := by
    refine allLe_mono (allLe_conv _ _ (allLe_drop hsM k) hgM) ?_
    calc (s.drop k).length * (k * (M * M) * M) ≤ k * (k * (M * M) * M) := Nat.mul_le_mul_right _ hhi
      _ = k * k * (M * M * M) := by grind
      _ ≤ farBound k M := by rw [hX]; omega
  have hquot : each (((pack (2 ^ w) s >>> (w * k)) * pack (2 ^ w) series) >>> (w * (k - 1))) =
      pack (2 ^ w) (((conv (s.drop k) series).drop (k - 1)).map (· % M)) := by
    rw [Nat.shiftRight_eq_div_pow, Nat.shiftRight_eq_div_pow, Nat.pow_mul, Nat.pow_mul, pack_drop _ _ hroom k s hsX,
      ← pack_conv, pack_drop _ _ hroom (k - 1) _ hprod]
    refine z.reduces _ (allLe_drop hprod _) ?_
    have := length_conv_le _ _ k z.order hhi hg
    simp; omega
  generalize hq : ((conv (s.drop k) series).drop (k - 1)).map (· % M) = q at hquot
  have hqM : AllLe M q := by rw [← hq]; exact allLe_mod z.modulus _
  have hqk : q.length ≤ k := by
    have := length_conv_le _ _ k z.order hhi hg
    rw [← hq]; simp; omega
  -- What is divided, and q times c.
  have ht : AllLe (farBound k M) (addLists s (conv q c)) := by
    refine allLe_mono (allLe_add _ _ hsM (allLe_conv q c hqM hcM)) ?_
    have := Nat.mul_le_mul_right (M * M) hqk
    rw [hX]; omega
  have hred : each (pack (2 ^ w) s + pack (2 ^ w) q * pack (2 ^ w) c) =
      pack (2 ^ w) ((addLists s (conv q c)).map (· % M)) := by
    rw [← pack_conv, ← pack_add]
    refine z.reduces _ ht (length_add _ _ _ hs ?_)
    have := length_conv_le _ _ k z.order hqk hc
    omega
  have hval : ∀ m, ∃ t, shiftEval a (cast ((addLists s (conv q c)).map (· % M))) m =
      a (m + e) + shiftEval a (cast q) (m + k) + (M : Int) * t := by
    intro m
    obtain ⟨t1, h1⟩ := shiftEval_mod a M (cast (addLists s (conv q c))) m
    obtain ⟨t2, h2⟩ := conv_stands a M q c k ha m
    obtain ⟨t3, h3⟩ := he m
    exact ⟨t1 + t2 + t3, by rw [cast_mod, h1, cast_add, shiftEval_padAdd, h2, h3]; grind⟩
  have huM : AllLe M ((addLists s (conv q c)).map (· % M)) := allLe_mod z.modulus _
  generalize ((addLists s (conv q c)).map (· % M)) = u at hred hval huM
  -- The check, and what remains.
  have h' : lit (each (((pack (2 ^ w) s >>> (w * k)) * pack (2 ^ w) series) >>> (w * (k - 1)))) (fun Q =>
      lit (each (pack (2 ^ w) s + Q * pack (2 ^ w) c)) fun U =>
      cond (Nat.beq (U >>> (w * k)) Q) (lit (U % 2 ^ (w * k)) next) 0) = v + 1 := h
  rw [hquot, lit_eq, hred, lit_eq, lit_eq, Nat.shiftRight_eq_div_pow, Nat.pow_mul, pack_drop _ _ z.below k u huM,
    pack_take _ _ z.below k u huM] at h'
  obtain ⟨hbeq, hnext⟩ := cond_succ h'
  refine ⟨_, ⟨u.take k, by simp; omega, allLe_take huM k, rfl, ?_⟩, hnext⟩
  intro m
  obtain ⟨t, ht⟩ := hval m
  have hupper := shiftEval_packed a _ _ z.below (u.drop k) q (allLe_drop huM k) hqM (Nat.eq_of_beq_eq_true hbeq) (m + k)
  exact ⟨t, by rw [shiftEval_parts a k, hupper] at ht; omega⟩

/-! ### Powering -/

theorem farRun_means (a : Nat → Int) (w k M : Nat) (each : Nat → Nat) (z : Sizes w k M each) (c series : List Nat)
    (hc : c.length ≤ k) (hcM : AllLe M c) (hg : series.length ≤ k) (hgM : AllLe M series) (ha : Stands a M (cast c) k)
    (n v : Nat) (last : Nat → Nat) (count : Nat) :
    ∀ P, Means a (2 ^ w) M k M P (n / 2 ^ count) →
      farRun w k (pack (2 ^ w) c) (pack (2 ^ w) series) each n last count P = v + 1 →
      ∃ R, Means a (2 ^ w) M k M R n ∧ last R = v + 1 := by
  induction count with
  | zero => intro P hP h; exact ⟨P, by simpa using hP, h⟩
  | succ i ih =>
    intro P ⟨p, hp1, hp2, hp3, hp4⟩ h
    have h' : lit (P * P) (fun q => remainder w k (pack (2 ^ w) c) (pack (2 ^ w) series) each
        (cond (Nat.beq ((n >>> i) % 2) 1) (2 ^ w * q) q)
        (farRun w k (pack (2 ^ w) c) (pack (2 ^ w) series) each n last i)) = v + 1 := h
    rw [lit_eq, ← hp3, ← pack_conv, Nat.shiftRight_eq_div_pow] at h'
    have hbit : n / 2 ^ i = 2 * (n / 2 ^ (i + 1)) + n / 2 ^ i % 2 := by
      rw [Nat.pow_succ, ← Nat.div_div_eq_div_mul]; omega
    have hl := length_conv_le p p k z.order hp1 hp1
    have hk := z.order
    have hM' : AllLe (k * (M * M)) (conv p p) := allLe_mono (allLe_conv p p hp2 hp2) (Nat.mul_le_mul_right _ hp1)
    have hconv : Stands a M (cast (conv p p)) (2 * (n / 2 ^ (i + 1))) := by
      intro m
      obtain ⟨t, ht⟩ := conv_stands a M p p _ hp4 m
      obtain ⟨u, hu⟩ := hp4 (m + n / 2 ^ (i + 1))
      refine ⟨u + t, ?_⟩
      rw [ht, hu, show m + n / 2 ^ (i + 1) + n / 2 ^ (i + 1) = m + 2 * (n / 2 ^ (i + 1)) by omega]
      grind
    cases hb : Nat.beq (n / 2 ^ i % 2) 1 with
    | false =>
      have h0 : n / 2 ^ i % 2 ≠ 1 := Nat.ne_of_beq_eq_false hb
      rw [hb, cond_false] at h'
      obtain ⟨R, hR, hnext⟩ := remainder_means a w k M each z c series (conv p p) hc hcM hg hgM ha _ (by omega)
        hM' hconv _ v h'
      exact ih R (by rwa [hbit, show n / 2 ^ i % 2 = 0 by omega]) hnext
    | true =>
      have h1 := Nat.eq_of_beq_eq_true hb
      rw [hb, cond_true] at h'
      have hx : pack (2 ^ w) (0 :: conv p p) = 2 ^ w * pack (2 ^ w) (conv p p) := by rw [pack_cons, Nat.zero_add]
      rw [← hx] at h'
      obtain ⟨R, hR, hnext⟩ := remainder_means a w k M each z c series (0 :: conv p p) hc hcM hg hgM ha
        (2 * (n / 2 ^ (i + 1)) + 1) (by simp; omega) (allLe_cons (by omega) hM') (by
          intro m
          obtain ⟨t, ht⟩ := hconv (m + 1)
          refine ⟨t, ?_⟩
          rw [cast_cons]
          simp only [shiftEval]
          rw [ht, show m + 1 + 2 * (n / 2 ^ (i + 1)) = m + (2 * (n / 2 ^ (i + 1)) + 1) by omega]
          simp) _ v h'
      exact ih R (by rwa [hbit, h1]) hnext

/-! ### The value -/

theorem far_sizes (k M s w : Nat) (hk : 0 < k) (hM : 0 < M)
    (hs : Nat.succ (Nat.log2 (Nat.mul (farBound k M) M)) = s) (hw : farRoom (farBound k M) M s = w) :
    Sizes w k M (slotMod M (2 ^ s / M + 1) s ((2 ^ s - 1) * pack (2 ^ w) (List.replicate (2 * k) 1))) := by
  have h1 : farBound k M * M < 2 ^ s := by rw [← hs]; exact Nat.lt_log2_self
  have h2 : farBound k M * (2 ^ s / M + 1) < 2 ^ w := by rw [← hw]; exact Nat.lt_log2_self
  have hX : farBound k M = k * k * (M * M * M) + 2 * (k * (M * M)) := rfl
  have hMX : M ≤ farBound k M := by
    have := Nat.mul_le_mul_left M hM
    have := Nat.mul_le_mul_right (M * M) hk
    rw [hX]; omega
  have h3 : farBound k M < 2 ^ w := Nat.lt_of_le_of_lt (Nat.le_mul_of_pos_right _ (Nat.succ_pos _)) h2
  have h4 : s ≤ w := by
    have h5 := Nat.mul_le_mul_right (2 ^ s / M + 1) hMX
    have h6 := Nat.mod_add_div (2 ^ s) M
    have h7 := Nat.mod_lt (2 ^ s) hM
    rw [Nat.mul_add, Nat.mul_one] at h5
    exact (Nat.pow_le_pow_iff_right (show 1 < 2 by omega)).mp (by omega)
  exact ⟨hM, hk, h3, by omega, fun p hp hl => slotMod_pack w M s (farBound k M) _ hM h1 h4 h2 p hp hl⟩

/-- A value that the kernel computes so is the definition's, modulo M, for every recurrence, index and modulus. -/
theorem far_value (c init series : List Int) (M n v : Nat) (h : farHolds c init series M n v = true) :
    rule c init n % (M : Int) = v := by
  have h : farNumber c init series M n = v + 1 := Nat.eq_of_beq_eq_true h
  unfold farNumber at h
  rw [lit_eq] at h
  obtain ⟨h1, h⟩ := cond_succ h
  obtain ⟨h2, h⟩ := cond_succ h
  obtain ⟨h3, h⟩ := cond_succ h
  have hl : init.length = c.length := Nat.eq_of_beq_eq_true h1
  have hk : 0 < c.length := Nat.le_of_ble_eq_true h2
  have hM : 0 < M := Nat.le_of_ble_eq_true h3
  simp only [lit_eq, lits_eq] at h
  generalize hsd : Nat.succ (Nat.log2 (Nat.mul (farBound c.length M) M)) = s at h
  generalize hwd : farRoom (farBound c.length M) M s = w at h
  have z := far_sizes c.length M s w hk hM hsd hwd
  have h' : lit n (fun n => lit (2 ^ s / M + 1) fun mu => lit (pack (2 ^ w) (residues M c)) fun C =>
      lit (pack (2 ^ w) (residues M (series.take c.length))) fun G =>
      lit ((2 ^ s - 1) * pack (2 ^ w) (List.replicate (2 * c.length) 1)) fun mask =>
      farRun w c.length C G (slotMod M mu s mask) n
        (fun p => Nat.succ (weigh (2 ^ w) M (residues M init) p 0 % M)) (Nat.succ (Nat.log2 n)) (1 % M)) = v + 1 := h
  simp only [lit_eq] at h'
  have ha : Stands (rule c init) M (cast (residues M c)) c.length := by
    intro m
    rw [residues_cast M hM]
    obtain ⟨t, ht⟩ := shiftEval_mod (rule c init) M c m
    exact ⟨t, by rw [ht, rule_recurs c init hl hk m]⟩
  have hstart : Means (rule c init) (2 ^ w) M c.length M (1 % M) (n / 2 ^ Nat.succ (Nat.log2 n)) := by
    rw [Nat.div_eq_of_lt Nat.lt_log2_self]
    refine ⟨[1 % M], by simp; omega, allLe_cons (Nat.le_of_lt (Nat.mod_lt _ hM)) (allLe_nil _),
      by simp [pack_cons, pack_nil], ?_⟩
    intro m
    have hx : ((1 % M : Nat) : Int) = 1 - M * (1 / (M : Int)) := by
      have := Int.emod_add_mul_ediv 1 (M : Int)
      simp; omega
    refine ⟨-(1 / (M : Int)) * rule c init m, ?_⟩
    rw [cast_cons, hx]
    simp only [cast, List.map_nil, shiftEval, Nat.add_zero]
    grind
  obtain ⟨R, ⟨p, p1, p2, p3, p4⟩, hlast⟩ := farRun_means (rule c init) w c.length M _ z (residues M c)
    (residues M (series.take c.length)) (by simp [residues]) (residues_bound M hM _) (by simp [residues]; omega)
    (residues_bound M hM _) ha n v _ _ _ hstart h'
  have hv := Nat.succ.inj hlast
  rw [← p3, weigh_pack _ M M z.below _ p 0 p2 (by simp [residues]; omega), Nat.zero_add] at hv
  obtain ⟨t, ht⟩ := p4 0
  obtain ⟨u, hu⟩ := lincomb_value (rule c init) M hM p init 0 (by omega) (by
    intro j hj
    have := window_get c init hl hk j 0 (by omega)
    simpa [window] using this)
  rw [Nat.zero_add] at ht
  have e : rule c init n = ((lincomb M p (residues M init) : Nat) : Int) + (M : Int) * (-u - t) := by
    rw [hu, ht]; grind
  rw [e, Int.add_mul_emod_self_left, ← hv]
  simp

end

end TraceToLean
