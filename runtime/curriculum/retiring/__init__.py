"""Retiring: which rows leave the pool for good."""

from __future__ import annotations

from typing import ClassVar

from currc.runtime.component import Component


class Retiring(Component):
    """Says which training rows are drawn no more, from what becomes known of them."""

    retires: ClassVar[bool] = True
    """Whether any row ever leaves."""
