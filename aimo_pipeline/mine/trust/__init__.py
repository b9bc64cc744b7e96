"""When to believe a rule: its evidence, its rivals, a wrong term that it took in, fresh terms."""
