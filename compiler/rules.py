"""The rules that a spec is held to, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable

from currc.compiler.desk import Desk
from currc.compiler.spec import Spec

RULES: tuple[Callable[[Spec, Desk], None], ...] = ()
