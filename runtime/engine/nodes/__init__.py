"""What computes a node: one module a kind, named like it, with `run(node, context)`."""
