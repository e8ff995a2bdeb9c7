"""The rules that a spec is held to, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable

from currc.compiler.desk import Desk
from currc.compiler.rules_arms import ARM_RULES
from currc.compiler.rules_classes import CLASS_RULES
from currc.compiler.rules_decide import DECIDE_RULES
from currc.compiler.rules_material import MATERIAL_RULES
from currc.compiler.rules_promotions import PROMOTION_RULES
from currc.compiler.rules_schedules import SCHEDULE_RULES
from currc.compiler.rules_scores import SCORE_RULES
from currc.compiler.rules_skills import SKILL_RULES
from currc.compiler.rules_unused import unused
from currc.compiler.spec import Spec

Rule = Callable[[Spec, Desk], None]
"""Adds what it finds to the desk's complaints; silent about what could not be read."""

RULES: tuple[Rule, ...] = (
    *MATERIAL_RULES,
    *SCHEDULE_RULES,
    *CLASS_RULES,
    *SCORE_RULES,
    *PROMOTION_RULES,
    *SKILL_RULES,
    *ARM_RULES,
    *DECIDE_RULES,
    unused,
)
"""Those that lower arms (`equal_arms`, `controlled`) stand after those that look for errors."""
