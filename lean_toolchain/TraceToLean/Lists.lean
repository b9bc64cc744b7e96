module

public import TraceToLean.Value

/-! Python's lists, tuples, ranges and iterators, as far as compiled trace programs use them; and who owns them.

Lists here are values, in Python they are shared by name: what could be told apart is an error. No axiom is
declared. -/

namespace TraceToLean

@[expose] public section

def V.len : V → V
  | .l xs => .i (.ofNat xs.length)
  | .t xs => .i (.ofNat xs.length)
  | _ => .err

/-- Hand the elements over, or fail. -/
@[inline] def V.items (v : V) (k : List V → V) : V :=
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

def V.min (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (cond (leInt a b) a b)
  | _, _ => .err

def V.max (a b : V) : V :=
  match a, b with
  | .i a, .i b => .i (cond (leInt b a) a b)
  | _, _ => .err

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

end

end TraceToLean
