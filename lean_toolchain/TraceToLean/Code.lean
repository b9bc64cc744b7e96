module

/-! What compiled code runs in place of what the kernel runs, for `native_decide`.

What programs are compiled to is written with recursors, which the kernel runs directly and for which Lean's code
generator makes no code. Each is equal to a function by structural recursion, for which it does; so says a theorem
here, and `csimp` has Lean take that function where it makes code. The kernel sees the recursors only. So, too, for
the functions on lists whose code the embedded Lean's `Init` does not export. No axiom is declared. -/

namespace TraceToLean

@[expose] public section

/-! ### Recursors

`specialize` makes a copy for each loop, in which the loop's own variables are arguments; so a turn is run when it
comes, not when the loop begins. -/

@[specialize] def natRec.{u} {motive : Nat → Sort u} (zero : motive Nat.zero)
    (succ : (n : Nat) → motive n → motive (Nat.succ n)) : (n : Nat) → motive n
  | Nat.zero => zero
  | Nat.succ n => succ n (natRec zero succ n)

@[csimp] theorem rec_eq_natRec.{u} : @Nat.rec.{u} = @natRec.{u} := by
  funext motive zero succ n
  induction n with
  | zero => rfl
  | succ n ih => exact congrArg (succ n) ih

@[inline] def turnsCode {α : Type} (done : α) (turn : Nat → α → α) (n : Nat) : α :=
  natRec (motive := fun _ => α) done turn n

@[specialize] def listRec.{u, v} {α : Type v} {motive : List α → Sort u} (nil : motive List.nil)
    (cons : (x : α) → (xs : List α) → motive xs → motive (List.cons x xs)) : (xs : List α) → motive xs
  | List.nil => nil
  | List.cons x xs => cons x xs (listRec nil cons xs)

@[csimp] theorem rec_eq_listRec.{u, v} : @List.rec.{u, v} = @listRec.{u, v} := by
  funext α motive nil cons xs
  induction xs with
  | nil => rfl
  | cons x xs ih => exact congrArg (cons x xs) ih

/-! ### Lists

All inline, so that no list's type is left: for this build's `Init` exports no code without one. With an
accumulator, so that a long list does not need a deep stack. -/

universe u v w
variable {α : Type u} {β : Type v} {γ : Type w}

/-- The first list backwards, and then the second. -/
@[inline] def onto (xs ys : List α) : List α :=
  listRec (motive := fun _ => List α → List α) (fun ys => ys) (fun x _ ih ys => ih (x :: ys)) xs ys

theorem onto_eq (xs : List α) : ∀ ys, onto xs ys = xs.reverse ++ ys := by
  induction xs with
  | nil => intro ys; rfl
  | cons x xs ih => intro ys; show onto xs (x :: ys) = _; simp [ih]

@[inline] def lengthFrom (xs : List α) (n : Nat) : Nat :=
  listRec (motive := fun _ => Nat → Nat) (fun n => n) (fun _ _ ih n => ih (n + 1)) xs n

theorem lengthFrom_eq (xs : List α) : ∀ n, lengthFrom xs n = n + xs.length := by
  induction xs with
  | nil => intro n; rfl
  | cons x xs ih => intro n; show lengthFrom xs (n + 1) = _; rw [ih, List.length_cons]; omega

@[inline] def lengthCode (xs : List α) : Nat := lengthFrom xs 0

@[csimp] theorem length_eq_code : @List.length.{u} = @lengthCode.{u} := by
  funext α xs; rw [lengthCode, lengthFrom_eq, Nat.zero_add]

@[inline] def appendCode (xs ys : List α) : List α := onto (onto xs []) ys

@[csimp] theorem append_eq_code : @List.append.{u} = @appendCode.{u} := by
  funext α xs ys; simp [appendCode, onto_eq]

@[inline] def appendOfCode : Append (List α) := ⟨appendCode⟩

/-- What `++` is made of is code already, which has another function in `List.append`'s place. -/
@[csimp] theorem instAppend_eq_code : @List.instAppend.{u} = @appendOfCode.{u} := by
  funext α
  exact congrArg Append.mk (congrFun append_eq_code α)

@[inline] def mapOnto (f : α → β) (xs : List α) (done : List β) : List β :=
  listRec (motive := fun _ => List β → List β) (fun done => onto done []) (fun x _ ih done => ih (f x :: done)) xs done

theorem mapOnto_eq (f : α → β) (xs : List α) : ∀ done, mapOnto f xs done = done.reverse ++ xs.map f := by
  induction xs with
  | nil => intro done; show onto done [] = _; simp [onto_eq]
  | cons x xs ih => intro done; show mapOnto f xs (f x :: done) = _; simp [ih]

@[inline] def mapCode (f : α → β) (xs : List α) : List β := mapOnto f xs []

@[csimp] theorem map_eq_code : @List.map.{u, v} = @mapCode.{u, v} := by
  funext α β f xs; simp [mapCode, mapOnto_eq]

@[inline] def flatMapOnto (f : α → List β) (xs : List α) (done : List β) : List β :=
  listRec (motive := fun _ => List β → List β) (fun done => onto done []) (fun x _ ih done => ih (onto (f x) done))
    xs done

theorem flatMapOnto_eq (f : α → List β) (xs : List α) :
    ∀ done, flatMapOnto f xs done = done.reverse ++ xs.flatMap f := by
  induction xs with
  | nil => intro done; show onto done [] = _; simp [onto_eq]
  | cons x xs ih => intro done; show flatMapOnto f xs (onto (f x) done) = _; simp [ih, onto_eq]

@[inline] def flatMapCode (f : α → List β) (xs : List α) : List β := flatMapOnto f xs []

@[csimp] theorem flatMap_eq_code : @List.flatMap.{u, v} = @flatMapCode.{u, v} := by
  funext α β f xs; simp [flatMapCode, flatMapOnto_eq]

@[inline] def zipWithOnto (f : α → β → γ) (xs : List α) (ys : List β) (done : List γ) : List γ :=
  listRec (motive := fun _ => List β → List γ → List γ) (fun _ done => onto done [])
    (fun x _ ih ys done => match ys with
      | [] => onto done []
      | y :: ys => ih ys (f x y :: done)) xs ys done

theorem zipWithOnto_eq (f : α → β → γ) (xs : List α) :
    ∀ ys done, zipWithOnto f xs ys done = done.reverse ++ xs.zipWith f ys := by
  induction xs with
  | nil => intro ys done; show onto done [] = _; simp [onto_eq]
  | cons x xs ih =>
    intro ys done
    cases ys with
    | nil => show onto done [] = _; simp [onto_eq]
    | cons y ys => show zipWithOnto f xs ys (f x y :: done) = _; simp [ih]

@[inline] def zipWithCode (f : α → β → γ) (xs : List α) (ys : List β) : List γ := zipWithOnto f xs ys []

@[csimp] theorem zipWith_eq_code : @List.zipWith.{u, v, w} = @zipWithCode.{u, v, w} := by
  funext α β γ f xs ys; simp [zipWithCode, zipWithOnto_eq]

@[inline] def takeOnto (xs : List α) (n : Nat) (done : List α) : List α :=
  listRec (motive := fun _ => Nat → List α → List α) (fun _ done => onto done [])
    (fun x _ ih n done => match n with
      | 0 => onto done []
      | n + 1 => ih n (x :: done)) xs n done

theorem takeOnto_eq (xs : List α) : ∀ n done, takeOnto xs n done = done.reverse ++ xs.take n := by
  induction xs with
  | nil => intro n done; show onto done [] = _; simp [onto_eq]
  | cons x xs ih =>
    intro n done
    cases n with
    | zero => show onto done [] = _; simp [onto_eq]
    | succ n => show takeOnto xs n (x :: done) = _; simp [ih]

@[inline] def takeCode (n : Nat) (xs : List α) : List α := takeOnto xs n []

@[csimp] theorem take_eq_code : @List.take.{u} = @takeCode.{u} := by
  funext α n xs; simp [takeCode, takeOnto_eq]

@[inline] def setOnto (y : α) (xs : List α) (n : Nat) (done : List α) : List α :=
  listRec (motive := fun _ => Nat → List α → List α) (fun _ done => onto done [])
    (fun x xs ih n done => match n with
      | 0 => onto done (y :: xs)
      | n + 1 => ih n (x :: done)) xs n done

theorem setOnto_eq (y : α) (xs : List α) : ∀ n done, setOnto y xs n done = done.reverse ++ xs.set n y := by
  induction xs with
  | nil => intro n done; show onto done [] = _; simp [onto_eq]
  | cons x xs ih =>
    intro n done
    cases n with
    | zero => show onto done (y :: xs) = _; simp [onto_eq]
    | succ n => show setOnto y xs n (x :: done) = _; simp [ih]

@[inline] def setCode (xs : List α) (n : Nat) (y : α) : List α := setOnto y xs n []

@[csimp] theorem set_eq_code : @List.set.{u} = @setCode.{u} := by
  funext α xs n y; simp [setCode, setOnto_eq]

@[inline] def dropCode (n : Nat) (xs : List α) : List α :=
  listRec (motive := fun _ => Nat → List α) (fun _ => [])
    (fun x xs ih n => match n with
      | 0 => x :: xs
      | n + 1 => ih n) xs n

@[csimp] theorem drop_eq_code : @List.drop.{u} = @dropCode.{u} := by
  funext α n xs
  induction xs generalizing n with
  | nil => simp [dropCode, listRec]
  | cons x xs ih => cases n <;> simp_all [dropCode, listRec]

@[inline] def getDCode (xs : List α) (n : Nat) (d : α) : α :=
  listRec (motive := fun _ => Nat → α) (fun _ => d)
    (fun x _ ih n => match n with
      | 0 => x
      | n + 1 => ih n) xs n

@[csimp] theorem getD_eq_code : @List.getD.{u} = @getDCode.{u} := by
  funext α xs n d
  induction xs generalizing n with
  | nil => rfl
  | cons x xs ih => cases n <;> simp_all [getDCode, listRec]

@[inline] def allCode (xs : List α) (p : α → Bool) : Bool :=
  listRec (motive := fun _ => Unit → Bool) (fun _ => true) (fun x _ ih _ => cond (p x) (ih ()) false) xs ()

@[csimp] theorem all_eq_code : @List.all.{u} = @allCode.{u} := by
  funext α xs p
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    simp only [List.all_cons, ih, allCode, listRec]
    cases p x <;> rfl

@[inline] def isEmptyCode (xs : List α) : Bool :=
  match xs with
  | [] => true
  | _ :: _ => false

@[csimp] theorem isEmpty_eq_code : @List.isEmpty.{u} = @isEmptyCode.{u} := by
  funext α xs; cases xs <;> rfl

end

end TraceToLean
