module

public import TraceToLean.Compare
public import TraceToLean.Far

/-! Rules that are no C-finite recurrence: functions of the digits (k-regular sequences), and recurrences with
polynomial coefficients (P-recursive sequences). Each is defined the way it is computed; what was divided is
shown to have been divided exactly by a theorem of its own in each document. No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-! ### Any function and a program -/

/-- f gives these values from index n on. -/
def gives (f : Nat → Int) (values : List Int) : Nat → Bool :=
  List.rec (motive := fun _ => Nat → Bool) (fun _ => true)
    (fun v _ ih n => cond (eqInt (f n) v) (ih (Nat.succ n)) false) values

theorem gives_cons (f : Nat → Int) (v : Int) (values : List Int) (n : Nat) :
    gives f (v :: values) n = cond (eqInt (f n) v) (gives f values (n + 1)) false := rfl

theorem gives_sound (f : Nat → Int) (values : List Int) :
    ∀ n, gives f values n = true → ∀ j (h : j < values.length), f (n + j) = values[j] := by
  induction values with
  | nil => intro n _ j h; simp at h
  | cons v vs ih =>
    intro n h j hj
    rw [gives_cons] at h
    cases hv : eqInt (f n) v with
    | false => rw [hv] at h; exact absurd h (by simp)
    | true =>
      simp only [hv, cond_true] at h
      cases j with
      | zero => simpa using eqInt_iff hv
      | succ j =>
        have := ih (n + 1) h j (by simpa using hj)
        rw [show n + (j + 1) = n + 1 + j by omega]
        simpa using this

theorem gives_first (f : Nat → Int) (values : List Int) (h : gives f values 0 = true) :
    ∀ j (h : j < values.length), f j = values[j] := by
  intro j hj
  have := gives_sound f values 0 h j hj
  rwa [Nat.zero_add] at this

theorem program_is_function (a : V → V) (f : Nat → Int) (values : List Int) (first : Int)
    (hp : programGives a first values = true) (hf : ∀ j (h : j < values.length), f j = values[j]) :
    ∀ j : Nat, j < values.length → a (.i (first + j)) = .i (f j) := by
  intro j h
  rw [programGives_sound a values first hp j h, hf j h]

/-! ### Digits -/

/-- Digits of n in base b, the lowest first, as far as the fuel lasts. -/
def digitsTo (b fuel : Nat) : Nat → List Nat :=
  Nat.rec (motive := fun _ => Nat → List Nat) (fun _ => [])
    (fun _ ih n => cond (Nat.beq n 0) [] (lit (Nat.div n b) fun m => Nat.mod n b :: ih m)) fuel

/-- Digits of n in base b, the lowest first; 0 has none. -/
def digits (b n : Nat) : List Nat := digitsTo b n n

theorem digitsTo_succ (b fuel n : Nat) :
    digitsTo b (fuel + 1) n = if n = 0 then [] else n % b :: digitsTo b fuel (n / b) := by
  show cond (Nat.beq n 0) [] (lit (n / b) fun m => n % b :: digitsTo b fuel m) = _
  rw [lit_eq]
  cases n with
  | zero => rfl
  | succ n => rfl

theorem digitsTo_enough (b : Nat) (hb : 2 ≤ b) (fuel : Nat) :
    ∀ n more, n ≤ fuel → digitsTo b (fuel + more) n = digitsTo b fuel n := by
  induction fuel with
  | zero =>
    intro n more hn
    have : n = 0 := by omega
    subst this
    cases more with
    | zero => rfl
    | succ more => rw [Nat.zero_add, digitsTo_succ]; rfl
  | succ fuel ih =>
    intro n more hn
    rw [show fuel + 1 + more = fuel + more + 1 by omega, digitsTo_succ, digitsTo_succ]
    by_cases h : n = 0
    · simp [h]
    · have : n / b < n := Nat.div_lt_self (by omega) (by omega)
      rw [ih (n / b) more (by omega)]

/-- The fuel is enough: these are the digits. -/
theorem digits_step (b n : Nat) (hb : 2 ≤ b) (hn : 0 < n) : digits b n = n % b :: digits b (n / b) := by
  have hlt : n / b < n := Nat.div_lt_self hn (by omega)
  unfold digits
  obtain ⟨m, rfl⟩ : ∃ m, n = m + 1 := ⟨n - 1, by omega⟩
  rw [digitsTo_succ, if_neg (by omega)]
  congr 1
  have := digitsTo_enough b hb ((m + 1) / b) ((m + 1) / b) (m - (m + 1) / b) (by omega)
  rw [show (m + 1) / b + (m - (m + 1) / b) = m by omega] at this
  exact this

/-- x times a row, plus another. -/
def addRow (x : Int) (row : List Int) : List Int → List Int :=
  List.rec (motive := fun _ => List Int → List Int) (fun acc => acc)
    (fun y _ ih acc =>
      match acc with
      | [] => Int.mul x y :: ih []
      | z :: acc => Int.add (Int.mul x y) z :: ih acc) row

/-- A row times a matrix, given by its rows. -/
def rowTimes (v : List Int) : List (List Int) → List Int :=
  List.rec (motive := fun _ => List (List Int) → List Int) (fun _ => [])
    (fun x _ ih rows =>
      match rows with
      | [] => []
      | r :: rows => addRow x r (ih rows)) v

/-- left times the matrices of the digits, the highest digit's first. -/
def digitRow (matrices : List (List (List Int))) (left : List Int) (ds : List Nat) : (List Int → Int) → Int :=
  List.rec (motive := fun _ => (List Int → Int) → Int) (fun k => k left)
    (fun d _ ih k => ih fun v => withInts (rowTimes v (matrices.getD d [])) k) ds

/-- A k-regular sequence before it is divided by its scale. -/
def digitSum (base : Nat) (matrices : List (List (List Int))) (left right : List Int) (n : Nat) : Int :=
  digitRow matrices left (digits base n) fun v => dot v right

def kRegular (base : Nat) (matrices : List (List (List Int))) (left right : List Int) (scale : Int) (n : Nat) : Int :=
  digitSum base matrices left right n / scale

/-! ### Recurrences with polynomial coefficients -/

/-- A polynomial, lowest power first. -/
def polyAt (p : List Int) (n : Int) : Int :=
  List.rec (motive := fun _ => Int) 0 (fun c _ ih => Int.add c (Int.mul n ih)) p

/-- p_0(n) w_0 + p_1(n) w_1 + ..., as far as both go. -/
def polySum (polys : List (List Int)) (n : Int) : List Int → Int :=
  List.rec (motive := fun _ => List Int → Int) (fun _ => 0)
    (fun p _ ih w =>
      match w with
      | [] => 0
      | x :: w => Int.add (Int.mul (polyAt p n) x) (ih w)) polys

/-- The term after the last ones, w, by p_0(n) a(n) + ... + p_k(n) a(n + k) = 0. -/
def polyNext (polys : List (List Int)) (n : Int) (w : List Int) : Int :=
  Int.neg (polySum polys n w) / polyAt (polys.getLastD []) n

def polyStep (polys : List (List Int)) (n : Int) (w : List Int) : List Int :=
  w.tail ++ [polyNext polys n (w.drop (Nat.sub w.length (Nat.sub polys.length 1)))]

/-- The terms from the (count + 1)-th on, as many as there are first ones; n is the index in the first step. -/
def polyRun (polys : List (List Int)) (count : Nat) : Int → List Int → List Int :=
  Nat.rec (motive := fun _ => Int → List Int → List Int) (fun _ w => w)
    (fun _ ih n w => withInts (polyStep polys n w) fun w => withInt (Int.add n 1) fun n => ih n w) count

theorem polyRun_succ (polys : List (List Int)) (count : Nat) (n : Int) (w : List Int) :
    polyRun polys (count + 1) n w = polyRun polys count (n + 1) (polyStep polys n w) := by
  show withInts (polyStep polys n w) (fun w => withInt (n + 1) fun n => polyRun polys count n w) = _
  rw [withInts_eq, withInt_eq]

/-- A P-recursive sequence; n is the index in the first use of the recurrence. -/
def pRecursive (polys : List (List Int)) (init : List Int) (n : Int) (j : Nat) : Int := (polyRun polys j n init).headD 0

/-- The sequence has these values. -/
def polyGives (polys : List (List Int)) (values : List Int) : Int → List Int → Bool :=
  List.rec (motive := fun _ => Int → List Int → Bool) (fun _ _ => true)
    (fun v _ ih n w => cond (eqInt (w.headD 0) v)
      (withInts (polyStep polys n w) fun w => withInt (Int.add n 1) fun n => ih n w) false) values

theorem polyGives_cons (polys : List (List Int)) (v : Int) (values : List Int) (n : Int) (w : List Int) :
    polyGives polys (v :: values) n w =
      cond (eqInt (w.headD 0) v) (polyGives polys values (n + 1) (polyStep polys n w)) false := by
  show cond (eqInt (w.headD 0) v)
    (withInts (polyStep polys n w) fun w => withInt (n + 1) fun n => polyGives polys values n w) false = _
  rw [withInts_eq, withInt_eq]

theorem polyGives_sound (polys : List (List Int)) (values : List Int) :
    ∀ (n : Int) (w : List Int), polyGives polys values n w = true →
      ∀ j (h : j < values.length), pRecursive polys w n j = values[j] := by
  induction values with
  | nil => intro n w _ j h; simp at h
  | cons v vs ih =>
    intro n w h j hj
    rw [polyGives_cons] at h
    cases hv : eqInt (w.headD 0) v with
    | false => rw [hv] at h; exact absurd h (by simp)
    | true =>
      simp only [hv, cond_true] at h
      cases j with
      | zero => simpa [pRecursive, polyRun] using eqInt_iff hv
      | succ j =>
        have := ih (n + 1) (polyStep polys n w) h j (by simpa using hj)
        simp only [pRecursive, polyRun_succ]
        simpa [pRecursive] using this

/-- Every one of the first divisions is exact: then the terms obey the recurrence as it is written. -/
def polyExact (polys : List (List Int)) (count : Nat) : Int → List Int → Bool :=
  Nat.rec (motive := fun _ => Int → List Int → Bool) (fun _ _ => true)
    (fun _ ih n w => withInts (polyStep polys n w) fun next =>
      let before := w.drop (Nat.sub w.length (Nat.sub polys.length 1))
      cond (isZero (polySum polys n (before ++ [next.getLastD 0]))) (withInt (Int.add n 1) fun n => ih n next) false)
    count

end

end TraceToLean
