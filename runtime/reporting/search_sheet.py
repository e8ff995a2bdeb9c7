"""What a search found, as `.curr` text to paste: the reasons as comments, then the mix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from currc.compiler.show_line import visible
from currc.runtime.reporting.numbers import NONE, signed
from currc.runtime.reporting.outline import columns
from currc.runtime.reporting.values import call

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from currc.runtime.curriculum.trust import Fitted
    from currc.runtime.engine.search_cost import SearchCost
    from currc.runtime.engine.searched import Answer, Check, Hunt

FORMAT = 1
"""Version of the JSON."""
TENTHS = 1000
"""Shares are printed in tenths of a percent."""


def cost_line(found: SearchCost, hunt: Hunt, checks: int, trials: int) -> str:
    """What will be trained, in one line."""
    told = [f"{hunt.method.word} on {len(hunt.tasks)} tasks of arm `{hunt.arm.name}`"]
    told.append(f"{_many(hunt.proxies, 'proxy', 'proxies')} of about {found.steps:,.0f} steps")
    if checks:
        told.append(f"{2 * checks} more to check")
    worth = f"as much as {found.share * found.trainings:.3g} trials of the spec, which plans {trials}"
    told.append(worth + (f"; about {found.flops:.2g} FLOPs" if found.flops is not None else ""))
    return ", ".join(told)


def sheet(hunt: Hunt, answer: Answer, check: Check | None, name: str) -> str:
    """The whole answer as text that a spec may hold."""
    lines = [
        f"{call('search', hunt.method)} on arm `{hunt.arm.name}` of {visible(name)}, seed {hunt.seed}",
        "",
    ]
    lines += [line.rstrip() for line in _table(answer)]
    lines += ["", *_trust(answer), _checked(check)]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines) + f"\nmix = {mix(answer)}\n"


def mix(answer: Answer) -> str:
    """The shares as a spec writes them."""
    parts = zip(answer.tasks, tenths(answer.shares), strict=True)
    return f"shares({', '.join(f'{task} = {_percent(part)}' for task, part in parts)})"


def tenths(shares: NDArray[Any]) -> list[int]:
    """The shares in tenths of a percent, adding up to 1000: the largest remainders are rounded up."""
    exact = [float(share) * TENTHS for share in shares]
    found = [math.floor(one) for one in exact]
    rest = sorted(range(len(exact)), key=lambda i: (found[i] - exact[i], i))
    for i in rest[: TENTHS - sum(found)]:
        found[i] += 1
    return found


def as_json(hunt: Hunt, answer: Answer, check: Check | None, name: str) -> dict[str, Any]:
    """The same as JSON values; what is not known is `null`."""
    fit = answer.fit
    gain = check.gain if check is not None else (math.nan, math.nan)
    return {
        "format_version": FORMAT,
        "spec": name,
        "arm": hunt.arm.name,
        "method": hunt.method.model_dump(mode="json"),
        "seed": hunt.seed,
        "proxies": {"asked": hunt.proxies, "finished": answer.proxies},
        "mix": mix(answer),
        "tasks": {
            task: {
                "rows": int(answer.sizes[i]),
                "proportional": float(answer.proportional[i]),
                "share": float(answer.shares[i]),
                "standard_error": _known(answer.spread[i]),
                "course": None if answer.course is None else answer.course[:, i].tolist(),
            }
            for i, task in enumerate(answer.tasks)
        },
        "fit": None if fit is None else _fit_json(fit),
        "check": None
        if check is None
        else {
            "seeds": len(check.found),
            "found": check.found.tolist(),
            "proportional": check.known.tolist(),
            "difference": _known(gain[0]),
            "standard_error": _known(gain[1]),
        },
    }


def _fit_json(fit: Fitted) -> dict[str, Any]:
    return {
        "error_held_out": fit.error,
        "deviation": fit.span,
        "rank_correlation": _known(fit.correlation),
        "predicted": fit.loss,
        "predicted_proportional": fit.known,
    }


def _table(answer: Answer) -> list[str]:
    heads = ["task", "rows", "proportional", "found", "± s.e."]
    if answer.course is not None:
        heads += ["by quarters"]
    rows = [heads]
    for i, task in enumerate(answer.tasks):
        row = [visible(task), f"{answer.sizes[i]:,.0f}", _percent(tenths(answer.proportional)[i])]
        row += [_percent(tenths(answer.shares)[i]), _points(answer.spread[i])]
        if answer.course is not None:
            row.append(" ".join(f"{100 * one:.0f}" for one in answer.course[:, i]))
        rows.append(row)
    return columns(rows, right=True)


def _trust(answer: Answer) -> list[str]:
    fit = answer.fit
    if fit is None:
        return [f"Mean weights over the steps of {_many(answer.proxies, 'proxy', 'proxies')}, a seed each."]
    correlation = NONE if math.isnan(fit.correlation) else signed(fit.correlation, 2)
    sure = f"Fit to {answer.proxies} proxies: rank correlation {correlation} over those left out"
    return [
        f"{sure}, error {fit.error:.3g} where losses differ by {fit.span:.3g}.",
        f"Predicted mean validation loss {fit.loss:.4g}, proportional {fit.known:.4g}.",
    ]


def _checked(check: Check | None) -> str:
    if check is None:
        return "Not checked by training at these shares (--check)."
    (gain, error), seeds = check.gain, len(check.found)
    spread = "" if math.isnan(error) else f" ± {error:.2g} (s.e.)"
    return (
        f"Trained on {_many(seeds, 'new seed', 'new seeds')}: {check.found.mean():.4g},"
        f" proportional {check.known.mean():.4g}: {signed(gain, 4)}{spread}."
    )


def _percent(part: int) -> str:
    return f"{part / 10:g}%"


def _points(share: float) -> str:
    return NONE if math.isnan(share) else f"{100 * share:.1f}"


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _many(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
