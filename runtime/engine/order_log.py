"""The realised order of trials as Arrow files, one a trial, on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from currc.compiler.graph import Node, WorkGraph
from currc.compiler.share import Trial
from currc.runtime.data.rows import MissingExtra
from currc.runtime.engine import writer
from currc.runtime.engine.nodes import ORDER

if TYPE_CHECKING:
    from currc.runtime.engine.experiment import Experiment, Listen

FOLDER = "order"


def demand_arrow() -> None:
    """Nothing, where Arrow files can be written.

    Raises:
        MissingExtra: They cannot.
    """
    if find_spec("pyarrow") is None:
        raise MissingExtra("--log-order", "an Arrow file", "parquet")


def order_nodes(graph: WorkGraph, trial: Trial) -> list[Node]:
    """What tells the order of each stage of a trial: the stage's own node, and what it came to."""
    stages = [graph.nodes[key] for key in trial.stages]
    return [
        Node("order", f"order of {one.name}", one.parameters, {**one.inputs, "trained": one.key})
        for one in stages
    ]


def log_orders(
    experiment: Experiment, listen: Listen, only: Callable[[Trial], bool]
) -> tuple[list[Path], int]:
    """Write `order/ARM-SEED.arrow` of every finished trial into the run's folder; those files.

    A row is the place of a draw's row among the task's training rows, counted from 0. Beside the
    files, the code to exit with: not 0 where the order of a trial could not be told.
    """
    graph, store = experiment.shared.graph, experiment.store
    trials = [one for one in experiment.shared.trials if only(one) and store.has(one.scores)]
    nodes = [(trial, order_nodes(graph, trial)) for trial in trials]
    more = [node for _, of_trial in nodes for node in of_trial]
    wider = WorkGraph.of([*graph.nodes.values(), *more])
    ended = experiment.compute(wider, [node.key for node in more], listen)
    place = experiment.folder / FOLDER
    writer.make_folder(place)
    files = []
    for trial, of_trial in nodes:
        if not all(store.has(node.key) for node in of_trial):
            continue
        parts = [store.open(node.key) / ORDER for node in of_trial]
        content = joined(parts, experiment.shared.called)
        files.append(place / f"{trial.arm}-{trial.seed}.arrow")
        writer.write_bytes(files[-1], content)
    return files, ended.code


def joined(parts: Sequence[Path], names: dict[str, str]) -> bytes:
    """The stages of a trial as one Arrow file, with the present names of its tasks."""
    import pyarrow as pa

    tables = []
    for part in parts:
        with pa.OSFile(str(part), "rb") as source:
            table = pa.ipc.open_file(source).read_all().combine_chunks()
        tasks = [names.get(task, task) for task in table["task"].to_pylist()]
        tables.append(table.set_column(2, "task", pa.array(tasks, pa.string()).dictionary_encode()))
    whole = pa.concat_tables(tables).unify_dictionaries()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, whole.schema) as written:
        written.write(whole)
    content: bytes = sink.getvalue().to_pybytes()
    return content
