"""Results as people read them: the table, the lines under it, the model card."""
