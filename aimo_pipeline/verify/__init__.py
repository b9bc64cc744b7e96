"""Asks Lean: a typed document in, one verdict per theorem out."""
