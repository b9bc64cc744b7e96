module

public import TraceToLean.Value

/-! What the kernel computes to compare a program, a rule and printed values, and that it says what it seems to say.

No axiom is declared. -/

namespace TraceToLean

@[expose] public section

/-- The program's value is this integer. -/
def V.is (v : V) (n : Int) : Bool :=
  match v with
  | .i m => eqInt m n
  | _ => false

/-- Two integer lists are equal, decided through Nat. -/
def sameInts (xs : List Int) : List Int → Bool :=
  List.rec (motive := fun _ => List Int → Bool) (fun ys => ys.isEmpty)
    (fun x _ ih ys => match ys with
      | [] => false
      | y :: ys => cond (eqInt x y) (ih ys) false) xs

/-- The rule gives these values from index 0 on. -/
noncomputable def ruleGives (c : List Int) : List Int → List Int → Bool :=
  fun init values =>
    List.rec (motive := fun _ => List Int → Bool) (fun _ => true)
      (fun v _ ih s => cond (eqInt (s.headD 0) v) (withInts (step c s) ih) false) values init

theorem ruleGives_cons (c init values : List Int) (v : Int) :
    ruleGives c init (v :: values) =
      cond (eqInt (init.headD 0) v) (withInts (step c init) fun s => ruleGives c s values) false := rfl

/-- `ruleGives` says what it seems to say. -/
theorem ruleGives_sound (c : List Int) (values : List Int) :
    ∀ (init : List Int), ruleGives c init values = true →
      ∀ j (h : j < values.length), rule c init j = values[j] := by
  induction values with
  | nil => intro init _ j h; simp at h
  | cons v vs ih =>
    intro init h j hj
    rw [ruleGives_cons] at h
    cases hv : eqInt (init.headD 0) v with
    | false => rw [hv] at h; exact absurd h (by simp)
    | true =>
      simp only [hv, cond_true, withInts_eq] at h
      cases j with
      | zero => simpa [rule, window] using eqInt_iff hv
      | succ j =>
        have hs : ∀ n, window c init (n + 1) = window c (step c init) n := by
          intro n
          induction n with
          | zero => rfl
          | succ n ihn =>
            have : window c init (n + 1 + 1) = step c (window c init (n + 1)) := rfl
            rw [this, ihn]
            rfl
        have := ih (step c init) h j (by simpa using hj)
        simpa [rule, hs] using this

/-- d times these are f's values from n on. -/
def agree (d : Int) (f : Nat → Int) (values : List Int) : Nat → Bool :=
  List.rec (motive := fun _ => Nat → Bool) (fun _ => true)
    (fun x _ ih n => cond (eqInt (Int.mul d x) (f n)) (lit (Nat.succ n) ih) false) values

/-- d times the first terms from the g-th on are f's; as many as there are coefficients. -/
noncomputable def startsAs (c : List Int) (d : Int) (f : Nat → Int) (g : Nat) (init : List Int) : Bool :=
  Nat.rec (motive := fun _ => List Int → Bool) (fun w => agree d f w g)
    (fun _ ih w => withInts (step c w) ih) g init

theorem agree_sound (d : Int) (f : Nat → Int) (values : List Int) :
    ∀ n, agree d f values n = true → ∀ j x, values[j]? = some x → d * x = f (n + j) := by
  induction values with
  | nil => intro n _ j x hx; simp at hx
  | cons v vs ih =>
    intro n h j x hx
    have h' : cond (eqInt (d * v) (f n)) (lit (n + 1) fun n => agree d f vs n) false = true := h
    rw [lit_eq] at h'
    cases hv : eqInt (d * v) (f n) with
    | false => rw [hv] at h'; simp at h'
    | true =>
      rw [hv] at h'
      cases j with
      | zero => simp at hx; subst hx; exact eqInt_iff hv
      | succ j =>
        have := ih (n + 1) h' j x (by simpa using hx)
        rwa [show n + 1 + j = n + (j + 1) by omega] at this

theorem startsAs_window (c : List Int) (d : Int) (f : Nat → Int) (e g : Nat) :
    ∀ w, Nat.rec (motive := fun _ => List Int → Bool) (fun w => agree d f w e)
        (fun _ ih w => withInts (step c w) ih) g w = agree d f (window c w g) e := by
  induction g with
  | zero => intro w; rfl
  | succ g ih =>
    intro w
    have hs : ∀ n, window c (step c w) n = step c (window c w n) := by
      intro n
      induction n with
      | zero => rfl
      | succ n ihn => show step c (window c (step c w) n) = _; rw [ihn]; rfl
    show withInts (step c w) (fun w => Nat.rec (motive := fun _ => List Int → Bool) (fun w => agree d f w e)
        (fun _ ih w => withInts (step c w) ih) g w) = _
    rw [withInts_eq, ih, hs]
    rfl

theorem startsAs_sound (c init : List Int) (d : Int) (f : Nat → Int) (g : Nat)
    (h : init.length = c.length ∧ 0 < c.length) (hs : startsAs c d f g init = true) :
    ∀ j, j < c.length → d * rule c init (g + j) = f (g + j) := by
  intro j hj
  have hw : agree d f (window c init g) g = true := by rw [← startsAs_window]; exact hs
  exact agree_sound d f _ g hw j _ (window_get c init h.1 h.2 j g hj)

/-! ### Programs -/

/-- The compiled program `a` gives these values at first, first + 1, ... -/
def programGives (a : V → V) : Int → List Int → Bool :=
  fun first values =>
    List.rec (motive := fun _ => Int → Bool) (fun _ => true)
      (fun v _ ih n => withInt n fun n => cond ((a (.i n)).is v) (ih (Int.add n 1)) false) values first

/-- Where the program first fails to give the value, it gives no integer at all: an error, so it says nothing
against the value. -/
def programStops (a : V → V) : Int → List Int → Bool :=
  fun first values =>
    List.rec (motive := fun _ => Int → Bool) (fun _ => false)
      (fun v _ ih n => withInt n fun n =>
        match a (.i n) with
        | .i m => cond (eqInt m v) (ih (Int.add n 1)) false
        | _ => true) values first

theorem is_eq {v : V} {n : Int} (h : v.is n = true) : v = .i n := by
  cases v <;> simp_all [V.is]
  exact eqInt_iff h

theorem programGives_cons (a : V → V) (first v : Int) (values : List Int) :
    programGives a first (v :: values) =
      withInt first fun n => cond ((a (.i n)).is v) (programGives a (Int.add n 1) values) false := rfl

/-- `programGives` says what it seems to say. -/
theorem programGives_sound (a : V → V) (values : List Int) :
    ∀ (first : Int), programGives a first values = true →
      ∀ j (h : j < values.length), a (.i (first + j)) = .i values[j] := by
  induction values with
  | nil => intro first _ j h; simp at h
  | cons v vs ih =>
    intro first h j hj
    rw [programGives_cons, withInt_eq] at h
    cases hv : (a (.i first)).is v with
    | false => rw [hv] at h; exact absurd h (by simp)
    | true =>
      simp only [hv, cond_true] at h
      cases j with
      | zero => simpa using is_eq hv
      | succ j =>
        have := ih (Int.add first 1) h j (by simpa using hj)
        simp only [List.getElem_cons_succ]
        have e : first + ((j + 1 : Nat) : Int) = Int.add first 1 + (j : Int) := by
          show _ = first + 1 + (j : Int)
          omega
        rw [e]
        exact this

/-- A program and a rule that give the same values agree wherever these were compared. -/
theorem program_is_rule (a : V → V) (c init values : List Int) (first : Int)
    (hp : programGives a first values = true) (hr : ruleGives c init values = true) :
    ∀ j : Nat, j < values.length → a (.i (first + j)) = .i (rule c init j) := by
  intro j h
  rw [programGives_sound a values first hp j h, ruleGives_sound c values init hr j h]

end

end TraceToLean
