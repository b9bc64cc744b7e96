"""What pipeline.py strings the stages together with: one problem's state, its events and its programs."""
