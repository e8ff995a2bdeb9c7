"""From gold scores to an honest verdict: metrics, tests of differences, the rule that decides."""
