"""Products, powers and towers, and maps from each term to the next."""
