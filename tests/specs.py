"""Specs for tests: one that compiles, and what comes of it after a change."""

from __future__ import annotations

from pathlib import Path

from currc.compiler.compile import analyse, compile_text
from currc.compiler.plan import Plan
from currc.compiler.spec import Spec
from currc.runtime.vocabulary import Vocabulary

MATERIAL = """edition 2026

model student: encoder {
  base = "bundled:minilm-l6/2"
}

source tickets {
  path = "data/tickets/*.jsonl"
}

source tickets_gold {
  path = "data/gold.jsonl"
}

task route: classify {
  train = tickets
  gold = tickets_gold
  prompt = "{body}"
  target = "{queue}"
  metric = macro_f1
}

task product: extract {
  train = tickets
  gold = tickets_gold
  prompt = "{body}"
  target = "{product}"
}

difficulty reading_load {
  score = mean_of(length, rarity)
}

budget {
  match = steps
  limit = 400 steps
}

decide {
  control = baseline
}
"""

GENTLE = """
schedule gentle {
  by = reading_load
  order = easy_first
  pacing = root(start = 20%, full_at = 60%)
}
"""

SCHOOL = """
schedule school {
  by = reading_load

  stage basics {
    tasks = [route]
    take = 0% .. 40%
    max = 30%

    promote {
      when route.macro_f1 >= 0.70
    }
  }

  stage everything {
    after = basics
  }
}
"""

ARMS = """
arm baseline {
  mix = unimax(epochs = 4)
}

arm other extends baseline {
  schedule = SCHEDULE
}
"""

TWO_ARMS = MATERIAL + GENTLE + ARMS.replace("SCHEDULE", "gentle")
"""A control, and an arm that orders its rows."""
STAGED = MATERIAL + SCHOOL + ARMS.replace("SCHEDULE", "school")
"""A control, and an arm that goes through two stages, the first with one of two tasks."""


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A text with each first part replaced by the second; a part that is missing is the test's mistake."""
    for old, new in changes:
        if old not in text:
            raise ValueError(f"not in the text: {old!r}")
        text = text.replace(old, new, 1)
    return text


def with_arm(body: str, text: str = TWO_ARMS) -> str:
    """The text with one more arm, named `third`, that extends the control."""
    return f"{text}\narm third extends baseline {{\n{body}\n}}\n"


def plan_of(text: str, root: Path | None = None) -> Plan:
    """The plan of a text without errors."""
    return compile_text(text, Vocabulary(), root=root)


def spec_of(text: str, root: Path | None = None) -> Spec:
    """The checked spec of a text without errors."""
    spec, complaints = analyse(text, Vocabulary(), root=root)
    complaints.raise_if_any()
    return spec


def codes(text: str, root: Path | None = None) -> list[str]:
    """The codes of all complaints about a text, in the order of their places."""
    return [found.code.value for found in analyse(text, Vocabulary(), root=root)[1]]


def complaints_of(text: str, root: Path | None = None) -> list[tuple[str, str]]:
    """Code and the text complained about, for each complaint."""
    found = analyse(text, Vocabulary(), root=root)[1]
    return [(it.code.value, it.primary.span.text) for it in found]
