"""Small cases: a model writes a brute-force program, a limited child process runs it."""
