"""One module per schema version of survey.db."""
