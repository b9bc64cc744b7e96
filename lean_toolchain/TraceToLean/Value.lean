module

public import TraceToLean.Sequence

/-! Python's values and operators, as far as compiled trace programs use them.

A compiled program is written in continuation style: every operation takes its operands as values
already computed and hands its result, as a literal, to the rest of the program. So the kernel meets
Python's own order of evaluation and never piles up unevaluated terms. Any error (a wrong type, an index
out of range, a division by zero, fuel used up) makes the whole result `err`, which equals no integer. -/

namespace TraceToLean

@[expose] public section

/-- An integer (bools are 0 and 1), a list, a tuple, or an error. -/
inductive V where
  | i (n : Int)
  | l (xs : List V)
  | t (xs : List V)
  | err

/-- Hand over a list with its spine built; its elements are values already. -/
noncomputable def withList (xs : List V) : (List V → V) → V :=
  List.rec (motive := fun _ => (List V → V) → V) (fun k => k [])
    (fun x _ ih k => ih fun ys => k (x :: ys)) xs

/-- Evaluate `v`, then continue; an error ends everything. -/
noncomputable def V.bind (v : V) (k : V → V) : V :=
  match v with
  | .i n => withInt n fun n => k (.i n)
  | .l xs => withList xs fun xs => k (.l xs)
  | .t xs => withList xs fun xs => k (.t xs)
  | .err => .err

theorem bind_i (n : Int) (k : V → V) : V.bind (.i n) k = k (.i n) := by
  show withInt n (fun n => k (.i n)) = _
  rw [withInt_eq]

theorem withList_eq (xs : List V) : ∀ k : List V → V, withList xs k = k xs := by
  induction xs with
  | nil => intro k; rfl
  | cons x xs ih =>
    intro k
    show withList xs (fun ys => k (x :: ys)) = _
    rw [ih]

theorem bind_l (xs : List V) (k : V → V) : V.bind (.l xs) k = k (.l xs) := by
  show withList xs (fun xs => k (.l xs)) = _
  rw [withList_eq]

/-- In compiled code a value is there already. -/
@[inline] def bindCode (v : V) (k : V → V) : V :=
  match v with
  | .err => .err
  | v => k v

@[csimp] theorem bind_eq_code : @V.bind = @bindCode := by
  funext v k
  cases v with
  | i n => exact bind_i n k
  | l xs => exact bind_l xs k
  | t xs => exact withList_eq xs fun xs => k (.t xs)
  | err => rfl

def V.ofBool (b : Bool) : V := cond b (.i 1) (.i 0)

def V.truthy : V → Bool
  | .i (.ofNat n) => cond (Nat.beq n 0) false true
  | .i (.negSucc _) => true
  | .l xs => cond xs.isEmpty false true
  | .t xs => cond xs.isEmpty false true
  | .err => false

/-- if v: a else: b. -/
@[macro_inline] def V.test (v a b : V) : V :=
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
noncomputable def V.fixed (v : V) : Bool :=
  V.rec (motive_1 := fun _ => Bool) (motive_2 := fun _ => Bool) (fun _ => true) (fun _ _ => false)
    (fun _ ih => ih) false true (fun _ _ x xs => cond x xs false) v

mutual
/-- `V.fixed`, for compiled code. -/
def fixedOne : V → Bool
  | .i _ => true
  | .l _ => false
  | .t xs => fixedEach xs
  | .err => false

def fixedEach : List V → Bool
  | [] => true
  | x :: xs => cond (fixedOne x) (fixedEach xs) false
end

@[csimp] theorem fixed_eq_fixedOne : @V.fixed = @fixedOne := by
  funext v
  exact V.rec (motive_1 := fun v => v.fixed = fixedOne v)
    (motive_2 := fun xs =>
      V.rec_1 (motive_1 := fun _ => Bool) (motive_2 := fun _ => Bool) (fun _ => true) (fun _ _ => false)
        (fun _ ih => ih) false true (fun _ _ x xs => cond x xs false) xs = fixedEach xs)
    (fun _ => rfl) (fun _ _ => rfl) (fun _ ih => ih) rfl rfl
    (fun x _ hx hxs =>
      (congrArg (fun one => cond one _ false) hx).trans (congrArg (fun rest => cond (fixedOne x) rest false) hxs)) v

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

/-! ### Loops -/

/-- A while loop, or a recursion, may take this many turns; then the result is an error. -/
def fuel : Nat := 1000000

theorem eqInt_iff {a b : Int} (h : eqInt a b = true) : a = b := by
  cases a <;> cases b <;> simp_all [eqInt] <;> exact Nat.eq_of_beq_eq_true h

end

end TraceToLean
