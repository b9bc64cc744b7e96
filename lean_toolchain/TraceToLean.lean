module

public import TraceToLean.Far
public import TraceToLean.Loop
public import TraceToLean.Natural
public import TraceToLean.Rules
public import TraceToLean.Sequence
public import TraceToLean.Value

/-! What checks import: C-finite sequences with a proved fast evaluation, Python's values, loops, other
rules. -/
