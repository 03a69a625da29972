"""Compares a survey's report with the truth of a scenario."""
