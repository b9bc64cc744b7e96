module

public import TraceToLean.PolySum

/-! P-recursive sequences whose terms are no negative numbers, computed on natural numbers.

The next term is guessed by a division, and the recurrence, an equation between two sums, is checked with it.
`poly_runs` says that then the terms are those of the definition, and that nothing was rounded. No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-! ### The computation -/

/-- `last` of the terms after `count` steps, the newest first; 0 where a step would round, or divide by zero. The
kernel remembers what a closed term is, so that those which come twice are computed once. -/
def natRun (pos neg : List (List Nat)) (top low : List Nat) (last : List Nat → Nat) (count : Nat) :
    Nat → List Nat → Nat :=
  Nat.rec (motive := fun _ => Nat → List Nat → Nat) (fun _ w => last w)
    (fun _ ih n w =>
      lit (Nat.div (Nat.sub (natSum neg n w) (natSum pos n w)) (Nat.sub (natAt top n) (natAt low n))) fun x =>
      cond (Nat.beq (Nat.add (natSum pos n w) (Nat.mul (natAt top n) x))
        (Nat.add (natSum neg n w) (Nat.mul (natAt low n) x)))
        (cond (Nat.beq (natAt top n) (natAt low n)) 0 (lit (Nat.succ n) fun n => ih n (x :: w))) 0) count

/-- Hand rows of numbers over as literals. -/
def litRows {α : Type} (rows : List (List Nat)) : (List (List Nat) → α) → α :=
  List.rec (motive := fun _ => (List (List Nat) → α) → α) (fun k => k [])
    (fun r _ ih k => lits r fun r => ih fun rows => k (r :: rows)) rows

theorem litRows_eq {α : Type} (rows : List (List Nat)) : ∀ k : List (List Nat) → α, litRows rows k = k rows := by
  induction rows with
  | nil => intro k; rfl
  | cons r rows ih =>
    intro k
    show lits r (fun r => litRows rows fun rows => k (r :: rows)) = _
    rw [lits_eq, ih]

/-- One more than the term after count steps modulo M (0: than the term), or 0 where a division rounds; s is 1, or -1
where the last polynomial's values are negative. -/
def polyNumber (polys : List (List Int)) (init : List Int) (s : Int) (n count M : Nat) : Nat :=
  cond (Nat.ble 1 polys.length) (cond (Nat.ble 1 init.length) (cond (Nat.ble polys.length (Nat.succ init.length))
  (cond (init.all fun x => eqInt (.ofNat x.toNat) x)
    (lits (init.reverse.map Int.toNat) fun w =>
    litRows (polys.dropLast.reverse.map (share s)) fun pos =>
    litRows (polys.dropLast.reverse.map (share (Int.neg s))) fun neg =>
    lits (share s (polys.getLastD [])) fun top => lits (share (Int.neg s) (polys.getLastD [])) fun low =>
    natRun pos neg top low (fun w => Nat.succ (Nat.mod ((w.drop (Nat.sub init.length 1)).headD 0) M)) count n w)
    0) 0) 0) 0

/-- No division rounds, and the term after count steps is v, modulo M. -/
def polyRuns (polys : List (List Int)) (init : List Int) (s : Int) (n count M v : Nat) : Bool :=
  Nat.beq (polyNumber polys init s n count M) (Nat.succ v)

/-! ### One step -/

/-- The definition's window: the last L terms, the oldest first. -/
def lastOf (L : Nat) (w : List Nat) : List Int := cast (w.take L).reverse

theorem lastOf_cons (L : Nat) (x : Nat) (w : List Nat) (hL : 0 < L) (hw : L ≤ w.length) :
    lastOf L (x :: w) = (lastOf L w).tail ++ [(x : Int)] := by
  obtain ⟨l, rfl⟩ : ∃ l, L = l + 1 := ⟨L - 1, by omega⟩
  unfold lastOf
  rw [List.take_succ_cons, List.take_succ_eq_append_getElem (show l < w.length by omega), List.reverse_append,
    List.reverse_cons]
  show cast ((w.take l).reverse ++ [x]) = cast (w.take l).reverse ++ [(x : Int)]
  simp [cast]

theorem lastOf_drop (L k : Nat) (w : List Nat) (hk : k ≤ L) (hw : L ≤ w.length) :
    (lastOf L w).drop (Nat.sub (lastOf L w).length k) = cast (w.take k).reverse := by
  have hl : (lastOf L w).length = L := by simp [lastOf, cast]; omega
  show (lastOf L w).drop ((lastOf L w).length - k) = _
  rw [hl]
  unfold lastOf cast
  rw [← List.map_drop, List.drop_reverse, List.take_take]
  congr 3
  simp; omega

theorem poly_step (polys : List (List Int)) (top : List Int) (s : Int) (n L : Nat) (w : List Nat) (x : Nat)
    (hL : 0 < L) (hk : polys.length ≤ L) (hw : L ≤ w.length)
    (heq : natSum (polys.reverse.map (share s)) n w + natAt (share s top) n * x =
      natSum (polys.reverse.map (share (Int.neg s))) n w + natAt (share (Int.neg s) top) n * x)
    (hne : natAt (share s top) n ≠ natAt (share (Int.neg s) top) n) :
    polySum (polys ++ [top]) n ((lastOf L w).drop (Nat.sub (lastOf L w).length polys.length) ++ [(x : Int)]) = 0 ∧
      polyStep (polys ++ [top]) n (lastOf L w) = lastOf L (x :: w) := by
  have h1 := polySum_shared s n polys.reverse w
  have h2 := polyAt_shared s top n
  have hs : s ≠ 0 := by
    intro h; subst h
    apply hne
    omega
  have ht : polyAt top n ≠ 0 := by
    intro h
    rw [h] at h2
    apply hne
    omega
  have hzero : s * (polySum polys.reverse n (cast w) + polyAt top n * x) = 0 := by
    have h3 := congrArg (Int.ofNat) heq
    simp only [Int.ofNat_eq_natCast, Int.natCast_add, Int.natCast_mul] at h3
    rw [Int.mul_add, ← h1, ← Int.mul_assoc, ← h2]
    grind
  have hsum : polySum polys.reverse n (cast w) + polyAt top n * x = 0 := by
    cases Int.mul_eq_zero.mp hzero with
    | inl h => exact absurd h hs
    | inr h => exact h
  have hwin : polySum polys n (cast (w.take polys.length).reverse) = polySum polys.reverse n (cast w) := by
    rw [polySum_reverse _ _ _ (by simp [cast]; omega)]
    simp [cast]
  have hlen : (cast (w.take polys.length).reverse).length = polys.length := by simp [cast]; omega
  rw [lastOf_drop L _ w hk hw]
  constructor
  · rw [polySum_snoc _ _ _ _ _ hlen.symm, hwin, hsum]
  · have hnext : polyNext (polys ++ [top]) n (cast (w.take polys.length).reverse) = x := by
      show -polySum (polys ++ [top]) n (cast (w.take polys.length).reverse) /
        polyAt ((polys ++ [top]).getLastD []) n = x
      rw [polySum_short _ _ _ _ (by omega), hwin]
      have e1 : (polys ++ [top]).getLastD [] = top := by simp
      have e2 : -polySum polys.reverse n (cast w) = polyAt top n * x := by omega
      rw [e1, e2, Int.mul_ediv_cancel_left _ ht]
    have hpl : Nat.sub (polys ++ [top]).length 1 = polys.length := by
      show (polys ++ [top]).length - 1 = _
      simp
    unfold polyStep
    rw [hpl, lastOf_drop L _ w hk hw, hnext, lastOf_cons L x w hL hw]

/-! ### The run -/

theorem natRun_means (polys : List (List Int)) (top : List Int) (s : Int) (L m : Nat) (last : List Nat → Nat)
    (hL : 0 < L) (hk : polys.length ≤ L) (count : Nat) : ∀ (n : Nat) (w : List Nat), L ≤ w.length →
      natRun (polys.reverse.map (share s)) (polys.reverse.map (share (Int.neg s))) (share s top)
        (share (Int.neg s) top) last count n w = m + 1 →
      polyExact (polys ++ [top]) count n (lastOf L w) = true ∧
        ∃ v, last v = m + 1 ∧ L ≤ v.length ∧ polyRun (polys ++ [top]) count n (lastOf L w) = lastOf L v := by
  induction count with
  | zero => intro n w hw h; exact ⟨rfl, w, h, hw, rfl⟩
  | succ count ih =>
    intro n w hw h
    have h' : lit ((natSum (polys.reverse.map (share (Int.neg s))) n w - natSum (polys.reverse.map (share s)) n w) /
        (natAt (share s top) n - natAt (share (Int.neg s) top) n)) (fun x =>
        cond (Nat.beq (natSum (polys.reverse.map (share s)) n w + natAt (share s top) n * x)
          (natSum (polys.reverse.map (share (Int.neg s))) n w + natAt (share (Int.neg s) top) n * x))
        (cond (Nat.beq (natAt (share s top) n) (natAt (share (Int.neg s) top) n)) 0 (lit (n + 1) fun n =>
          natRun (polys.reverse.map (share s)) (polys.reverse.map (share (Int.neg s))) (share s top)
            (share (Int.neg s) top) last count n (x :: w))) 0) = m + 1 := h
    simp only [lit_eq] at h'
    obtain ⟨h1, h'⟩ := cond_succ h'
    cases h2 : Nat.beq (natAt (share s top) n) (natAt (share (Int.neg s) top) n) with
    | true => rw [h2] at h'; simp at h'
    | false =>
      rw [h2, cond_false] at h'
      obtain ⟨hz, hstep⟩ := poly_step polys top s n L w _ hL hk hw (Nat.eq_of_beq_eq_true h1)
        (Nat.ne_of_beq_eq_false h2)
      obtain ⟨he, v, hv, hlv, hrun⟩ := ih (n + 1) _ (by simp; omega) h'
      generalize (_ / _ : Nat) = x at *
      refine ⟨?_, v, hv, hlv, ?_⟩
      · show withInts (polyStep (polys ++ [top]) n (lastOf L w)) (fun next =>
          cond (isZero (polySum (polys ++ [top]) n ((lastOf L w).drop (Nat.sub (lastOf L w).length
            (Nat.sub (polys ++ [top]).length 1)) ++ [next.getLastD 0])))
          (withInt (Int.add n 1) fun n => polyExact (polys ++ [top]) count n next) false) = true
        have hpl : Nat.sub (polys ++ [top]).length 1 = polys.length := by
          show (polys ++ [top]).length - 1 = _
          simp
        have hx : (lastOf L (x :: w)).getLastD 0 = x := by rw [lastOf_cons L x w hL hw]; simp
        rw [withInts_eq, hstep, hpl, hx, hz, withInt_eq]
        exact he
      · rw [polyRun_succ, hstep]
        exact hrun

/-- What a run that ends well says: the terms are the definition's, and no division was rounded. -/
theorem poly_runs (polys : List (List Int)) (init : List Int) (s : Int) (n count M v : Nat)
    (h : polyRuns polys init s n count M v = true) :
    polyExact polys count n init = true ∧ pRecursive polys init n count % (M : Int) = v := by
  have h : polyNumber polys init s n count M = v + 1 := Nat.eq_of_beq_eq_true h
  unfold polyNumber at h
  obtain ⟨h1, h⟩ := cond_succ h
  obtain ⟨h2, h⟩ := cond_succ h
  obtain ⟨h3, h⟩ := cond_succ h
  obtain ⟨h4, h⟩ := cond_succ h
  have hp : 0 < polys.length := Nat.le_of_ble_eq_true h1
  have hL : 0 < init.length := Nat.le_of_ble_eq_true h2
  have hk : polys.length ≤ init.length + 1 := Nat.le_of_ble_eq_true h3
  have hpolys : polys.dropLast ++ [polys.getLastD []] = polys := by
    have hne : polys ≠ [] := by intro e; simp [e] at hp
    have := List.dropLast_concat_getLast hne
    rw [List.getLastD_eq_getLast?, List.getLast?_eq_some_getLast hne]
    exact this
  simp only [lits_eq, litRows_eq] at h
  have hstart : lastOf init.length (init.reverse.map Int.toNat) = init := by
    have e : (init.reverse.map Int.toNat).take init.length = init.reverse.map Int.toNat := by
      rw [List.take_of_length_le (by simp)]
    unfold lastOf
    rw [e, ← List.map_reverse, List.reverse_reverse]
    unfold cast
    rw [List.map_map]
    conv => rhs; rw [← List.map_id init]
    apply List.map_congr_left
    intro x hx
    exact eqInt_iff (List.all_eq_true.mp h4 x hx)
  obtain ⟨he, w, hlast, hw, hrun⟩ := natRun_means polys.dropLast (polys.getLastD []) s init.length v _ hL
    (by simp; omega) count n _ (by simp) h
  rw [hpolys, hstart] at he hrun
  refine ⟨he, ?_⟩
  have hv := Nat.succ.inj hlast
  have hhead : (lastOf init.length w).headD 0 = (((w.drop (init.length - 1)).headD 0 : Nat) : Int) := by
    obtain ⟨l, hl⟩ : ∃ l, init.length = l + 1 := ⟨init.length - 1, by omega⟩
    rw [hl] at hw ⊢
    unfold lastOf
    rw [List.take_succ_eq_append_getElem (show l < w.length by omega), List.reverse_append]
    show (w[l] : Int) = _
    rw [List.headD_eq_head?_getD, List.head?_drop, Nat.add_sub_cancel,
      List.getElem?_eq_getElem (show l < w.length by omega)]
    rfl
  show (polyRun polys count n init).headD 0 % (M : Int) = v
  rw [hrun, hhead, ← hv]
  exact (Int.natCast_emod _ _).symm

/-- Without a modulus (M = 0) the same computation is exact. -/
theorem poly_runs_exact (polys : List (List Int)) (init : List Int) (s : Int) (n count v : Nat)
    (h : polyRuns polys init s n count 0 v = true) : pRecursive polys init n count = v := by
  have := (poly_runs polys init s n count 0 v h).2
  simpa using this

end

end TraceToLean
