"""Programs for developers of Sekisho; not shipped."""
