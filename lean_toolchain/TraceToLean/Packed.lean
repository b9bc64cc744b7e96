module

public import TraceToLean.Sequence

/-! Polynomials packed into one number: what the kernel is fast at.

The kernel adds, multiplies and divides natural numbers with GMP and does everything else by rewriting. So a
polynomial with coefficients below M is one number, its value at B (Kronecker substitution), and a product of
two polynomials is one multiplication, whose coefficients B is large enough to keep apart. No axiom is
declared. -/

namespace TraceToLean

@[expose] public noncomputable section

/-- The polynomial's value at B. -/
def pack (B : Nat) (p : List Nat) : Nat :=
  List.rec (motive := fun _ => Nat) 0 (fun x _ ih => Nat.add x (Nat.mul B ih)) p

/-- The sum of the digits of P in base B, each modulo M and times its row, and of acc. -/
def weigh (B M : Nat) (rows : List Nat) : Nat → Nat → Nat :=
  List.rec (motive := fun _ => Nat → Nat → Nat) (fun _ acc => acc)
    (fun r _ ih P acc =>
      lit (Nat.div P B) fun Q => lit (Nat.add acc (Nat.mul (Nat.mod (Nat.mod P B) M) r)) fun acc => ih Q acc) rows

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

theorem allLe_conv {b d : Nat} (p q : List Nat) (hp : AllLe b p) (hq : AllLe d q) :
    AllLe (p.length * (b * d)) (conv p q) := by
  induction p with
  | nil => exact allLe_nil _
  | cons x p ih =>
    have h1 := allLe_scale (allLe_head hp) hq
    have h2 : AllLe (p.length * (b * d)) (0 :: conv p q) := allLe_cons (by omega) (ih (allLe_tail hp))
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

end

end TraceToLean
