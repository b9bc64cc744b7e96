"""What runs inside the fork server and its children, where nothing of the package but this folder exists.

Standard library only, apart from pyseccomp and what is preloaded for the programs. The parent side imports
`frames` from here and starts `main`; it runs nothing else of it.
"""
