"""Rules that know the prime factors of n: multiplicative functions and sums over divisors."""
