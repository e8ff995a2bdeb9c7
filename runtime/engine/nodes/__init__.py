"""What computes a node: one module a kind, named like it, with `run(node, context)`."""

ORDER = "order.arrow"
"""What an `order` node leaves: every draw of a stage."""
SCORES = "scores.json"
"""What an `evaluate` node leaves: status, cursor, per-row gold scores."""
WEIGHTS = "weights.npy"
"""What a `weigh` node leaves: the weights of every step, float64 [steps, K], tasks by their first names."""
