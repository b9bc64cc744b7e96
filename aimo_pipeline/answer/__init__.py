"""From candidates and attempts to one integer that keeps the contract."""
