"""Cell parsers: one table cell → a value and what is to be said about it. Pure and total."""
