"""survey.db and evidence/: what a run did and saw, written once, chained by hashes. Derived tables: none."""
