"""What ends a trial that learns nothing."""


class Diverged(Exception):
    """A loss or a gradient is not finite, and the step was not applied; or the loss has exploded."""
