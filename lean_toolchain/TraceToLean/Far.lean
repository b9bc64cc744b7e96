module

public import TraceToLean.Sequence

/-! Far terms modulo M by Kitamasa's method on packed polynomials: what the kernel is fast at.

The kernel adds, multiplies and divides natural numbers with GMP and does everything else by rewriting. So a
polynomial with coefficients below M is one number, its value at B (Kronecker substitution), and a product of
two polynomials is one multiplication. Its coefficients, which B is large enough to keep apart, are read off and
weighed with x^0, x^1, ... modulo the characteristic polynomial, packed likewise. `far_value` says that the
number that comes out is the definition's, for every recurrence, index and modulus. No axiom is declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- Hand a number over as a literal. -/
def lit {α : Type} (n : Nat) (k : Nat → α) : α :=
  Nat.rec (motive := fun _ => α) (k 0) (fun m _ => k (Nat.succ m)) n

theorem lit_eq {α : Type} (n : Nat) (k : Nat → α) : lit n k = k n := by cases n <;> rfl

/-- Hand a list of numbers over as literals. -/
def lits {α : Type} (xs : List Nat) : (List Nat → α) → α :=
  List.rec (motive := fun _ => (List Nat → α) → α) (fun k => k [])
    (fun x _ ih k => lit x fun x => ih fun xs => k (x :: xs)) xs

theorem lits_eq {α : Type} (xs : List Nat) : ∀ k : List Nat → α, lits xs k = k xs := by
  induction xs with
  | nil => intro k; rfl
  | cons x xs ih =>
    intro k
    show lit x (fun x => lits xs fun xs => k (x :: xs)) = _
    rw [lit_eq, ih]

/-- The polynomial's value at B. -/
def pack (B : Nat) (p : List Nat) : Nat :=
  List.rec (motive := fun _ => Nat) 0 (fun x _ ih => Nat.add x (Nat.mul B ih)) p

/-- The sum of the digits of P in base B, each modulo M and times its row, and of acc. -/
def weigh (B M : Nat) (rows : List Nat) : Nat → Nat → Nat :=
  List.rec (motive := fun _ => Nat → Nat → Nat) (fun _ acc => acc)
    (fun r _ ih P acc =>
      lit (Nat.div P B) fun Q => lit (Nat.add acc (Nat.mul (Nat.mod (Nat.mod P B) M) r)) fun acc => ih Q acc) rows

/-- The lowest k digits of P in base B, each modulo M, packed again. -/
def normal (B M k : Nat) : Nat → Nat :=
  Nat.rec (motive := fun _ => Nat → Nat) (fun _ => 0)
    (fun _ ih P => lit (Nat.div P B) fun Q => Nat.add (Nat.mod (Nat.mod P B) M) (Nat.mul B (ih Q))) k

/-- r times x, x^2, ..., given the rows of x, ..., x^k. -/
def rowsAfter (B M k : Nat) (shifted : List Nat) (count : Nat) : Nat → List Nat :=
  Nat.rec (motive := fun _ => Nat → List Nat) (fun _ => [])
    (fun _ ih r => lit (normal B M k (weigh B M shifted r 0)) fun s => s :: ih s) count

/-- x^s, x^(s + 1), ..., x^(s + count - 1), packed. -/
def monomials (B count : Nat) : Nat → List Nat :=
  Nat.rec (motive := fun _ => Nat → List Nat) (fun _ => [])
    (fun _ ih s => Nat.pow B s :: ih (Nat.succ s)) count

/-- x^n modulo the characteristic polynomial and M, packed; the bits of n, highest first, go on from p. -/
def farPower (B M k : Nat) (rows : List Nat) (bits : List Bool) : Nat → Nat :=
  List.rec (motive := fun _ => Nat → Nat) (fun p => p)
    (fun b _ ih p =>
      lit (Nat.mul p p) fun q =>
      lit (normal B M k (weigh B M rows (cond b (Nat.mul B q) q) 0)) ih) bits

def residues (M : Nat) (xs : List Int) : List Nat := xs.map fun x => (x % (M : Int)).toNat

/-- a(n) modulo M. -/
def farValue (B M : Nat) (c init : List Int) (bits : List Bool) : Nat :=
  let k := c.length
  lits (residues M c) fun c' =>
  lit (pack B c') fun top =>
  lits (monomials B k 0) fun low =>
  lits (low.tail ++ [top]) fun shifted =>
  lits (low ++ top :: rowsAfter B M k shifted (k - 1) top) fun rows =>
  lits (residues M init) fun init' =>
  Nat.mod (weigh B M init' (farPower B M k rows bits (Nat.mod 1 M)) 0) M

/-! ### Packed polynomials -/

def addLists : List Nat → List Nat → List Nat
  | [], q => q
  | p, [] => p
  | x :: p, y :: q => (x + y) :: addLists p q

def scale (x : Nat) (p : List Nat) : List Nat := p.map (x * ·)

def conv : List Nat → List Nat → List Nat
  | [], _ => []
  | x :: p, q => addLists (scale x q) (0 :: conv p q)

theorem pack_cons (B x : Nat) (p : List Nat) : pack B (x :: p) = x + B * pack B p := rfl
theorem pack_nil (B : Nat) : pack B [] = 0 := rfl

theorem pack_add (B : Nat) (p : List Nat) : ∀ q, pack B (addLists p q) = pack B p + pack B q := by
  induction p with
  | nil => intro q; simp [addLists, pack_nil]
  | cons x p ih =>
    intro q
    cases q with
    | nil => simp [addLists, pack_nil]
    | cons y q => simp only [addLists, pack_cons, ih]; grind

theorem pack_scale (B x : Nat) (p : List Nat) : pack B (scale x p) = x * pack B p := by
  induction p with
  | nil => simp [scale, pack_nil]
  | cons y p ih =>
    have h : scale x (y :: p) = (x * y) :: scale x p := rfl
    rw [h, pack_cons, pack_cons, ih]; grind

theorem pack_conv (B : Nat) (p q : List Nat) : pack B (conv p q) = pack B p * pack B q := by
  induction p with
  | nil => simp [conv, pack_nil]
  | cons x p ih => simp only [conv, pack_add, pack_scale, pack_cons, ih]; grind

/-! ### Bounds -/

def AllLe (b : Nat) (p : List Nat) : Prop := ∀ x, x ∈ p → x ≤ b

theorem allLe_nil (b : Nat) : AllLe b [] := by intro x h; simp at h

theorem allLe_cons {b x : Nat} {p : List Nat} (hx : x ≤ b) (hp : AllLe b p) : AllLe b (x :: p) := by
  intro y hy
  cases List.mem_cons.mp hy with
  | inl h => omega
  | inr h => exact hp y h

theorem allLe_head {b x : Nat} {p : List Nat} (h : AllLe b (x :: p)) : x ≤ b := h x (by simp)
theorem allLe_tail {b x : Nat} {p : List Nat} (h : AllLe b (x :: p)) : AllLe b p :=
  fun y hy => h y (by simp [hy])

theorem allLe_mono {b d : Nat} {p : List Nat} (h : AllLe b p) (hbd : b ≤ d) : AllLe d p :=
  fun x hx => Nat.le_trans (h x hx) hbd

theorem allLe_add {b d : Nat} (p : List Nat) : ∀ q, AllLe b p → AllLe d q → AllLe (b + d) (addLists p q) := by
  induction p with
  | nil => intro q _ hq; simpa [addLists] using allLe_mono hq (by omega)
  | cons x p ih =>
    intro q hp hq
    cases q with
    | nil => simpa [addLists] using allLe_mono hp (by omega)
    | cons y q =>
      have := allLe_head hp
      have := allLe_head hq
      exact allLe_cons (by omega) (ih q (allLe_tail hp) (allLe_tail hq))

theorem allLe_scale {x y b : Nat} {p : List Nat} (hx : x ≤ y) (hp : AllLe b p) : AllLe (y * b) (scale x p) := by
  intro z hz
  obtain ⟨w, hw, rfl⟩ := List.mem_map.mp hz
  exact Nat.mul_le_mul hx (hp w hw)

theorem allLe_conv {b : Nat} (p q : List Nat) (hp : AllLe b p) (hq : AllLe b q) :
    AllLe (p.length * (b * b)) (conv p q) := by
  induction p with
  | nil => exact allLe_nil _
  | cons x p ih =>
    have h1 := allLe_scale (allLe_head hp) hq
    have h2 : AllLe (p.length * (b * b)) (0 :: conv p q) := allLe_cons (by omega) (ih (allLe_tail hp))
    have := allLe_add _ _ h1 h2
    simp only [conv, List.length_cons]
    exact allLe_mono this (by grind)

theorem length_add (p : List Nat) : ∀ q n, p.length ≤ n → q.length ≤ n → (addLists p q).length ≤ n := by
  induction p with
  | nil => intro q n _ h; simpa [addLists] using h
  | cons x p ih =>
    intro q n hp hq
    cases q with
    | nil => simpa [addLists] using hp
    | cons y q =>
      simp only [addLists, List.length_cons] at *
      have := ih q (n - 1) (by omega) (by omega)
      omega

theorem length_conv (p q : List Nat) : (conv p q).length ≤ p.length + (q.length - 1) := by
  induction p with
  | nil => simp [conv]
  | cons x p ih =>
    have h : (scale x q).length = q.length := by simp [scale]
    simp only [conv]
    exact length_add _ _ _ (by simp only [h, List.length_cons]; omega) (by simp only [List.length_cons]; omega)

/-! ### Digits -/

theorem digit {B x : Nat} (h : x < B) (t : Nat) : (x + B * t) % B = x ∧ (x + B * t) / B = t := by
  constructor
  · rw [Nat.add_mul_mod_self_left, Nat.mod_eq_of_lt h]
  · rw [Nat.add_mul_div_left _ _ (by omega), Nat.div_eq_of_lt h, Nat.zero_add]

def lincomb (M : Nat) : List Nat → List Nat → Nat
  | [], _ => 0
  | _ :: _, [] => 0
  | x :: d, r :: rows => (x % M) * r + lincomb M d rows

theorem weigh_cons (B M r : Nat) (rows : List Nat) (P acc : Nat) :
    weigh B M (r :: rows) P acc = weigh B M rows (P / B) (acc + P % B % M * r) := by
  show lit (P / B) (fun Q => lit (acc + P % B % M * r) fun acc => weigh B M rows Q acc) = _
  rw [lit_eq, lit_eq]

theorem weigh_zero (B M : Nat) (rows : List Nat) : ∀ acc, weigh B M rows 0 acc = acc := by
  induction rows with
  | nil => intro acc; rfl
  | cons r rows ih => intro acc; rw [weigh_cons]; simpa using ih acc

theorem weigh_pack (B M b : Nat) (hb : b < B) (rows : List Nat) :
    ∀ d acc, AllLe b d → d.length ≤ rows.length →
      weigh B M rows (pack B d) acc = acc + lincomb M d rows := by
  induction rows with
  | nil =>
    intro d acc _ hl
    cases d with
    | nil => rfl
    | cons x d => simp at hl
  | cons r rows ih =>
    intro d acc hd hl
    cases d with
    | nil => rw [pack_nil, weigh_zero]; simp [lincomb]
    | cons x d =>
      have hx := allLe_head hd
      have hdig := digit (B := B) (x := x) (by omega) (pack B d)
      rw [weigh_cons, pack_cons, hdig.1, hdig.2, ih d _ (allLe_tail hd) (by simpa using hl)]
      simp only [lincomb]; omega

theorem normal_succ (B M k P : Nat) :
    normal B M (k + 1) P = P % B % M + B * normal B M k (P / B) := by
  show lit (P / B) (fun Q => P % B % M + B * normal B M k Q) = _
  rw [lit_eq]

theorem normal_pack (B M b : Nat) (hb : b < B) (k : Nat) :
    ∀ d, AllLe b d → d.length ≤ k → normal B M k (pack B d) = pack B (d.map (· % M)) := by
  induction k with
  | zero =>
    intro d _ hl
    cases d with
    | nil => rfl
    | cons x d => simp at hl
  | succ k ih =>
    intro d hd hl
    cases d with
    | nil =>
      have : normal B M k (pack B []) = pack B [] := ih [] (allLe_nil _) (by simp)
      rw [pack_nil] at this
      rw [normal_succ]; simp [pack_nil, this]
    | cons x d =>
      have hx := allLe_head hd
      have hdig := digit (B := B) (x := x) (by omega) (pack B d)
      rw [normal_succ, pack_cons, hdig.1, hdig.2, ih d (allLe_tail hd) (by simpa using hl)]
      rfl

/-! ### What packed polynomials mean -/

def cast (p : List Nat) : List Int := p.map Int.ofNat

theorem cast_cons (x : Nat) (p : List Nat) : cast (x :: p) = (x : Int) :: cast p := rfl
theorem length_cast (p : List Nat) : (cast p).length = p.length := by simp [cast]

theorem cast_add (p : List Nat) : ∀ q, cast (addLists p q) = padAdd (cast p) (cast q) := by
  induction p with
  | nil => intro q; simp [addLists, cast, padAdd]
  | cons x p ih =>
    intro q
    cases q with
    | nil => simp [addLists, cast, padAdd]
    | cons y q => simp only [addLists, cast_cons, padAdd, ih]; simp

theorem cast_scale (x : Nat) (p : List Nat) : cast (scale x p) = (cast p).map ((x : Int) * ·) := by
  induction p with
  | nil => rfl
  | cons y p ih =>
    have h : scale x (y :: p) = (x * y) :: scale x p := rfl
    rw [h, cast_cons, ih, cast_cons, List.map_cons]; simp

theorem cast_mod (M : Nat) (p : List Nat) : cast (p.map (· % M)) = (cast p).map (· % (M : Int)) := by
  induction p with
  | nil => rfl
  | cons y p ih => rw [List.map_cons, cast_cons, ih, cast_cons, List.map_cons]; simp

/-- P is a polynomial with coefficients up to b and fewer than k + 1 of them, which stands for x^e. -/
def Means (a : Nat → Int) (B M k b : Nat) (P e : Nat) : Prop :=
  ∃ p, p.length ≤ k ∧ AllLe b p ∧ pack B p = P ∧ Stands a M (cast p) e

theorem conv_stands (a : Nat → Int) (M : Int) (p : List Nat) (q : List Nat) (f : Nat) (hq : Stands a M (cast q) f) :
    ∀ m, ∃ t, shiftEval a (cast (conv p q)) m = shiftEval a (cast p) (m + f) + M * t := by
  induction p with
  | nil => intro m; exact ⟨0, by simp [conv, cast, shiftEval]⟩
  | cons x p ih =>
    intro m
    obtain ⟨t, ht⟩ := hq m
    obtain ⟨u, hu⟩ := ih (m + 1)
    refine ⟨x * t + u, ?_⟩
    simp only [conv, cast_add, cast_scale, cast_cons, shiftEval_padAdd, shiftEval_map_mul, shiftEval, ht, hu]
    rw [show m + 1 + f = m + f + 1 by omega]
    grind

/-- The same rows as lists, for what they mean. -/
def combine (M : Nat) : List Nat → List (List Nat) → List Nat
  | [], _ => []
  | _ :: _, [] => []
  | x :: d, r :: rows => addLists (scale (x % M) r) (combine M d rows)

theorem pack_combine (B M : Nat) (d : List Nat) :
    ∀ rows, pack B (combine M d rows) = lincomb M d (rows.map (pack B)) := by
  induction d with
  | nil => intro rows; simp [combine, lincomb, pack_nil]
  | cons x d ih =>
    intro rows
    cases rows with
    | nil => simp [combine, lincomb, pack_nil]
    | cons r rows => simp only [combine, List.map_cons, lincomb, pack_add, pack_scale, ih]

theorem combine_bounds (M k : Nat) (hM : 0 < M) (d : List Nat) :
    ∀ rows : List (List Nat), (∀ r, r ∈ rows → r.length ≤ k ∧ AllLe M r) →
      (combine M d rows).length ≤ k ∧ AllLe (d.length * (M * M)) (combine M d rows) := by
  induction d with
  | nil => intro rows _; exact ⟨by simp [combine], allLe_nil _⟩
  | cons x d ih =>
    intro rows h
    cases rows with
    | nil => exact ⟨by simp [combine], allLe_nil _⟩
    | cons r rows =>
      have hr := h r (by simp)
      have hs := ih rows (fun s hs => h s (by simp [hs]))
      have hx : x % M ≤ M := Nat.le_of_lt (Nat.mod_lt _ hM)
      refine ⟨length_add _ _ _ (by simpa [scale] using hr.1) hs.1, ?_⟩
      have := allLe_add _ _ (allLe_scale hx hr.2) hs.2
      simp only [combine, List.length_cons]
      exact allLe_mono this (by grind)

/-- The j-th row stands for x^(s + j). -/
def RowsFrom (a : Nat → Int) (M : Nat) : List (List Nat) → Nat → Prop
  | [], _ => True
  | r :: rows, s => Stands a M (cast r) s ∧ RowsFrom a M rows (s + 1)

theorem combine_stands (a : Nat → Int) (M : Nat) (d : List Nat) :
    ∀ rows s, d.length ≤ rows.length → RowsFrom a M rows s →
      ∀ m, ∃ t, shiftEval a (cast (combine M d rows)) m = shiftEval a (cast d) (m + s) + (M : Int) * t := by
  induction d with
  | nil => intro rows s _ _ m; exact ⟨0, by simp [combine, cast, shiftEval]⟩
  | cons x d ih =>
    intro rows s hl h m
    cases rows with
    | nil => simp at hl
    | cons r rows =>
      obtain ⟨t, ht⟩ := h.1 m
      obtain ⟨u, hu⟩ := ih rows (s + 1) (by simpa using hl) h.2 m
      have hx : ((x % M : Nat) : Int) = (x : Int) - M * ((x : Int) / M) := by
        have := Int.emod_add_mul_ediv (x : Int) (M : Int)
        simp; omega
      refine ⟨((x % M : Nat) : Int) * t + u - ((x : Int) / M) * a (m + s), ?_⟩
      simp only [combine, cast_add, cast_scale, cast_cons, shiftEval_padAdd, shiftEval_map_mul, shiftEval, ht, hu]
      rw [show m + (s + 1) = m + s + 1 by omega]
      generalize ((x % M : Nat) : Int) = y at *
      subst hx
      grind

/-- Weighing the digits of d with rows and normalising gives what d means, in k coefficients below M. -/
theorem weighed (a : Nat → Int) (B M k : Nat) (hM : 0 < M) (hB : 2 * k * (M * M) < B) (rows : List (List Nat))
    (hrows : ∀ r, r ∈ rows → r.length ≤ k ∧ AllLe M r) (s : Nat) (hs : RowsFrom a M rows s)
    (hk : rows.length ≤ 2 * k) (d : List Nat) (hd : AllLe (k * (M * M)) d) (hl : d.length ≤ rows.length) :
    ∃ p, p.length ≤ k ∧ AllLe M p ∧ pack B p = normal B M k (weigh B M (rows.map (pack B)) (pack B d) 0) ∧
      ∀ m, ∃ t, shiftEval a (cast p) m = shiftEval a (cast d) (m + s) + (M : Int) * t := by
  have hkB : k * (M * M) < B := by
    have : k * (M * M) ≤ 2 * k * (M * M) := Nat.mul_le_mul_right _ (by omega)
    omega
  have hb := combine_bounds M k hM d rows hrows
  have hdB : d.length * (M * M) < B := by
    have : d.length * (M * M) ≤ 2 * k * (M * M) := Nat.mul_le_mul_right _ (by omega)
    omega
  refine ⟨(combine M d rows).map (· % M), by simpa using hb.1, ?_, ?_, ?_⟩
  · intro x hx
    obtain ⟨y, _, rfl⟩ := List.mem_map.mp hx
    exact Nat.le_of_lt (Nat.mod_lt _ hM)
  · rw [weigh_pack B M _ hkB _ d 0 hd (by simpa using hl), Nat.zero_add, ← pack_combine,
      normal_pack B M _ hdB k _ hb.2 hb.1]
  · intro m
    obtain ⟨t, ht⟩ := shiftEval_mod a M (cast (combine M d rows)) m
    obtain ⟨u, hu⟩ := combine_stands a M d rows s hl hs m
    exact ⟨u + t, by rw [cast_mod, ht, hu]; grind⟩

/-! ### The rows -/

def unit (j : Nat) : List Nat := List.replicate j 0 ++ [1]

theorem pack_unit (B j : Nat) : pack B (unit j) = B ^ j := by
  induction j with
  | zero => simp [unit, pack_cons, pack_nil]
  | succ j ih =>
    have : unit (j + 1) = 0 :: unit j := by simp [unit, List.replicate_succ]
    rw [this, pack_cons, ih, Nat.pow_succ]; grind

theorem unit_stands (a : Nat → Int) (M : Int) (j : Nat) : Stands a M (cast (unit j)) j := by
  intro m
  refine ⟨0, ?_⟩
  induction j generalizing m with
  | zero => simp [unit, cast, shiftEval]
  | succ j ih =>
    have : unit (j + 1) = 0 :: unit j := by simp [unit, List.replicate_succ]
    rw [this, cast_cons]
    simp only [shiftEval]
    rw [ih (m + 1), show m + 1 + j = m + (j + 1) by omega]
    simp

def units : Nat → Nat → List (List Nat)
  | 0, _ => []
  | count + 1, s => unit s :: units count (s + 1)

theorem units_pack (B count : Nat) : ∀ s, (units count s).map (pack B) = monomials B count s := by
  induction count with
  | zero => intro s; rfl
  | succ count ih =>
    intro s
    show pack B (unit s) :: (units count (s + 1)).map (pack B) = B ^ s :: monomials B count (s + 1)
    rw [ih, pack_unit]

theorem units_rows (a : Nat → Int) (M count : Nat) : ∀ s, RowsFrom a M (units count s) s := by
  induction count with
  | zero => intro s; trivial
  | succ count ih => intro s; exact ⟨unit_stands a M s, ih (s + 1)⟩

theorem units_length (count : Nat) : ∀ s, (units count s).length = count := by
  induction count with
  | zero => intro s; rfl
  | succ count ih => intro s; simp [units, ih]

theorem units_bounds (M count k : Nat) (hM : 0 < M) :
    ∀ s, s + count ≤ k → ∀ r, r ∈ units count s → r.length ≤ k ∧ AllLe M r := by
  induction count with
  | zero => intro s _ r hr; simp [units] at hr
  | succ count ih =>
    intro s hs r hr
    cases List.mem_cons.mp hr with
    | inl h =>
      subst h
      refine ⟨by simp [unit]; omega, ?_⟩
      intro x hx
      simp [unit] at hx
      omega
    | inr h => exact ih (s + 1) (by omega) r h

theorem rows_append (a : Nat → Int) (M : Nat) (p : List (List Nat)) :
    ∀ q s, RowsFrom a M p s → RowsFrom a M q (s + p.length) → RowsFrom a M (p ++ q) s := by
  induction p with
  | nil => intro q s _ h; simpa using h
  | cons r p ih =>
    intro q s hp hq
    refine ⟨hp.1, ih q (s + 1) hp.2 ?_⟩
    rw [show s + 1 + p.length = s + (r :: p).length by simp; omega]
    exact hq

theorem after_rows (a : Nat → Int) (B M k : Nat) (hM : 0 < M) (hB : 2 * k * (M * M) < B)
    (shifted : List (List Nat)) (hsh : ∀ r, r ∈ shifted → r.length ≤ k ∧ AllLe M r)
    (hone : RowsFrom a M shifted 1) (hlen : shifted.length = k) (hk : 0 < k) (count : Nat) :
    ∀ (r : List Nat) (s : Nat), r.length ≤ k → AllLe M r → Stands a M (cast r) s →
      ∃ rows, rows.map (pack B) = rowsAfter B M k (shifted.map (pack B)) count (pack B r) ∧
        rows.length = count ∧ RowsFrom a M rows (s + 1) ∧ ∀ q, q ∈ rows → q.length ≤ k ∧ AllLe M q := by
  induction count with
  | zero => intro r s _ _ _; exact ⟨[], rfl, rfl, trivial, by simp⟩
  | succ count ih =>
    intro r s hr hb hs
    have hMM : M ≤ k * (M * M) := by
      have h1 : M * 1 ≤ M * M := Nat.mul_le_mul_left _ hM
      have h2 : 1 * (M * M) ≤ k * (M * M) := Nat.mul_le_mul_right _ hk
      omega
    obtain ⟨p, hp1, hp2, hp3, hp4⟩ := weighed a B M k hM hB shifted hsh 1 hone (by omega) r
      (allLe_mono hb hMM) (by omega)
    have hstand : Stands a M (cast p) (s + 1) := by
      intro m
      obtain ⟨t, ht⟩ := hp4 m
      obtain ⟨u, hu⟩ := hs (m + 1)
      exact ⟨u + t, by rw [ht, hu, show m + 1 + s = m + (s + 1) by omega]; grind⟩
    obtain ⟨rows, h1, h2, h3, h4⟩ := ih p (s + 1) hp1 hp2 hstand
    refine ⟨p :: rows, ?_, by simp [h2], ⟨hstand, h3⟩, ?_⟩
    · show pack B p :: rows.map (pack B) =
        lit (normal B M k (weigh B M (shifted.map (pack B)) (pack B r) 0)) fun q =>
          q :: rowsAfter B M k (shifted.map (pack B)) count q
      rw [lit_eq, h1, hp3]
    · intro q hq
      cases List.mem_cons.mp hq with
      | inl h => subst h; exact ⟨hp1, hp2⟩
      | inr h => exact h4 q h

theorem residues_cast (M : Nat) (hM : 0 < M) (xs : List Int) : cast (residues M xs) = xs.map (· % (M : Int)) := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    have h : residues M (x :: xs) = (x % (M : Int)).toNat :: residues M xs := rfl
    rw [h, cast_cons, ih, List.map_cons]
    have : 0 ≤ x % (M : Int) := Int.emod_nonneg _ (by omega)
    rw [Int.toNat_of_nonneg this]

theorem residues_bound (M : Nat) (hM : 0 < M) (xs : List Int) : AllLe M (residues M xs) := by
  intro y hy
  obtain ⟨x, _, rfl⟩ := List.mem_map.mp hy
  have h1 : x % (M : Int) < M := Int.emod_lt_of_pos _ (by omega)
  omega

/-! ### Powering -/

theorem farPower_cons (B M k : Nat) (rows : List Nat) (b : Bool) (bits : List Bool) (p : Nat) :
    farPower B M k rows (b :: bits) p =
      farPower B M k rows bits (normal B M k (weigh B M rows (cond b (B * (p * p)) (p * p)) 0)) := by
  show lit (p * p) (fun q => lit (normal B M k (weigh B M rows (cond b (B * q) q) 0)) (farPower B M k rows bits)) = _
  rw [lit_eq, lit_eq]

theorem farPower_means (a : Nat → Int) (B M k : Nat) (hM : 0 < M) (hB : 2 * k * (M * M) < B)
    (rows : List (List Nat)) (hrows : ∀ r, r ∈ rows → r.length ≤ k ∧ AllLe M r) (hs : RowsFrom a M rows 0)
    (hlen : rows.length = 2 * k) (hk : 0 < k) (bits : List Bool) :
    ∀ (P e : Nat), Means a B M k M P e →
      Means a B M k M (farPower B M k (rows.map (pack B)) bits P)
        (bits.foldl (fun e b => if b then 2 * e + 1 else 2 * e) e) := by
  induction bits with
  | nil => intro P e h; exact h
  | cons b bits ih =>
    intro P e ⟨p, hp1, hp2, hp3, hp4⟩
    rw [farPower_cons, List.foldl_cons]
    refine ih _ _ ?_
    have hc := allLe_conv p p hp2 hp2
    have hc' : AllLe (k * (M * M)) (conv p p) := allLe_mono hc (Nat.mul_le_mul_right _ hp1)
    have hl := length_conv p p
    have hconv : Stands a M (cast (conv p p)) (2 * e) := by
      intro m
      obtain ⟨t, ht⟩ := conv_stands a M p p e hp4 m
      obtain ⟨u, hu⟩ := hp4 (m + e)
      exact ⟨u + t, by rw [ht, hu, show m + e + e = m + 2 * e by omega]; grind⟩
    cases b with
    | false =>
      obtain ⟨q, h1, h2, h3, h4⟩ := weighed a B M k hM hB rows hrows 0 hs (by omega) (conv p p) hc' (by omega)
      refine ⟨q, h1, h2, by rw [h3, pack_conv, hp3]; rfl, ?_⟩
      intro m
      obtain ⟨t, ht⟩ := h4 m
      obtain ⟨u, hu⟩ := hconv m
      exact ⟨u + t, by simp at ht; rw [ht, hu]; simp; grind⟩
    | true =>
      have hl2 : (0 :: conv p p).length ≤ rows.length := by
        simp only [List.length_cons]
        omega
      obtain ⟨q, h1, h2, h3, h4⟩ := weighed a B M k hM hB rows hrows 0 hs (by omega) (0 :: conv p p)
        (allLe_cons (by omega) hc') hl2
      refine ⟨q, h1, h2, by rw [h3, pack_cons, pack_conv, hp3, Nat.zero_add]; rfl, ?_⟩
      intro m
      obtain ⟨t, ht⟩ := h4 m
      obtain ⟨u, hu⟩ := hconv (m + 1)
      refine ⟨u + t, ?_⟩
      rw [ht, cast_cons]
      simp only [shiftEval, Nat.add_zero]
      rw [hu]
      simp only [if_true, show m + (2 * e + 1) = m + 1 + 2 * e by omega]
      grind

/-! ### The value -/

theorem lincomb_value (a : Nat → Int) (M : Nat) (hM : 0 < M) (d : List Nat) :
    ∀ (init : List Int) (s : Nat), d.length ≤ init.length → (∀ j, j < d.length → init[j]? = some (a (s + j))) →
      ∃ t, ((lincomb M d (residues M init) : Nat) : Int) = shiftEval a (cast d) s + (M : Int) * t := by
  induction d with
  | nil => intro init s _ _; exact ⟨0, by simp [lincomb, cast, shiftEval]⟩
  | cons x d ih =>
    intro init s hl h
    cases init with
    | nil => simp at hl
    | cons y init =>
      have h0 := h 0 (by simp)
      simp at h0
      obtain ⟨t, ht⟩ := ih init (s + 1) (by simpa using hl) (by
        intro j hj
        have := h (j + 1) (by simp; omega)
        simp at this
        rw [this]
        congr 2
        omega)
      have hr : residues M (y :: init) = (y % (M : Int)).toNat :: residues M init := rfl
      have hy : (((y % (M : Int)).toNat : Nat) : Int) = y - M * (y / M) := by
        have h1 := Int.emod_add_mul_ediv y (M : Int)
        have h2 : 0 ≤ y % (M : Int) := Int.emod_nonneg _ (by omega)
        rw [Int.toNat_of_nonneg h2]
        omega
      have hx : ((x % M : Nat) : Int) = (x : Int) - M * ((x : Int) / M) := by
        have := Int.emod_add_mul_ediv (x : Int) (M : Int)
        simp; omega
      rw [hr]
      simp only [lincomb, cast_cons, shiftEval]
      rw [Int.natCast_add, Int.natCast_mul, ht, hx, hy, h0]
      refine ⟨t - (x : Int) * (a s / M) - (x : Int) / M * (a s - M * (a s / M)), ?_⟩
      grind

theorem farValue_eq (B M : Nat) (c init : List Int) (bits : List Bool) :
    farValue B M c init bits =
      weigh B M (residues M init) (farPower B M c.length
        (monomials B c.length 0 ++ pack B (residues M c) :: rowsAfter B M c.length
          ((monomials B c.length 0).tail ++ [pack B (residues M c)]) (c.length - 1) (pack B (residues M c)))
        bits (1 % M)) 0 % M := by
  simp only [farValue, lits_eq, lit_eq]
  rfl

/-- What `farValue` computes is the definition, modulo M, for every recurrence, index and modulus. -/
theorem far_value (c init : List Int) (B M v : Nat) (bits : List Bool) (n : Nat)
    (h : init.length = c.length ∧ 0 < c.length) (hn : ofBits bits = n)
    (hM : 0 < M) (hB : 2 * c.length * (M * M) < B) (hv : Nat.beq (farValue B M c init bits) v = true) :
    rule c init n % (M : Int) = v := by
  have ha := rule_recurs c init h.1 h.2
  have hk := h.2
  have hc1 : (residues M c).length = c.length := by simp [residues]
  have hc2 := residues_bound M hM c
  have htop : Stands (rule c init) M (cast (residues M c)) c.length := by
    intro m
    rw [residues_cast M hM]
    obtain ⟨t, ht⟩ := shiftEval_mod (rule c init) M c m
    exact ⟨t, by rw [ht, ha m]⟩
  have htail : (monomials B c.length 0).tail = (units (c.length - 1) 1).map (pack B) := by
    have : c.length = c.length - 1 + 1 := by omega
    rw [this, ← units_pack]
    rfl
  have hshl : (units (c.length - 1) 1 ++ [residues M c]).length = c.length := by
    simp [units_length]; omega
  have hsh : ∀ r, r ∈ units (c.length - 1) 1 ++ [residues M c] → r.length ≤ c.length ∧ AllLe M r := by
    intro r hr
    cases List.mem_append.mp hr with
    | inl h => exact units_bounds M _ _ hM 1 (by omega) r h
    | inr h => simp at h; subst h; exact ⟨by omega, hc2⟩
  have hone : RowsFrom (rule c init) M (units (c.length - 1) 1 ++ [residues M c]) 1 := by
    refine rows_append _ _ _ _ _ (units_rows _ _ _ _) ⟨?_, trivial⟩
    rw [units_length, show 1 + (c.length - 1) = c.length by omega]
    exact htop
  obtain ⟨more, m1, m2, m3, m4⟩ := after_rows (rule c init) B M c.length hM hB _ hsh hone hshl hk
    (c.length - 1) (residues M c) c.length (by omega) hc2 htop
  have hrows : RowsFrom (rule c init) M (units c.length 0 ++ residues M c :: more) 0 := by
    refine rows_append _ _ _ _ _ (units_rows _ _ _ _) ?_
    rw [units_length, Nat.zero_add]
    exact ⟨htop, m3⟩
  have hbounds : ∀ r, r ∈ units c.length 0 ++ residues M c :: more → r.length ≤ c.length ∧ AllLe M r := by
    intro r hr
    cases List.mem_append.mp hr with
    | inl h => exact units_bounds M _ _ hM 0 (by omega) r h
    | inr h =>
      cases List.mem_cons.mp h with
      | inl h => subst h; exact ⟨by omega, hc2⟩
      | inr h => exact m4 r h
  have hlen : (units c.length 0 ++ residues M c :: more).length = 2 * c.length := by
    simp [units_length, m2]; omega
  have hone' : Means (rule c init) B M c.length M (1 % M) 0 := by
    refine ⟨[1 % M], by simp; omega, allLe_cons (Nat.le_of_lt (Nat.mod_lt _ hM)) (allLe_nil _), by simp [pack_cons, pack_nil], ?_⟩
    intro m
    have hx : ((1 % M : Nat) : Int) = 1 - M * (1 / (M : Int)) := by
      have := Int.emod_add_mul_ediv 1 (M : Int)
      simp; omega
    refine ⟨-(1 / (M : Int)) * rule c init m, ?_⟩
    rw [cast_cons, hx]
    simp only [cast, List.map_nil, shiftEval, Nat.add_zero]
    grind
  obtain ⟨p, p1, p2, p3, p4⟩ := farPower_means (rule c init) B M c.length hM hB _ hbounds hrows hlen hk bits _ _ hone'
  have hmap : (units c.length 0 ++ residues M c :: more).map (pack B) =
      monomials B c.length 0 ++ pack B (residues M c) :: rowsAfter B M c.length
          ((monomials B c.length 0).tail ++ [pack B (residues M c)]) (c.length - 1) (pack B (residues M c)) := by
    rw [List.map_append, units_pack, List.map_cons, m1, htail, List.map_append]
    rfl
  rw [hmap] at p3
  have hv' := Nat.eq_of_beq_eq_true hv
  have hMB : M < B := by
    have h1 : M * 1 ≤ M * M := Nat.mul_le_mul_left _ hM
    have h2 : 1 * (M * M) ≤ 2 * c.length * (M * M) := Nat.mul_le_mul_right _ (by omega)
    omega
  rw [farValue_eq, ← p3, weigh_pack B M M hMB _ p 0 p2 (by simp [residues]; omega), Nat.zero_add] at hv'
  have hn' : bits.foldl (fun e b => if b then 2 * e + 1 else 2 * e) 0 = n := hn
  rw [hn'] at p4
  obtain ⟨t, ht⟩ := p4 0
  obtain ⟨u, hu⟩ := lincomb_value (rule c init) M hM p init 0 (by omega) (by
    intro j hj
    have := window_get c init h.1 h.2 j 0 (by omega)
    simpa [window] using this)
  rw [Nat.zero_add] at ht
  have e : rule c init n = ((lincomb M p (residues M init) : Nat) : Int) + (M : Int) * (-u - t) := by
    rw [hu, ht]; grind
  rw [e, Int.add_mul_emod_self_left, ← hv']
  simp

end

end TraceToLean
