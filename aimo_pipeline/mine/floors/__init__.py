"""Lines rounded down: floor(alpha n + beta), and which lines people take floors of."""
