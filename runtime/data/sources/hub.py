"""Rows from a hub, through `datasets` (extra `hf`); reached only by `hub(...)` in the spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from currc.compiler.codes import Code
from currc.compiler.plan import Method
from currc.runtime.data.rows import DataError, MissingExtra
from currc.runtime.data.sources.parquet import plain


def read(hub: Method) -> Iterator[tuple[int, dict[str, Any] | DataError]]:
    """Row numbers from 1 and values of one split (`train` if none is named).

    `HF_HUB_OFFLINE`, `HF_HOME` and `HF_TOKEN` mean what they mean to `datasets`; loader
    scripts are never run.
    """
    name, where = str(hub.parameters["name"]), title(hub)
    try:
        import datasets  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise MissingExtra(where, "reading rows from a hub", "hf") from None
    try:
        rows = datasets.load_dataset(
            name,
            hub.parameters.get("subset"),
            split=hub.parameters.get("split") or "train",
            revision=hub.parameters.get("revision"),
        )
    except Exception as error:  # the hub client raises errors of a dozen libraries
        reason = str(error).strip() or repr(error)
        raise Unreachable(where, reason.splitlines()[0]) from None
    for number, values in enumerate(rows, start=1):
        try:
            yield number, {column: plain(value) for column, value in values.items()}
        except ValueError as error:
            yield number, DataError(Code.BAD_ROW, f"{where}:{number}", str(error))


def title(hub: Method) -> str:
    """The source's name in messages, as `hub:org/name/subset@revision[split]`."""
    get = hub.parameters.get
    subset, revision = get("subset"), get("revision")
    tail = (f"/{subset}" if subset else "") + (f"@{revision}" if revision else "")
    return f"hub:{get('name')}{tail}[{get('split') or 'train'}]"


class Unreachable(DataError):
    """A hub that does not answer, or does not have what was asked for."""

    exit_code = 69

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            Code.FILE_MISSING,
            place,
            f"the rows could not be fetched: {reason}",
            "check the name and the network, or fetch it once and set HF_HUB_OFFLINE=1",
        )
