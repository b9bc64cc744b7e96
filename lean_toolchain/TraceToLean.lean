module

public import TraceToLean.Closed
public import TraceToLean.Code
public import TraceToLean.Compare
public import TraceToLean.Far
public import TraceToLean.Lists
public import TraceToLean.Loop
public import TraceToLean.Meaning
public import TraceToLean.Natural
public import TraceToLean.Packed
public import TraceToLean.PolyRun
public import TraceToLean.PolySum
public import TraceToLean.Power
public import TraceToLean.Roots
public import TraceToLean.Rules
public import TraceToLean.Sequence
public import TraceToLean.Slots
public import TraceToLean.Value

/-! What checks import: C-finite sequences with a proved fast evaluation, Python's values, loops, other rules,
closed forms. -/
