"""From a fitted rule to what Lean's kernel says of it, and the rung of evidence that this supports.

Beside pipeline.py because it strings stages together (trace, translate, verify). In the order of the story:

    fitted.py    what there is to begin with: a trace, the rule mined from it, the far value
    stated.py    what is stated: program and rule as a Lean document
    compared.py  at which indices program and rule are compared, and what Python itself says there
    asked.py     Lean is asked, and its verdicts are kept in the journal
    claimed.py   what may be claimed from the verdicts: what counts as verified, on one page
    prover.py    all of it in turn, and again with less where Lean could not follow the program
"""

from __future__ import annotations

from aimo_pipeline.proof.fitted import Fitted
from aimo_pipeline.proof.prover import Prover

__all__ = ["Fitted", "Prover"]
