module

public import TraceToLean.Sequence

/-! Python's values and operators, as far as compiled trace programs use them.

A compiled program is written in continuation style: every operation takes its operands as values
already computed and hands its result, as a literal, to the rest of the program. So the kernel meets
Python's own order of evaluation and never piles up unevaluated terms. Any error (a wrong type, an index
out of range, a division by zero, fuel used up) makes the whole result `err`, which equals no integer. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- An integer (bools are 0 and 1), a list, a tuple, or an error. -/
inductive V where
  | i (n : Int)
  | l (xs : List V)
  | t (xs : List V)
  | err

/-- Hand over a list with its spine built; its elements are values already. -/
def withList (xs : List V) : (List V → V) → V :=
  List.rec (motive := fun _ => (List V → V) → V) (fun k => k [])
    (fun x _ ih k => ih fun ys => k (x :: ys)) xs

/-- Evaluate `v`, then continue; an error ends everything. -/
def V.bind (v : V) (k : V → V) : V :=
  match v with
  | .i n => withInt n fun n => k (.i n)
  | .l xs => withList xs fun xs => k (.l xs)
  | .t xs => withList xs fun xs => k (.t xs)
  | .err => .err

def V.ofBool (b : Bool) : V := cond b (.i 1) (.i 0)

def V.truthy : V → Bool
  | .i (.ofNat n) => cond (Nat.beq n 0) false true
  | .i (.negSucc _) => true
  | .l xs => cond xs.isEmpty false true
  | .t xs => cond xs.isEmpty false true
  | .err => false

/-- if v: a else: b. -/
def V.test (v a b : V) : V :=
  match v with
  | .err => .err
  | v => cond v.truthy a b

/-! ### Integers: through Nat, where the kernel computes with GMP -/

def leInt : Int → Int → Bool
  | .ofNat a, .ofNat b => Nat.ble a b
  | .ofNat _, .negSucc _ => false
  | .negSucc _, .ofNat _ => true
  | .negSucc a, .negSucc b => Nat.ble b a

def eqInt : Int → Int → Bool
  | .ofNat a, .ofNat b => Nat.beq a b
  | .negSucc a, .negSucc b => Nat.beq a b
  | _, _ => false

def isZero (a : Int) : Bool := eqInt a (.ofNat 0)

def powInt (a : Int) (e : Nat) : Int :=
  match a with
  | .ofNat b => .ofNat (Nat.pow b e)
  | .negSucc b =>
    cond (Nat.beq (Nat.mod e 2) 0) (.ofNat (Nat.pow (Nat.succ b) e)) (Int.neg (.ofNat (Nat.pow (Nat.succ b) e)))

def flatten (n : Nat) (xs : List V) : List V :=
  Nat.rec (motive := fun _ => List V) [] (fun _ ih => xs ++ ih) n

/-- No list anywhere inside (integers, tuples of integers, ...): Python cannot change such a value. -/
def V.fixed (v : V) : Bool :=
  V.rec (motive_1 := fun _ => Bool) (motive_2 := fun _ => Bool) (fun _ => true) (fun _ _ => false)
    (fun _ ih => ih) false true (fun _ _ x xs => cond x xs false) v

def allFixed (xs : List V) : Bool := xs.all V.fixed

def V.add (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (Int.add a b)
  | .l a, .l b => .l (a ++ b)
  | .t a, .t b => .t (a ++ b)
  | _, _ => .err

/-- `x += y`: on lists Python changes the object in place, which is not followed here. -/
def V.iadd (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (Int.add a b)
  | _, _ => .err

def V.sub (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (Int.sub a b)
  | _, _ => .err

/-- Repeating a list is followed only when no list is inside: repeated inner lists would be shared. -/
def V.mul (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (Int.mul a b)
  | .l xs, .i n => cond (allFixed xs) (.l (flatten n.toNat xs)) .err
  | .i n, .l xs => cond (allFixed xs) (.l (flatten n.toNat xs)) .err
  | .t xs, .i n => cond (allFixed xs) (.t (flatten n.toNat xs)) .err
  | _, _ => .err

/-- `x *= y`: as with `+=`, only integers are followed. -/
def V.imul (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (Int.mul a b)
  | _, _ => .err

def V.floordiv (a b : V) : V :=
  match a, b with
  | .i a, .i b => cond (isZero b) .err (.i (Int.fdiv a b))
  | _, _ => .err

def V.mod (a b : V) : V :=
  match a, b with
  | .i a, .i b => cond (isZero b) .err (.i (Int.fmod a b))
  | _, _ => .err

def V.pow (a b : V) : V :=
  match a, b with
  | .i a, .i (.ofNat e) => .i (powInt a e)
  | _, _ => .err

def V.powmod (a b m : V) : V :=
  match a, b, m with
  | .i a, .i (.ofNat e), .i m => cond (isZero m) .err (.i (Int.fmod (powInt a e) m))
  | _, _, _ => .err

def V.neg (a : V) : V :=
  match a with
  | .i a => .i (Int.neg a)
  | _ => .err

def V.abs (a : V) : V :=
  match a with
  | .i a => .i (.ofNat a.natAbs)
  | _ => .err

def V.gcd (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (.ofNat (Nat.gcd a.natAbs b.natAbs))
  | _, _ => .err

def V.le (a b : V) : V :=
  match a, b with
  | .i a, .i b => V.ofBool (leInt a b)
  | _, _ => .err

def V.lt (a b : V) : V :=
  match a, b with
  | .i a, .i b => V.ofBool (Bool.not (leInt b a))
  | _, _ => .err

/-- Equality of lists of integers; deeper lists are an error, never a guess. -/
def eqList (xs : List V) : List V → V :=
  List.rec (motive := fun _ => List V → V)
    (fun ys => V.ofBool ys.isEmpty)
    (fun x _ ih ys =>
      match x, ys with
      | .i a, .i b :: ys => cond (eqInt a b) (ih ys) (.i 0)
      | .i _, [] => .i 0
      | _, _ => .err) xs

/-- List equality is followed only for equal lengths of integers; different lengths are unequal. -/
def V.eq (a b : V) : V :=
  match a, b with
  | .i a, .i b => V.ofBool (eqInt a b)
  | .l xs, .l ys => cond (Nat.beq xs.length ys.length) (eqList xs ys) (.i 0)
  | .t xs, .t ys => cond (Nat.beq xs.length ys.length) (eqList xs ys) (.i 0)
  | _, _ => .err

def V.not (a : V) : V :=
  match a with
  | .err => .err
  | a => cond a.truthy (.i 0) (.i 1)

def V.min (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (cond (leInt a b) a b)
  | _, _ => .err

def V.max (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (cond (leInt b a) a b)
  | _, _ => .err

/-! ### Lists and tuples -/

def V.len : V → V
  | .l xs => .i (.ofNat xs.length)
  | .t xs => .i (.ofNat xs.length)
  | _ => .err

/-- Hand the elements over, or fail. -/
def V.items (v : V) (k : List V → V) : V :=
  match v with
  | .l xs => k xs
  | .t xs => k xs
  | _ => .err

/-- Python's index: negative ones count from the end. -/
def place (n : Int) (len : Nat) : Option Nat :=
  match n with
  | .ofNat n => cond (Nat.blt n len) (some n) none
  | .negSucc n => cond (Nat.blt n len) (some (Nat.sub len (Nat.succ n))) none

def V.get (v n : V) : V :=
  v.items fun xs =>
    match n with
    | .i n =>
      match place n xs.length with
      | some n => xs.getD n .err
      | none => .err
    | _ => .err

def V.set (v n x : V) : V :=
  match v, n with
  | .l xs, .i n =>
    match place n xs.length with
    | some n => .l (xs.set n x)
    | none => .err
  | _, _ => .err

def V.append (v x : V) : V :=
  match v with
  | .l xs => .l (xs ++ [x])
  | _ => .err

def clamp (n : Int) (len : Nat) : Nat :=
  match n with
  | .ofNat n => Nat.min n len
  | .negSucc n => Nat.sub len (Nat.succ n)

/-- xs[a:b]. -/
def V.slice (v a b : V) : V :=
  match a, b with
  | .i a, .i b =>
    match v with
    | .l xs => .l ((xs.take (clamp b xs.length)).drop (clamp a xs.length))
    | .t xs => .t ((xs.take (clamp b xs.length)).drop (clamp a xs.length))
    | _ => .err
  | _, _ => .err

/-- xs.extend(ys), for elements that cannot be shared. -/
def V.extend (v w : V) : V :=
  match v with
  | .l xs => w.items fun ys => cond (allFixed ys) (.l (xs ++ ys)) .err
  | _ => .err

/-- A value that is to be unpacked into n names. -/
def V.arity (v : V) (n : Nat) : V := v.items fun xs => cond (Nat.beq xs.length n) v .err

/-- int(v), of an integer. -/
def V.toInt : V → V
  | .i n => .i n
  | _ => .err

def V.toList (v : V) : V := v.items .l
def V.toTuple (v : V) : V := v.items .t

def upto (n : Nat) (f : Nat → V) : List V :=
  Nat.rec (motive := fun _ => List V → List V) (fun acc => acc)
    (fun m ih acc => ih (f m :: acc)) n []

/-- range(a, b, s) as a list; a zero step is an error. -/
def V.range (a b s : V) : V :=
  match a, b, s with
  | .i a, .i b, .i (.ofNat (s + 1)) =>
    .l (upto ((b - a + s) / (s + 1)).toNat fun j => .i (a + j * (s + 1)))
  | .i a, .i b, .i (.negSucc s) =>
    .l (upto ((a - b + s) / (s + 1)).toNat fun j => .i (a - j * (s + 1)))
  | _, _, _ => .err

def V.enumerate (v : V) : V :=
  v.items fun xs => .l ((List.range xs.length).zipWith (fun j x => .t [.i (.ofNat j), x]) xs)

def V.zip (v w : V) : V :=
  v.items fun xs => w.items fun ys => .l (xs.zipWith (fun x y => .t [x, y]) ys)

/-- itertools.product(v, repeat=n), in Python's order. -/
def productOf (xs : List V) (n : Nat) : List (List V) :=
  Nat.rec (motive := fun _ => List (List V)) [[]]
    (fun _ ih => xs.flatMap fun x => ih.map fun t => x :: t) n

def V.product (v n : V) : V :=
  v.items fun xs =>
    match n with
    | .i (.ofNat n) => .l ((productOf xs n).map .t)
    | _ => .err

/-- itertools.combinations(v, n), in Python's order. -/
def combinationsOf (xs : List V) : Nat → List (List V) :=
  List.rec (motive := fun _ => Nat → List (List V))
    (fun n => cond (Nat.beq n 0) [[]] [])
    (fun x _ ih n => cond (Nat.beq n 0) [[]] ((ih (Nat.sub n 1)).map (x :: ·) ++ ih n)) xs

def V.combinations (v n : V) : V :=
  v.items fun xs =>
    match n with
    | .i (.ofNat n) => .l ((combinationsOf xs n).map .t)
    | _ => .err

/-- The elements with each one picked out once: (picked, rest), in order. -/
def picks (xs : List V) : List V → List (V × List V) :=
  List.rec (motive := fun _ => List V → List (V × List V)) (fun _ => [])
    (fun x rest ih before => (x, before ++ rest) :: ih (before ++ [x])) xs

def permutationsOf (n : Nat) : List V → List (List V) :=
  Nat.rec (motive := fun _ => List V → List (List V)) (fun _ => [[]])
    (fun _ ih xs => (picks xs []).flatMap fun p => (ih p.2).map (p.1 :: ·)) n

/-- itertools.permutations(v), in Python's order. -/
def V.permutations (v : V) : V :=
  v.items fun xs => .l ((permutationsOf xs.length xs).map .t)

def V.sum (v : V) : V :=
  v.items fun xs =>
    List.rec (motive := fun _ => V → V) (fun s => s) (fun x _ ih s => (s.iadd x).bind ih) xs (.i 0)

def fold1 (f : V → V → V) (v : V) : V :=
  v.items fun xs =>
    match xs with
    | [] => .err
    -- (f x x): a single element must be an integer too, never a list that would get a second name
    | x :: xs => List.rec (motive := fun _ => V → V) (fun s => s) (fun x _ ih s => (f s x).bind ih) xs (f x x)

def V.minOf (v : V) : V := fold1 V.min v
def V.maxOf (v : V) : V := fold1 V.max v

def V.anyOf (v : V) : V :=
  v.items fun xs =>
    List.rec (motive := fun _ => V) (.i 0) (fun x _ ih => cond x.truthy (.i 1) ih) xs

def V.allOf (v : V) : V :=
  v.items fun xs =>
    List.rec (motive := fun _ => V) (.i 1) (fun x _ ih => cond x.truthy ih (.i 0)) xs

/-- x in xs. -/
def V.elem (x v : V) : V :=
  v.items fun xs =>
    List.rec (motive := fun _ => V) (.i 0)
      (fun y _ ih => (V.eq x y).bind fun e => cond e.truthy (.i 1) ih) xs

/-! ### Ownership: Python's lists are shared by name, these values are not -/

/-- What is left in a name after its value was stored elsewhere, and what may get a second name:
anything but a list, or a tuple with a list somewhere inside. -/
def V.unshared : V → V
  | .i n => .i n
  | v => cond v.fixed v .err

/-- A list that was copied, but not deeply: its elements must not be shared. -/
def V.copied : V → V
  | .l xs => cond (allFixed xs) (.l xs) .err
  | v => v.unshared

/-! ### Loops -/

/-- A while loop, or a recursion, may take this many turns; then the result is an error. -/
def fuel : Nat := 1000000

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
def ruleGives (c : List Int) : List Int → List Int → Bool :=
  fun init values =>
    List.rec (motive := fun _ => List Int → Bool) (fun _ => true)
      (fun v _ ih s => cond (eqInt (s.headD 0) v) (withInts (step c s) ih) false) values init

theorem eqInt_iff {a b : Int} (h : eqInt a b = true) : a = b := by
  cases a <;> cases b <;> simp_all [eqInt] <;> exact Nat.eq_of_beq_eq_true h

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
