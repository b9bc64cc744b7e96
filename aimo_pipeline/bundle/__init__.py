"""What is packed here runs there, offline: wheels, Lean, the package and the notebook as Kaggle data sets.

`boot`, `mounts`, `install` and `manifest` run on the competition image's own Python before anything is
installed, so they import the standard library only.
"""
