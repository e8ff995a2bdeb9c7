"""From files to token arrays: sources, templates, splits, the gold guard, tokens."""
