"""A stand-in for the competition's package, used by `check` where the user has not got the real one.

Written from what is known of the real one's behaviour, not from its text: modules that import each other both
as kaggle_evaluation.core and as top-level modules, an inference server on gRPC that the gateway, another
process, calls with one row at a time, and a submission that is put together only after the last row. It
imports what the real one imports, so that an environment which lacks one of these packages is found out.
"""
