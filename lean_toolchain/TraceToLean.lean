module

public import TraceToLean.Sequence
public import TraceToLean.Value

/-! What every check imports: C-finite sequences with a proved fast evaluation, and Python's values. -/
