module

public import TraceToLean.Code

/-! C-finite sequences over the integers, and what makes two of them equal.

`rule c init n` is the definition: n steps of the companion map. It obeys its recurrence, and two sequences that
obey one and begin alike are equal at every index (`recurs_unique`). Nothing here is assumed: no axiom is
declared. -/

namespace TraceToLean

@[expose] public section

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

theorem shiftEval_plus (a b : Nat → Int) (ps : List Int) :
    ∀ m, shiftEval (fun n => a n + b n) ps m = shiftEval a ps m + shiftEval b ps m := by
  induction ps with
  | nil => intro m; simp [shiftEval]
  | cons p ps ih => intro m; simp only [shiftEval, ih]; grind

theorem shiftEval_null (ps : List Int) : ∀ m, shiftEval (fun _ => 0) ps m = 0 := by
  induction ps with
  | nil => intro m; rfl
  | cons p ps ih => intro m; simp [shiftEval, ih]

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

/-! ### Handing numbers on as literals

Each function gives what it was given to the rest of the computation, `k`; to get at it the kernel must have
computed it. This keeps it from piling up unevaluated terms. -/

/-- Hand each coefficient over as a literal: keeps the kernel from piling up unevaluated terms. -/
noncomputable def withNat {α : Type} (n : Nat) (k : Nat → α) : α :=
  match n with
  | 0 => k 0
  | m + 1 => k (m + 1)

noncomputable def withInt {α : Type} (x : Int) (k : Int → α) : α :=
  match x with
  | .ofNat n => withNat n fun n => k (.ofNat n)
  | .negSucc n => withNat n fun n => k (.negSucc n)

noncomputable def withInts {α : Type} : List Int → (List Int → α) → α
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

/-- Hand a number over as a literal. -/
noncomputable def lit {α : Type} (n : Nat) (k : Nat → α) : α :=
  Nat.rec (motive := fun _ => α) (k 0) (fun m _ => k (Nat.succ m)) n

theorem lit_eq {α : Type} (n : Nat) (k : Nat → α) : lit n k = k n := by cases n <;> rfl

/-! In compiled code a number is there already. -/

@[inline] def withIntCode {α : Type} (x : Int) (k : Int → α) : α := k x
@[inline] def litCode {α : Type} (n : Nat) (k : Nat → α) : α := k n

@[csimp] theorem withInt_eq_code : @withInt = @withIntCode := by funext α x k; exact withInt_eq x k
@[csimp] theorem lit_eq_code : @lit = @litCode := by funext α n k; exact lit_eq n k

/-- Hand a list of numbers over as literals. -/
noncomputable def lits {α : Type} (xs : List Nat) : (List Nat → α) → α :=
  List.rec (motive := fun _ => (List Nat → α) → α) (fun k => k [])
    (fun x _ ih k => lit x fun x => ih fun xs => k (x :: xs)) xs

theorem lits_eq {α : Type} (xs : List Nat) : ∀ k : List Nat → α, lits xs k = k xs := by
  induction xs with
  | nil => intro k; rfl
  | cons x xs ih =>
    intro k
    show lit x (fun x => lits xs fun xs => k (x :: xs)) = _
    rw [lit_eq, ih]

end

end TraceToLean
