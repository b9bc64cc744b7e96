"""A whole run through the gateway while parts of it are killed, stopped, starved and lied to.

Nothing is imported here: the model's server under stress is a module of this package, and must be up again in
a moment.
"""
