"""Tool-integrated reasoning: a model reasons, its code is run, it reads the output and goes on."""
