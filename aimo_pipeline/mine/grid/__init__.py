"""Two-index tables: their rules, how they are found, cells far out."""
