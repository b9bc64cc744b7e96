module

public import TraceToLean.Loop
public import TraceToLean.Rules

/-! Closed forms: sums of b^n p(n), where which polynomial p is may depend on n modulo a period.

Polynomials, quasi-polynomials, cycles, geometric sequences and their sums and products are such sums. That one
obeys a recurrence is one identity of polynomials for each residue class; the kernel computes its coefficients,
and where they all are 0 it holds for every n. Two sequences with one recurrence and the same first terms are
equal (`recurs_unique`). No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- p(n), where which polynomial p is depends on n modulo the number of them. -/
def quasi (parts : List (List Int)) (n : Nat) : Int := polyAt (parts.getD (n % parts.length) []) n

/-- The sum of b^n p(n) over all (b, parts of p). -/
def closedSum : List (Nat × List (List Int)) → Nat → Int
  | [], _ => 0
  | t :: ts, n => (t.1 ^ n : Nat) * quasi t.2 n + closedSum ts n

/-! ### What the kernel computes; each result goes on as literals -/

/-- The coefficients of p(n + s). -/
def polyShift {α : Type} (s : Int) (p : List Int) : (List Int → α) → α :=
  List.rec (motive := fun _ => (List Int → α) → α) (fun k => k [])
    (fun c _ ih k => ih fun q => withInts (addRow s q (c :: q)) k) p

/-- Hand rows of literals over. -/
def withRows {α : Type} (rows : List (List Int)) : (List (List Int) → α) → α :=
  List.rec (motive := fun _ => (List (List Int) → α) → α) (fun k => k [])
    (fun r _ ih k => withInts r fun r => ih fun rows => k (r :: rows)) rows

/-- What is left of the parts behind the first, and all of them again after the last. -/
def turn {α : Type} (parts rest : List (List Int)) (k : List (List Int) → α) : α :=
  List.rec (motive := fun _ => α) (k parts) (fun x xs _ => k (x :: xs)) rest.tail

/-- acc(n) and the sum of c_j b^j p(n + j) over j = s, s + 1, ..., where rest begins with the part for n + s. -/
def residual {α : Type} (b : Nat) (parts : List (List Int)) (cs : List Int) :
    Nat → List (List Int) → List Int → (List Int → α) → α :=
  List.rec (motive := fun _ => Nat → List (List Int) → List Int → (List Int → α) → α) (fun _ _ acc k => k acc)
    (fun c _ ih s rest acc k =>
      cond (isZero c) (turn parts rest fun rest => lit (Nat.succ s) fun s => ih s rest acc k)
        (polyShift (.ofNat s) (rest.headD []) fun p =>
          withInts (addRow (Int.mul c (.ofNat (Nat.pow b s))) p acc) fun acc =>
          turn parts rest fun rest => lit (Nat.succ s) fun s => ih s rest acc k)) cs

def allZero (p : List Int) : Bool := List.rec (motive := fun _ => Bool) true (fun x _ ih => cond (isZero x) ih false) p

/-- In this class and as many as follow the terms cancel. -/
def classesHold (cs : List Int) (b : Nat) (parts : List (List Int)) (count : Nat) : List (List Int) → Bool :=
  Nat.rec (motive := fun _ => List (List Int) → Bool) (fun _ => true)
    (fun _ ih rest => cond (residual b parts cs 0 rest [] allZero) (turn parts rest ih) false) count

def eachHolds (cs : List Int) (terms : List (Nat × List (List Int))) : Bool :=
  List.rec (motive := fun _ => Bool) true
    (fun t _ ih => cond (Nat.blt 0 t.2.length)
      (withRows t.2 fun parts => cond (classesHold cs t.1 parts parts.length parts) ih false) false) terms

def termsHold (cs : List Int) (terms : List (Nat × List (List Int))) : Bool := withInts cs fun cs => eachHolds cs terms

/-! ### What it means -/

theorem polyAt_cons (c : Int) (p : List Int) (n : Int) : polyAt (c :: p) n = c + n * polyAt p n := rfl
theorem polyAt_nil (n : Int) : polyAt [] n = 0 := rfl

theorem polyAt_addRow (x : Int) (p : List Int) (n : Int) :
    ∀ q, polyAt (addRow x p q) n = x * polyAt p n + polyAt q n := by
  induction p with
  | nil => intro q; simp [addRow, polyAt_nil]
  | cons y p ih =>
    intro q
    cases q with
    | nil =>
      show polyAt (x * y :: addRow x p []) n = _
      rw [polyAt_cons, polyAt_cons, ih, polyAt_nil]; grind
    | cons z q =>
      show polyAt ((x * y + z) :: addRow x p q) n = _
      rw [polyAt_cons, polyAt_cons, polyAt_cons, ih]; grind

theorem polyShift_is {α : Type} (s : Int) (p : List Int) :
    ∃ q, (∀ k : List Int → α, polyShift s p k = k q) ∧ ∀ n, polyAt q n = polyAt p (n + s) := by
  induction p with
  | nil => exact ⟨[], fun _ => rfl, fun n => rfl⟩
  | cons c p ih =>
    obtain ⟨q, h1, h2⟩ := ih
    refine ⟨addRow s q (c :: q), ?_, ?_⟩
    · intro k
      show polyShift s p (fun q => withInts (addRow s q (c :: q)) k) = _
      rw [h1, withInts_eq]
    · intro n
      rw [polyAt_addRow, polyAt_cons, polyAt_cons, h2]; grind

theorem withRows_eq {α : Type} (rows : List (List Int)) : ∀ k : List (List Int) → α, withRows rows k = k rows := by
  induction rows with
  | nil => intro k; rfl
  | cons r rows ih =>
    intro k
    show withInts r (fun r => withRows rows fun rows => k (r :: rows)) = _
    rw [withInts_eq, ih]

theorem turn_drop {α : Type} (parts : List (List Int)) (i : Nat) (hi : i < parts.length) (k : List (List Int) → α) :
    turn parts (parts.drop i) k = k (parts.drop ((i + 1) % parts.length)) := by
  show List.rec (motive := fun _ => α) (k parts) (fun x xs _ => k (x :: xs)) (parts.drop i).tail = _
  rw [List.tail_drop]
  by_cases h : i + 1 = parts.length
  · rw [h, List.drop_length, Nat.mod_self, List.drop_zero]
  · rw [Nat.mod_eq_of_lt (show i + 1 < parts.length by omega)]
    cases hd : parts.drop (i + 1) with
    | nil => have := congrArg List.length hd; simp at this; omega
    | cons x xs => rfl

theorem head_drop (parts : List (List Int)) (i : Nat) : (parts.drop i).headD [] = parts.getD i [] := by
  simp [List.headD_eq_head?_getD, List.head?_drop]

theorem residual_is {α : Type} (b : Nat) (parts : List (List Int)) (h0 : 0 < parts.length) (m : Nat) (cs : List Int) :
    ∀ (s : Nat) (acc : List Int), ∃ q,
      (∀ k : List Int → α, residual b parts cs s (parts.drop ((m + s) % parts.length)) acc k = k q) ∧
      (b ^ m : Nat) * polyAt q m =
        (b ^ m : Nat) * polyAt acc m + shiftEval (fun n => (b ^ n : Nat) * quasi parts n) cs (m + s) := by
  induction cs with
  | nil => intro s acc; exact ⟨acc, fun _ => rfl, by simp [shiftEval]⟩
  | cons c cs ih =>
    intro s acc
    have hi : (m + s) % parts.length < parts.length := Nat.mod_lt _ h0
    have hn : ((m + s) % parts.length + 1) % parts.length = (m + (s + 1)) % parts.length := by
      rw [show m + (s + 1) = m + s + 1 by omega]; simp
    cases hz : isZero c with
    | true =>
      have hc : c = 0 := eqInt_iff hz
      obtain ⟨q, q1, q2⟩ := ih (s + 1) acc
      refine ⟨q, ?_, ?_⟩
      · intro k
        rw [← q1 k, ← hn]
        show cond (isZero c) (turn parts (parts.drop ((m + s) % parts.length)) fun rest =>
          lit (s + 1) fun s => residual b parts cs s rest acc k) _ = _
        rw [hz, cond_true, turn_drop parts _ hi, lit_eq]
      · rw [q2, hc]
        simp only [shiftEval]
        rw [show m + (s + 1) = m + s + 1 by omega]
        simp
    | false =>
      obtain ⟨p, p1, p2⟩ := polyShift_is (α := α) (s : Int) ((parts.drop ((m + s) % parts.length)).headD [])
      obtain ⟨q, q1, q2⟩ := ih (s + 1) (addRow (c * ((b ^ s : Nat) : Int)) p acc)
      refine ⟨q, ?_, ?_⟩
      · intro k
        rw [← q1 k, ← hn]
        show cond (isZero c) _ (polyShift (s : Int) ((parts.drop ((m + s) % parts.length)).headD []) fun p =>
          withInts (addRow (c * ((b ^ s : Nat) : Int)) p acc) fun acc =>
          turn parts (parts.drop ((m + s) % parts.length)) fun rest =>
          lit (s + 1) fun s => residual b parts cs s rest acc k) = _
        rw [hz, cond_false, p1, withInts_eq, turn_drop parts _ hi, lit_eq]
      · rw [q2, polyAt_addRow, p2, head_drop]
        simp only [shiftEval, quasi]
        rw [show m + (s + 1) = m + s + 1 by omega, Int.natCast_add, Nat.pow_add, Int.natCast_mul]
        grind

theorem allZero_is (p : List Int) (h : allZero p = true) (n : Int) : polyAt p n = 0 := by
  induction p with
  | nil => rfl
  | cons x p ih =>
    have h' : cond (isZero x) (allZero p) false = true := h
    cases hx : isZero x with
    | false => rw [hx] at h'; simp at h'
    | true =>
      rw [hx] at h'
      have : x = 0 := eqInt_iff hx
      rw [polyAt_cons, ih h', this]; simp

theorem classesHold_is (cs : List Int) (b : Nat) (parts : List (List Int)) (count : Nat) :
    ∀ i, i < parts.length → classesHold cs b parts count (parts.drop i) = true →
      ∀ j, j < count → residual b parts cs 0 (parts.drop ((i + j) % parts.length)) [] allZero = true := by
  induction count with
  | zero => intro i _ _ j hj; omega
  | succ count ih =>
    intro i hi h j hj
    have h' : cond (residual b parts cs 0 (parts.drop i) [] allZero)
      (turn parts (parts.drop i) fun rest => classesHold cs b parts count rest) false = true := h
    rw [turn_drop parts i hi] at h'
    cases hr : residual b parts cs 0 (parts.drop i) [] allZero with
    | false => rw [hr] at h'; simp at h'
    | true =>
      rw [hr] at h'
      cases j with
      | zero => rw [Nat.add_zero, Nat.mod_eq_of_lt hi]; exact hr
      | succ j =>
        have := ih ((i + 1) % parts.length) (Nat.mod_lt _ (show 0 < parts.length by omega)) h' j (by omega)
        rwa [show ((i + 1) % parts.length + j) % parts.length = (i + (j + 1)) % parts.length by
          rw [show i + (j + 1) = i + 1 + j by omega]; simp] at this

theorem term_cancels (cs : List Int) (b : Nat) (parts : List (List Int)) (h0 : 0 < parts.length)
    (h : classesHold cs b parts parts.length parts = true) (m : Nat) :
    shiftEval (fun n => (b ^ n : Nat) * quasi parts n) cs m = 0 := by
  have hz := classesHold_is cs b parts _ 0 h0 h (m % parts.length) (Nat.mod_lt _ h0)
  obtain ⟨q, q1, q2⟩ := residual_is (α := Bool) b parts h0 m cs 0 []
  have hq : allZero q = true := by rw [← q1 allZero]; simpa using hz
  rw [allZero_is q hq, polyAt_nil] at q2
  simpa using q2.symm

theorem terms_cancel (cs : List Int) (terms : List (Nat × List (List Int))) (h : eachHolds cs terms = true) (m : Nat) :
    shiftEval (closedSum terms) cs m = 0 := by
  induction terms with
  | nil => exact shiftEval_null cs m
  | cons t ts ih =>
    have h' : cond (Nat.blt 0 t.2.length) (withRows t.2 fun parts =>
      cond (classesHold cs t.1 parts parts.length parts) (eachHolds cs ts) false) false = true := h
    cases h1 : Nat.blt 0 t.2.length with
    | false => rw [h1] at h'; simp at h'
    | true =>
      rw [h1, cond_true, withRows_eq] at h'
      cases h2 : classesHold cs t.1 t.2 t.2.length t.2 with
      | false => rw [h2] at h'; simp at h'
      | true =>
        rw [h2] at h'
        have e : closedSum (t :: ts) = fun n => (t.1 ^ n : Nat) * quasi t.2 n + closedSum ts n := rfl
        rw [e, shiftEval_plus, ih h', term_cancels cs t.1 t.2 (by simpa [Nat.blt_eq] using h1) h2]
        rfl

/-- A sum of such terms obeys a recurrence that its terms obey. -/
theorem closedSum_recurs (c : List Int) (terms : List (Nat × List (List Int)))
    (h : termsHold (c ++ [-1]) terms = true) : Recurs c (closedSum terms) := by
  intro m
  have := terms_cancel (c ++ [-1]) terms (by unfold termsHold at h; rwa [withInts_eq] at h) m
  rw [shiftEval_append] at this
  omega

/-- A closed form of d * a(n), from the g-th term on: it obeys the recurrence and has the right first terms. -/
theorem closed_sum (c init : List Int) (d : Int) (terms : List (Nat × List (List Int))) (g : Nat)
    (h : init.length = c.length ∧ 0 < c.length) (hq : termsHold (c ++ [-1]) terms = true)
    (h0 : startsAs c d (closedSum terms) g init = true) : ∀ n, g ≤ n → d * rule c init n = closedSum terms n := by
  intro n hn
  have h1 := recurs_shift c _ g (recurs_scale c _ d (rule_recurs c init h.1 h.2))
  have h2 := recurs_shift c _ g (closedSum_recurs c terms hq)
  have := recurs_unique c _ _ h1 h2 (by
    intro j hj
    have := startsAs_sound c init d (closedSum terms) g h h0 j hj
    rwa [Nat.add_comm j g]) (n - g)
  rwa [show n - g + g = n by omega] at this

end

end TraceToLean
