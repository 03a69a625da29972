"""The engine: plans jobs, runs them through the gate, records every try, resumes what was cut off."""
