module

public import TraceToLean.Compare
public import TraceToLean.Lists

/-! Programs that are a recurrence themselves: one loop over a range, whose body computes new values of its
variables from the old ones by +, - and *. What such a program returns obeys a recurrence from every state on,
which is one polynomial identity; two sequences with the same recurrence and the same first terms are equal
(`recurs_unique`). So the compiled program equals the rule at every index, by induction. No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-! ### Python's operators on integers that are not known -/

theorem add_i (a b : Int) : V.add (.i a) (.i b) = .i (a + b) := rfl
theorem iadd_i (a b : Int) : V.iadd (.i a) (.i b) = .i (a + b) := rfl
theorem sub_i (a b : Int) : V.sub (.i a) (.i b) = .i (a - b) := rfl
theorem mul_i (a b : Int) : V.mul (.i a) (.i b) = .i (a * b) := rfl
theorem imul_i (a b : Int) : V.imul (.i a) (.i b) = .i (a * b) := rfl
theorem neg_i (a : Int) : V.neg (.i a) = .i (-a) := rfl
theorem toInt_i (a : Int) : V.toInt (.i a) = .i a := rfl
theorem unshared_i (a : Int) : V.unshared (.i a) = .i a := rfl
theorem copied_i (a : Int) : V.copied (.i a) = .i a := rfl
theorem items_l (xs : List V) (k : List V → V) : V.items (.l xs) k = k xs := rfl

theorem isZero_iff (d : Int) : isZero d = true ↔ d = 0 := by
  constructor
  · intro h; exact eqInt_iff h
  · intro h; subst h; rfl

theorem floordiv_i (a d : Int) (h : d ≠ 0) : V.floordiv (.i a) (.i d) = .i (Int.fdiv a d) := by
  show cond (isZero d) V.err (.i (Int.fdiv a d)) = _
  cases e : isZero d with
  | false => rfl
  | true => exact absurd ((isZero_iff d).mp e) h

theorem leInt_eq (a b : Int) : leInt a b = decide (a ≤ b) := by
  cases a <;> cases b <;> rw [Bool.eq_iff_iff] <;> simp [leInt] <;> omega

theorem lt_false (a b : Int) (h : b ≤ a) : V.lt (.i a) (.i b) = .i 0 := by
  show V.ofBool (Bool.not (leInt b a)) = _
  rw [leInt_eq]; simp [h, V.ofBool]

theorem le_false (a b : Int) (h : b < a) : V.le (.i a) (.i b) = .i 0 := by
  show V.ofBool (leInt a b) = _
  have : ¬ a ≤ b := by omega
  rw [leInt_eq]; simp [this, V.ofBool]

theorem eq_false (a b : Int) (h : a ≠ b) : V.eq (.i a) (.i b) = .i 0 := by
  show V.ofBool (eqInt a b) = _
  cases e : eqInt a b with
  | false => rfl
  | true => exact absurd (eqInt_iff e) h

theorem test_zero (a b : V) : V.test (.i 0) a b = b := rfl

/-! ### Ranges -/

/-- lo, lo + 1, ..., lo + m - 1. -/
def ints : Nat → Int → List V
  | 0, _ => []
  | m + 1, lo => .i lo :: ints m (lo + 1)

theorem upto_from (m : Nat) (f : Nat → V) : ∀ acc,
    Nat.rec (motive := fun _ => List V → List V) (fun acc => acc) (fun m ih acc => ih (f m :: acc)) m acc =
      (List.range m).map f ++ acc := by
  induction m with
  | zero => intro acc; rfl
  | succ m ih =>
    intro acc
    rw [List.range_succ, List.map_append, List.append_assoc]
    exact ih (f m :: acc)

theorem upto_eq (m : Nat) (f : Nat → V) : upto m f = (List.range m).map f := by
  have := upto_from m f []
  rw [List.append_nil] at this
  exact this

theorem ints_eq (m : Nat) : ∀ lo : Int, ints m lo = (List.range m).map fun j : Nat => V.i (lo + j) := by
  induction m with
  | zero => intro lo; rfl
  | succ m ih =>
    intro lo
    rw [List.range_succ_eq_map]
    simp only [ints, ih, List.map_cons, List.map_map]
    congr 1
    · simp
    · apply List.map_congr_left
      intro j _
      simp
      omega

theorem range_i (a b : Int) : V.range (.i a) (.i b) (.i (Int.ofNat 1)) = .l (ints (b - a).toNat a) := by
  show V.l (upto ((b - a + ((0 : Nat) : Int)) / (((0 : Nat) : Int) + 1)).toNat
    fun j => .i (a + j * (((0 : Nat) : Int) + 1))) = _
  rw [upto_eq, ints_eq]
  simp

/-! ### Loops -/

/-- The state before the (m + 1)-th turn of a loop whose variable counts up from lo. -/
def orbit {σ : Type} (step : Int → σ → σ) (lo : Int) (start : σ) : Nat → σ
  | 0 => start
  | m + 1 => step (lo + m) (orbit step lo start m)

theorem orbit_shift {σ : Type} (step : Int → σ → σ) (lo : Int) (start : σ) (m : Nat) :
    orbit step (lo + 1) (step lo start) m = orbit step lo start (m + 1) := by
  induction m with
  | zero => simp [orbit]
  | succ m ih =>
    show step (lo + 1 + m) (orbit step (lo + 1) (step lo start) m) = step (lo + ((m + 1 : Nat) : Int)) (orbit step lo start (m + 1))
    rw [ih, show lo + 1 + (m : Int) = lo + ((m + 1 : Nat) : Int) by omega]

/-- A compiled loop whose body is `step` on integers: F is the type of what goes on after a turn. -/
theorem for_loop {σ F : Type} (call : F → σ → V) (leave : F) (body : V → List V → F → F)
    (step : Int → σ → σ) (h : ∀ i tail ih s, call (body (.i i) tail ih) s = call ih (step i s)) (m : Nat) :
    ∀ (lo : Int) (s : σ),
      call (List.rec (motive := fun _ => F) leave body (ints m lo)) s = call leave (orbit step lo s m) := by
  induction m with
  | zero => intro lo s; rfl
  | succ m ih =>
    intro lo s
    rw [← orbit_shift, ← ih]
    exact h lo (ints m (lo + 1)) _ s

/-- The recurrence's left side on what is put out from a state on. -/
def ahead {σ : Type} (step : Int → σ → σ) (out : Int → σ → Int) : List Int → Int → σ → Int
  | [], _, _ => 0
  | c :: cs, i, s => c * out i s + ahead step out cs (i + 1) (step i s)

/-- What is put out k turns after a state. -/
def after {σ : Type} (step : Int → σ → σ) (out : Int → σ → Int) : Nat → Int → σ → Int
  | 0, i, s => out i s
  | k + 1, i, s => after step out k (i + 1) (step i s)

theorem ahead_orbit {σ : Type} (step : Int → σ → σ) (out : Int → σ → Int) (lo : Int) (start : σ) (c : List Int) :
    ∀ m : Nat, ahead step out c (lo + m) (orbit step lo start m) =
      shiftEval (fun m => out (lo + m) (orbit step lo start m)) c m := by
  induction c with
  | nil => intro m; rfl
  | cons c cs ih =>
    intro m
    simp only [ahead, shiftEval]
    have := ih (m + 1)
    rw [← this, show lo + ((m + 1 : Nat) : Int) = lo + m + 1 by omega]
    rfl

theorem after_orbit {σ : Type} (step : Int → σ → σ) (out : Int → σ → Int) (lo : Int) (start : σ) (k : Nat) :
    ∀ m : Nat, after step out k (lo + m) (orbit step lo start m) =
      out (lo + ((m + k : Nat) : Int)) (orbit step lo start (m + k)) := by
  induction k with
  | zero => intro m; rfl
  | succ k ih =>
    intro m
    have := ih (m + 1)
    rw [show m + 1 + k = m + (k + 1) by omega] at this
    rw [← this, show lo + ((m + 1 : Nat) : Int) = lo + m + 1 by omega]
    rfl

/-- What a loop puts out obeys the recurrence if it does from every state on. -/
theorem orbit_recurs {σ : Type} (c : List Int) (step : Int → σ → σ) (out : Int → σ → Int)
    (h : ∀ i s, ahead step out c i s = after step out c.length i s) (lo : Int) (start : σ) :
    Recurs c (fun m => out (lo + m) (orbit step lo start m)) := by
  intro m
  rw [← ahead_orbit, h, after_orbit]

theorem recurs_shift (c : List Int) (a : Nat → Int) (g : Nat) (h : Recurs c a) : Recurs c (fun n => a (n + g)) := by
  intro m
  have := h (m + g)
  have e : ∀ (ps : List Int) (m : Nat), shiftEval (fun n => a (n + g)) ps m = shiftEval a ps (m + g) := by
    intro ps
    induction ps with
    | nil => intro m; rfl
    | cons p ps ih => intro m; simp only [shiftEval, ih]; rw [show m + 1 + g = m + g + 1 by omega]
  rw [e, this]
  show a (m + g + c.length) = a (m + c.length + g)
  rw [show m + g + c.length = m + c.length + g by omega]

/-- d times the rule is what the loop puts out, after g terms and s turns more than terms. -/
theorem loop_is_rule {σ : Type} (c init : List Int) (step : Int → σ → σ) (out : Int → σ → Int) (lo : Int)
    (start : σ) (d : Int) (s g : Nat) (h : init.length = c.length ∧ 0 < c.length)
    (hr : ∀ i st, ahead step out c i st = after step out c.length i st)
    (h0 : ∀ j, j < c.length → out (lo + ((j + s : Nat) : Int)) (orbit step lo start (j + s)) = d * rule c init (j + g)) :
    ∀ t, out (lo + ((t + s : Nat) : Int)) (orbit step lo start (t + s)) = d * rule c init (t + g) := by
  intro t
  have h1 := recurs_shift c _ s (orbit_recurs c step out hr lo start)
  have h2 := recurs_shift c _ g (recurs_scale c _ d (rule_recurs c init h.1 h.2))
  exact recurs_unique c _ _ h1 h2 h0 t

/-- A program that gives the rule's values at first, and is the rule from the g-th term on, is the rule. -/
theorem program_all (a : V → V) (c init values : List Int) (first : Int) (g : Nat)
    (hp : programGives a first values = true) (hr : ruleGives c init values = true) (hg : g ≤ values.length)
    (h : ∀ t : Nat, a (.i (first + ((t + g : Nat) : Int))) = .i (rule c init (t + g))) :
    ∀ t : Nat, a (.i (first + t)) = .i (rule c init t) := by
  intro t
  by_cases ht : t < g
  · exact program_is_rule a c init values first hp hr t (by omega)
  · have := h (t - g)
    rw [show t - g + g = t by omega] at this
    exact this

end

end TraceToLean
