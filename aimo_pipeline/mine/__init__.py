"""Mining: from a sequence to the rule behind it, and the rule's value far out."""

from aimo_pipeline.mine.base import CannotEvaluate
from aimo_pipeline.mine.far.evaluate import evaluate
from aimo_pipeline.mine.mine import mine
from aimo_pipeline.mine.trust.confirm import Confirmed, Contradicted, confirm

__all__ = ["CannotEvaluate", "Confirmed", "Contradicted", "confirm", "evaluate", "mine"]
