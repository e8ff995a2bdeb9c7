"""The columns that a template may name, from the spec and the first row of each data file."""

from __future__ import annotations

from pathlib import Path

from currc.compiler.plan import SourcePlan
from currc.compiler.templates import placeholders
from currc.runtime.data.rows import DataError
from currc.runtime.data.sources import columns_of
from currc.runtime.editor.text import Text


def columns(text: Text, address: str) -> tuple[str, ...]:
    """Names for the `{}` of a task's template, or of a score's parameter.

    Those that other templates use come first, then what the sources rename and hold. Only
    files below the spec's folder are looked at, and of each no more than its first row.
    """
    settings = text.reading.spec.settings
    task = address.rpartition(".")[0]
    sources = [settings[f"{task}.{name}"].value for name in ("train", "gold") if f"{task}.{name}" in settings]
    if text.kind_of(task) != "task":
        sources = [entry.address for entry in text.reading.scope.of_kind("source")]
    found = [
        name
        for key, setting in settings.items()
        if _shares(text, key, sources)
        for name in placeholders(setting.value)[0]
    ]
    for source in dict.fromkeys(sources):
        found += _of_source(text, source)
    return tuple(dict.fromkeys(found))


def _shares(text: Text, key: str, sources: list[str]) -> bool:
    """Whether an address is a template of a task with one of these sources."""
    task, _, name = key.rpartition(".")
    train = text.reading.spec.settings.get(f"{task}.train")
    return name in ("prompt", "target") and train is not None and train.value in sources


def _of_source(text: Text, source: str) -> list[str]:
    settings = text.reading.spec.settings
    path, renames = settings.get(f"{source}.path"), settings.get(f"{source}.columns")
    pairs = dict(renames.value) if renames is not None else {}
    if path is None:
        return list(pairs)
    files = (path.value,) if isinstance(path.value, str) else path.value
    return [*pairs, *_of_files(text.root, files, {old: new for new, old in pairs.items()})]


def _of_files(root: Path | None, files: tuple[str, ...], renames: dict[str, str]) -> tuple[str, ...]:
    """The columns of data files after renames; none where a file cannot be read."""
    if root is None:
        return ()
    try:
        return columns_of(SourcePlan(path=files, columns=renames), root, rows=1)
    except (DataError, OSError):
        return ()
