module

public import TraceToLean.Closed
public import TraceToLean.Compare
public import TraceToLean.Far
public import TraceToLean.Lists
public import TraceToLean.Loop
public import TraceToLean.Natural
public import TraceToLean.Packed
public import TraceToLean.Power
public import TraceToLean.Roots
public import TraceToLean.Rows
public import TraceToLean.Rules
public import TraceToLean.Sequence
public import TraceToLean.Value

/-! What checks import: C-finite sequences with a proved fast evaluation, Python's values, loops, other rules,
closed forms. -/
