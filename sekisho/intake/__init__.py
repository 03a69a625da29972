"""Intake: the engagement folder as a hospital hands it over → plain values, or every problem at once."""
