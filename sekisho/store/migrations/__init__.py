"""Alembic environment and versions of survey.db."""
