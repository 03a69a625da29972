"""Lab of Sekisho: devices with known faults, and a score for what a survey found of them.

Independent of the toolkit on purpose: it reads report.json and truth.json, and imports nothing of it.
"""
