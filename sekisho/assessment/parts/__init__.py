"""The parts of report.json, each made from what the survey found."""
