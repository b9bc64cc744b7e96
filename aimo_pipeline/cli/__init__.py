"""The command line, one module for each group of commands; importing a module adds its commands."""
