"""Assessment: from inventory to findings, answers and the report. Pure; its clock is the run's."""
