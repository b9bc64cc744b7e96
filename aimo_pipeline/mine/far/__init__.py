"""Terms far out, modulo m or exactly, by the kind of rule."""
