"""What build_submission.py is made of: all that happens before there is an environment, or around it.

Only the standard library is used here, and nothing of the package, whose libraries are not installed yet.

    told.py         what the user is told, and what is missing
    children.py     commands that are run; none outlives the one who called
    cache.py        folders under ~/.cache/aimo-pipeline, each made once
    environment.py  the Python environment, with pinned packages
    node.py         archives from npm, with the Node that the environment brings
    lean.py         the embedded Lean
    model.py        vLLM for the CPU with a small model, and gpt-oss's vocabulary
    dry_run.py      the notebook over a problem file
    progress.py     how far it is, from its journal
    passed_on.py    the other commands: the tests, any tool, and the package's own commands
"""
