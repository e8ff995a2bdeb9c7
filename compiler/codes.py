"""The codes of all complaints."""

from enum import Enum


class Code(Enum):
    """A code and its number."""

    UNKNOWN_NAME = "C0104"
