"""From formulas and trace programs to Lean: trusted rendering, no model text reaches Lean."""

from aimo_pipeline.translate.program import CompiledProgram, compile_general, compile_program
from aimo_pipeline.translate.statement import Statement, translate

__all__ = ["CompiledProgram", "Statement", "compile_general", "compile_program", "translate"]
