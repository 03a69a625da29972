"""Commands of the lab, one module each."""
