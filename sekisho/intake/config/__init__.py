"""engagement.toml: its grammar, its models, and its problems in the reader's language."""
