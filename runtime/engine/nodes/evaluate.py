"""`evaluate`: the gold answers of one trained student, read once, scored row by row."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from currc.compiler.graph import Node
from currc.compiler.plan import TaskPlan
from currc.runtime.data.tokens import TokenRows
from currc.runtime.engine.context import Context
from currc.runtime.engine.nodes import SCORES
from currc.runtime.engine.nodes.trial import built, task_plans
from currc.runtime.judging.evaluate import outcomes
from currc.runtime.judging.metrics import Outcome
from currc.runtime.judging.scores import metrics_of, score
from currc.runtime.learning.state import CURSOR, Cursor
from currc.runtime.vocabulary import Vocabulary


def run(node: Node, context: Context) -> None:
    """Write `scores.json` and one `TASK.jsonl` of answers; a trial that did not end well has no scores."""
    cursor = Cursor(**json.loads((context.input("state") / CURSOR).read_text()))
    written: dict[str, Any] = {"status": cursor.status, "cursor": asdict(cursor), "scores": {}, "rows": {}}
    if cursor.status == "done":
        student = built(node, context)
        plans = task_plans(node.parameters["tasks"])
        for done, (name, task) in enumerate(plans.items()):
            rows = TokenRows.open(context.input(f"tokens:{name}") / "gold")
            answered = outcomes(student, rows)
            context.progress((done + 1) / len(plans))
            written["scores"][name] = _scores(answered, task)
            written["rows"][name] = rows.keys
            _keep(context, name, rows, answered)
    (context.folder / SCORES).write_text(json.dumps(written, sort_keys=True), encoding="utf-8")


def _scores(answered: list[Outcome], task: TaskPlan) -> dict[str, list[float]]:
    return {word: values.tolist() for word, values in score(answered, metrics_of(task, Vocabulary())).items()}


def _keep(context: Context, name: str, rows: TokenRows, answered: list[Outcome]) -> None:
    """Write every answer beside its gold: per-example results are always kept."""
    with (context.folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
        for i, outcome in enumerate(answered):
            line = {
                "key": rows.keys[i],
                "prompt": rows.prompts[i],
                "prediction": outcome.prediction,
                "target": outcome.target,
                "loss": outcome.loss if math.isfinite(outcome.loss) else None,
            }
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
