"""Parts of `make proof`: a lab run, its capture, and what is held against what."""
