module

public import TraceToLean.Compare
public import TraceToLean.Lists

/-! What compiled trace programs on natural numbers are made of (aimo_pipeline/translate/natural).

Everything is a term about Nat, with which the kernel computes by GMP, and is written with recursors, which it
runs directly. Conditions and loops hand over to the rest of the program, so that they end in V. -/

namespace TraceToLean

@[expose] public section

-- begin: also read by tests, with a core that is not Lean's own

@[macro_inline] def pick (b : Bool) (x y : V) : V := Bool.casesOn (motive := fun _ => V) b y x
@[macro_inline] def pickNat (b : Bool) (x y : Nat) : Nat := Bool.casesOn (motive := fun _ => Nat) b y x
@[macro_inline] def orB (a b : Bool) : Bool := Bool.casesOn (motive := fun _ => Bool) a b true
@[macro_inline] def andB (a b : Bool) : Bool := Bool.casesOn (motive := fun _ => Bool) a false b

/-- Compute `n` now; the rest gets a literal. -/
noncomputable def force (n : Nat) (k : Nat → V) : V := Nat.rec (motive := fun _ => V) V.err (fun m _ => k m) (Nat.succ n)

/-- Nothing; but the kernel's stack ends here. -/
def go (v : V) : V := v

/-- A loop of n turns; each gets the number of turns that are left, and what comes after it. -/
noncomputable def turns {α : Type} (done : α) (turn : Nat → α → α) (n : Nat) : α := Nat.rec (motive := fun _ => α) done turn n

@[inline] def forceCode (n : Nat) (k : Nat → V) : V := k n

/-- In compiled code a number is there already. -/
@[csimp] theorem force_eq_code : @force = @forceCode := rfl

@[csimp] theorem turns_eq_code : @turns = @turnsCode := by
  funext α done turn n
  exact congrFun (congrFun (congrFun (congrFun rec_eq_natRec (fun _ => α)) done) turn) n

/-- 1 in each of n slots of w bits. -/
def ones (w n : Nat) : Nat := Nat.div (Nat.sub (Nat.pow 2 (Nat.mul w n)) 1) (Nat.sub (Nat.pow 2 w) 1)

/-- What slot i holds. -/
def fetch (w data i : Nat) : Nat := Nat.mod (Nat.shiftRight data (Nat.mul w i)) (Nat.pow 2 w)

/-- The data with another number in slot i. -/
def store (w data i new : Nat) : Nat :=
  Nat.add (Nat.sub data (Nat.shiftLeft (fetch w data i) (Nat.mul w i))) (Nat.shiftLeft new (Nat.mul w i))

/-- p - q. -/
def signed (p q : Nat) : V :=
  pick (Nat.ble q p) (V.i (Int.ofNat (Nat.sub p q))) (V.i (Int.negSucc (Nat.sub (Nat.sub q p) 1)))

def factorial (n : Nat) : Nat := Nat.rec (motive := fun _ => Nat) 1 (fun m f => Nat.mul (Nat.succ m) f) n

def binomial (n k : Nat) : Nat :=
  pickNat (Nat.ble k n) (Nat.div (factorial n) (Nat.mul (factorial k) (factorial (Nat.sub n k)))) 0

/-- How many digits n has to base 4. -/
def digits4 (n : Nat) : Nat :=
  Nat.rec (motive := fun _ => Nat → Nat) (fun k => k)
    (fun _ ih k => pickNat (Nat.ble (Nat.pow 4 k) n) (ih (Nat.succ k)) k) (Nat.succ n) 0

/-- The integer part of the square root, bit by bit from the highest. -/
def isqrt (n : Nat) : Nat :=
  Nat.rec (motive := fun _ => Nat → Nat) (fun r => r)
    (fun bit ih r =>
      ih (pickNat (Nat.ble (Nat.pow (Nat.add r (Nat.pow 2 bit)) 2) n) (Nat.add r (Nat.pow 2 bit)) r))
    (digits4 n) 0

-- end

/-- Run a program on a natural number. -/
def onNatural (v : V) (k : Nat → V) : V :=
  match v with
  | .i (.ofNat n) => force n k
  | _ => .err

/-- The second program where the first gives no integer. -/
@[macro_inline] def orElse (a b : V) : V :=
  match a with
  | .i n => .i n
  | _ => b

end

end TraceToLean
