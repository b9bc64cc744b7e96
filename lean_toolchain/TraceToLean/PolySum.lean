module

public import TraceToLean.Rules

/-! Sums with polynomial coefficients, on natural numbers.

The kernel takes one step for an operation on natural numbers, and a dozen for one on integers. So each polynomial is
split into its positive and its negative coefficients, and a sum that is zero becomes an equation between two. No axiom
is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- A polynomial, lowest power first. -/
def natAt (p : List Nat) (n : Nat) : Nat :=
  List.rec (motive := fun _ => Nat) 0 (fun c _ ih => Nat.add c (Nat.mul n ih)) p

/-- p_0(n) w_0 + p_1(n) w_1 + ..., as far as both go. -/
def natSum (polys : List (List Nat)) (n : Nat) : List Nat → Nat :=
  List.rec (motive := fun _ => List Nat → Nat) (fun _ => 0)
    (fun p _ ih w =>
      List.rec (motive := fun _ => Nat) 0 (fun x w _ => Nat.add (Nat.mul (natAt p n) x) (ih w)) w) polys

/-- The coefficients with the sign that s has, without it; nothing where there is none. -/
def share (s : Int) (p : List Int) : List Nat :=
  let q := p.map fun c => (Int.mul s c).toNat
  cond (q.all (Nat.beq 0)) [] q

/-! ### Sums -/

theorem natAt_cons (c : Nat) (p : List Nat) (n : Nat) : natAt (c :: p) n = c + n * natAt p n := rfl

theorem natAt_zeros (p : List Nat) (n : Nat) (h : p.all (Nat.beq 0) = true) : natAt p n = 0 := by
  induction p with
  | nil => rfl
  | cons c p ih =>
    rw [List.all_cons, Bool.and_eq_true] at h
    rw [natAt_cons, ih h.2, ← Nat.eq_of_beq_eq_true h.1]; simp

theorem natAt_share (s : Int) (p : List Int) (n : Nat) :
    natAt (share s p) n = natAt (p.map fun c => (s * c).toNat) n := by
  show natAt (cond ((p.map fun c => (s * c).toNat).all (Nat.beq 0)) [] (p.map fun c => (s * c).toNat)) n = _
  cases h : (p.map fun c => (s * c).toNat).all (Nat.beq 0) with
  | true => rw [natAt_zeros _ n h]; rfl
  | false => rfl

theorem polyAt_step (c : Int) (p : List Int) (n : Int) : polyAt (c :: p) n = c + n * polyAt p n := rfl

theorem polyAt_shared (s : Int) (p : List Int) (n : Nat) :
    (natAt (share s p) n : Int) - natAt (share (Int.neg s) p) n = s * polyAt p n := by
  rw [natAt_share, natAt_share]
  induction p with
  | nil => show (0 : Int) - 0 = s * 0; simp
  | cons c p ih =>
    rw [List.map_cons, List.map_cons, natAt_cons, natAt_cons, polyAt_step]
    have h : ((s * c).toNat : Int) - ((Int.neg s * c).toNat : Nat) = s * c := by
      have : Int.neg s * c = -(s * c) := Int.neg_mul s c
      rw [this]; omega
    rw [Int.natCast_add, Int.natCast_add, Int.natCast_mul, Int.natCast_mul]
    grind

theorem polySum_cons (p : List Int) (polys : List (List Int)) (n x : Int) (w : List Int) :
    polySum (p :: polys) n (x :: w) = polyAt p n * x + polySum polys n w := rfl

theorem natSum_cons (p : List Nat) (polys : List (List Nat)) (n x : Nat) (w : List Nat) :
    natSum (p :: polys) n (x :: w) = natAt p n * x + natSum polys n w := rfl

theorem polySum_shared (s : Int) (n : Nat) (polys : List (List Int)) :
    ∀ w : List Nat, (natSum (polys.map (share s)) n w : Int) - natSum (polys.map (share (Int.neg s))) n w =
      s * polySum polys n (cast w) := by
  induction polys with
  | nil => intro w; show (0 : Int) - 0 = s * 0; simp
  | cons p polys ih =>
    intro w
    cases w with
    | nil => show (0 : Int) - 0 = s * 0; simp
    | cons x w =>
      rw [List.map_cons, List.map_cons, natSum_cons, natSum_cons, cast_cons, polySum_cons]
      have h1 := ih w
      have h2 := polyAt_shared s p n
      rw [Int.natCast_add, Int.natCast_add, Int.natCast_mul, Int.natCast_mul]
      grind

theorem polySum_snoc (n : Int) (p : List Int) (x : Int) (polys : List (List Int)) :
    ∀ w : List Int, polys.length = w.length →
      polySum (polys ++ [p]) n (w ++ [x]) = polySum polys n w + polyAt p n * x := by
  induction polys with
  | nil =>
    intro w h
    cases w with
    | nil => show polyAt p n * x + 0 = 0 + polyAt p n * x; omega
    | cons y w => simp at h
  | cons q polys ih =>
    intro w h
    cases w with
    | nil => simp at h
    | cons y w =>
      rw [List.cons_append, List.cons_append, polySum_cons, polySum_cons, ih w (by simpa using h)]; omega

theorem polySum_short (n : Int) (more : List (List Int)) (polys : List (List Int)) :
    ∀ w : List Int, w.length ≤ polys.length → polySum (polys ++ more) n w = polySum polys n w := by
  induction polys with
  | nil =>
    intro w h
    cases w with
    | nil => cases more <;> rfl
    | cons y w => simp at h
  | cons q polys ih =>
    intro w h
    cases w with
    | nil => rfl
    | cons y w => rw [List.cons_append, polySum_cons, polySum_cons, ih w (by simpa using h)]

theorem polySum_long (n : Int) (more : List Int) (polys : List (List Int)) :
    ∀ w : List Int, polys.length ≤ w.length → polySum polys n (w ++ more) = polySum polys n w := by
  induction polys with
  | nil => intro w _; rfl
  | cons q polys ih =>
    intro w h
    cases w with
    | nil => simp at h
    | cons y w => rw [List.cons_append, polySum_cons, polySum_cons, ih w (by simpa using h)]

theorem polySum_reverse (n : Int) (polys : List (List Int)) :
    ∀ w : List Int, polys.length ≤ w.length →
      polySum polys.reverse n w = polySum polys n (w.take polys.length).reverse := by
  induction polys with
  | nil => intro w _; rfl
  | cons p polys ih =>
    intro w h
    have hl : polys.length < w.length := by simpa using h
    have h1 := List.take_append_drop (polys.length + 1) w
    rw [List.take_succ_eq_append_getElem hl] at h1
    rw [List.reverse_cons, List.length_cons, List.take_succ_eq_append_getElem hl, List.reverse_append]
    show _ = polySum (p :: polys) n (w[polys.length] :: (w.take polys.length).reverse)
    rw [polySum_cons, ← ih w (by omega)]
    conv => lhs; rw [← h1]
    rw [polySum_long _ _ _ _ (by simp; omega), polySum_snoc _ _ _ _ _ (by simp; omega)]
    have h2 : polySum polys.reverse n (w.take polys.length) = polySum polys.reverse n w := by
      conv => rhs; rw [← List.take_append_drop polys.length w]
      rw [polySum_long _ _ _ _ (by simp; omega)]
    rw [h2]; omega

end

end TraceToLean
