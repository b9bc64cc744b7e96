"""Rules that know the digits of n: k-regular sequences."""
