"""Where a problem goes first."""
