"""Mining: from a sequence to the rule behind it, and the rule's value far out."""

from aimo_pipeline.mine.far import CannotEvaluate, evaluate
from aimo_pipeline.mine.mine import mine

__all__ = ["CannotEvaluate", "evaluate", "mine"]
