"""What computes a node: one module a kind, named like it, with `run(node, context)`."""

SCORES = "scores.json"
"""What an `evaluate` node leaves: status, cursor, per-row gold scores."""
