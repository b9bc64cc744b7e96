module

public import TraceToLean.Packed

/-! All coefficients of a packed polynomial at once: its upper and lower part, and each coefficient modulo M.

Division by M is multiplication by a number near 2^s / M and a shift by s; the bits that the shift would carry
into the neighbour below are masked out before. So a handful of operations on one large number reduce every
coefficient, however many there are. No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- Every coefficient modulo M; `mask` has the lowest s bits of each. -/
def slotMod (M mu s mask P : Nat) : Nat :=
  Nat.sub P (Nat.mul M (Nat.shiftRight (Nat.sub (Nat.mul P mu) (Nat.land (Nat.mul P mu) mask)) s))

/-! ### Upper and lower part -/

theorem pack_drop (B b : Nat) (hb : b < B) (k : Nat) :
    ∀ p, AllLe b p → pack B p / B ^ k = pack B (p.drop k) := by
  induction k with
  | zero => intro p _; simp
  | succ k ih =>
    intro p hp
    cases p with
    | nil => simp [pack_nil]
    | cons x p =>
      have hx := allLe_head hp
      rw [List.drop_succ_cons, ← ih p (allLe_tail hp), Nat.pow_succ, Nat.mul_comm, ← Nat.div_div_eq_div_mul, pack_cons,
        (digit (show x < B by omega) _).2]

theorem pack_take (B b : Nat) (hb : b < B) (k : Nat) :
    ∀ p, AllLe b p → pack B p % B ^ k = pack B (p.take k) := by
  induction k with
  | zero => intro p _; simp [Nat.mod_one, pack_nil]
  | succ k ih =>
    intro p hp
    cases p with
    | nil => simp [pack_nil]
    | cons x p =>
      have hx := allLe_head hp
      have hd := digit (show x < B by omega) (pack B p)
      rw [List.take_succ_cons, pack_cons, pack_cons, ← ih p (allLe_tail hp), Nat.pow_succ', Nat.mod_mul, hd.1, hd.2]

theorem allLe_drop {b : Nat} {p : List Nat} (h : AllLe b p) (k : Nat) : AllLe b (p.drop k) :=
  fun x hx => h x (List.mem_of_mem_drop hx)

theorem allLe_take {b : Nat} {p : List Nat} (h : AllLe b p) (k : Nat) : AllLe b (p.take k) :=
  fun x hx => h x (List.mem_of_mem_take hx)

theorem allLe_mod {M : Nat} (hM : 0 < M) (p : List Nat) : AllLe M (p.map (· % M)) := by
  intro x hx
  obtain ⟨y, _, rfl⟩ := List.mem_map.mp hx
  exact Nat.le_of_lt (Nat.mod_lt _ hM)

/-! ### Each coefficient modulo M -/

/-- Splitting every coefficient: into what is left by D, and D times the rest. -/
theorem pack_split (B D : Nat) (f : Nat → Nat) (p : List Nat) :
    pack B (p.map fun x => f x % D) + D * pack B (p.map fun x => f x / D) = pack B (p.map f) := by
  induction p with
  | nil => simp [pack_nil]
  | cons x p ih =>
    simp only [List.map_cons, pack_cons, ← ih]
    have := Nat.mod_add_div (f x) D
    grind

theorem land_low (w x m P Q : Nat) (hx : x < 2 ^ w) (hm : m < 2 ^ w) :
    (x + 2 ^ w * P) &&& (m + 2 ^ w * Q) = (x &&& m) + 2 ^ w * (P &&& Q) := by
  have hxm : x &&& m < 2 ^ w := Nat.and_lt_two_pow x hm
  apply Nat.eq_of_testBit_eq
  intro i
  rw [Nat.testBit_and, Nat.add_comm x, Nat.add_comm m, Nat.add_comm (x &&& m), Nat.testBit_two_pow_mul_add _ hx,
    Nat.testBit_two_pow_mul_add _ hm, Nat.testBit_two_pow_mul_add _ hxm]
  split <;> simp [Nat.testBit_and]

theorem land_mask (w s : Nat) (hs : s ≤ w) (f : Nat → Nat) (count : Nat) :
    ∀ p : List Nat, p.length ≤ count → (∀ x, x ∈ p → f x < 2 ^ w) →
      pack (2 ^ w) (p.map f) &&& (2 ^ s - 1) * pack (2 ^ w) (List.replicate count 1) =
        pack (2 ^ w) (p.map fun x => f x % 2 ^ s) := by
  have hp := Nat.pow_le_pow_right (show 0 < 2 by omega) hs
  have h0 : 0 < 2 ^ s := Nat.pow_pos (by omega)
  induction count with
  | zero =>
    intro p hl _
    cases p with
    | nil => simp [pack_nil]
    | cons x p => simp at hl
  | succ count ih =>
    intro p hl h
    rw [List.replicate_succ, pack_cons, Nat.mul_add, Nat.mul_one, ← Nat.mul_assoc, Nat.mul_comm (2 ^ s - 1) (2 ^ w),
      Nat.mul_assoc]
    cases p with
    | nil => simp [pack_nil]
    | cons x p =>
      simp only [List.map_cons, pack_cons]
      rw [land_low w _ _ _ _ (h x (by simp)) (by omega), ih p (by simpa using hl) (fun y hy => h y (by simp [hy])),
        Nat.and_two_pow_sub_one_eq_mod]

/-- Division by M as multiplication and division by D. -/
theorem div_by (M D X x : Nat) (hM : 0 < M) (hX : X * M < D) (hx : x ≤ X) : x * (D / M + 1) / D = x / M := by
  have hD : 0 < D := by omega
  have h1 := Nat.mod_add_div D M
  have h2 := Nat.mod_lt D hM
  have h3 := Nat.mod_add_div x M
  have h4 := Nat.mod_lt x hM
  have h5 : x * M < D := Nat.lt_of_le_of_lt (Nat.mul_le_mul_right _ hx) hX
  generalize D / M = u at *
  generalize D % M = d at *
  generalize x / M = q at *
  generalize x % M = r at *
  -- M (u + 1) = D + (M - d), so x (u + 1) = q D + (q (M - d) + r (u + 1)), and the last is below D.
  have h6 : M * (u + 1) + d = D + M := by rw [Nat.mul_add, ← h1]; omega
  have h7 : M * (x * (u + 1)) < M * (D * (q + 1)) :=
    calc M * (x * (u + 1)) = x * (M * (u + 1)) := by grind
      _ ≤ x * (D + M) := Nat.mul_le_mul_left _ (by omega)
      _ = x * D + x * M := Nat.mul_add ..
      _ < (x + 1) * D := by grind
      _ ≤ (M * (q + 1)) * D := Nat.mul_le_mul_right _ (by rw [Nat.mul_add]; omega)
      _ = M * (D * (q + 1)) := by grind
  have h8 : M * (D * q) ≤ M * (x * (u + 1)) :=
    calc M * (D * q) = (M * q) * D := by grind
      _ ≤ x * D := Nat.mul_le_mul_right _ (by omega)
      _ ≤ x * (M * (u + 1)) := Nat.mul_le_mul_left _ (by omega)
      _ = M * (x * (u + 1)) := by grind
  have h9 := Nat.lt_of_mul_lt_mul_left h7
  have h10 := Nat.le_of_mul_le_mul_left h8 hM
  exact Nat.div_eq_of_lt_le (by rwa [Nat.mul_comm]) (by rwa [Nat.mul_comm (q + 1)])

theorem slotMod_pack (w M s X L : Nat) (hM : 0 < M) (hX : X * M < 2 ^ s) (hs : s ≤ w)
    (hw : X * (2 ^ s / M + 1) < 2 ^ w) (p : List Nat) (hp : AllLe X p) (hl : p.length ≤ L) :
    slotMod M (2 ^ s / M + 1) s ((2 ^ s - 1) * pack (2 ^ w) (List.replicate L 1)) (pack (2 ^ w) p) =
      pack (2 ^ w) (p.map (· % M)) := by
  have hm : pack (2 ^ w) p * (2 ^ s / M + 1) = pack (2 ^ w) (p.map (· * (2 ^ s / M + 1))) := by
    rw [Nat.mul_comm, ← pack_scale, scale]
    simp only [Nat.mul_comm]
  have hland := land_mask w s hs (· * (2 ^ s / M + 1)) L p hl
    (fun x hx => Nat.lt_of_le_of_lt (Nat.mul_le_mul_right _ (hp x hx)) hw)
  have hsplit := pack_split (2 ^ w) (2 ^ s) (· * (2 ^ s / M + 1)) p
  have hdiv : (p.map fun x => x * (2 ^ s / M + 1) / 2 ^ s) = p.map (· / M) :=
    List.map_congr_left fun x hx => div_by M (2 ^ s) X x hM hX (hp x hx)
  have hid := pack_split (2 ^ w) M (fun x => x) p
  rw [List.map_id'] at hid
  show pack (2 ^ w) p - M * ((pack (2 ^ w) p * (2 ^ s / M + 1) -
    (pack (2 ^ w) p * (2 ^ s / M + 1) &&& (2 ^ s - 1) * pack (2 ^ w) (List.replicate L 1))) >>> s) = _
  rw [hm, hland, ← hsplit, Nat.add_sub_cancel_left, Nat.shiftRight_eq_div_pow,
    Nat.mul_div_cancel_left _ (Nat.pow_pos (by omega)), hdiv, ← hid, Nat.add_sub_cancel]

end

end TraceToLean
