"""The report as one self-contained page: no script, no network, the same bytes for the same results."""
