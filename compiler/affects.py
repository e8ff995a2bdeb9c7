"""What a value of a spec decides: found by trying others and looking at what would be computed anew.

Nothing is known of any attribute here. The spec is lowered once more with another value, and
the two work graphs are compared; what differs is what the value decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from currc.compiler.categories import MEANING, Category
from currc.compiler.complain import listed
from currc.compiler.difference import Version, difference
from currc.compiler.explain_address import places, type_of, value_text
from currc.compiler.lower import lower
from currc.compiler.otherwise import otherwise
from currc.compiler.plan import Plan, digest
from currc.compiler.record import Record, replaced
from currc.compiler.share import Facts, Shared, base_key, share
from currc.compiler.spec import Setting, Spec
from currc.compiler.words import Vocabulary

MOST_TRIED = 8
"""Other values that are tried before a value counts as one that decides nothing."""

KINDS = ("read", "tokenize", "score", "train", "evaluate")
"""The sorts of work that belong to an arm, in the order in which they are done."""


class Effect(Record):
    """What would be computed anew, were a value another one."""

    arms: Mapping[str, tuple[str, ...]]
    """The kinds of work by arm, controls and references included, where anything changes."""
    trials: tuple[str, ...]
    """Arms that would be added or left out, or whose seeds would be others."""
    rest: bool
    """Whether the plan changes beyond the arms: the budget, the evaluations or the verdict's rule."""
    category: Category
    """What `currc diff` would call the change."""
    tried: str = ""
    """The other value that showed it."""

    @property
    def nothing(self) -> bool:
        """Whether the plan stays as it is."""
        return not (self.arms or self.trials or self.rest)


def effect(word: str, spec: Spec, plan: Plan, vocabulary: Vocabulary) -> Effect | None:
    """What the value at an address decides; of a block or constant, what all its values together do.

    `None` where nothing stands at the address, or where no other value could.
    """
    found = [_of_setting(place, spec, plan, vocabulary) for place in places(word, spec)]
    known = [one for one in found if one is not None]
    return _together(known) if known else None


def _of_setting(
    place: tuple[str | None, str], spec: Spec, plan: Plan, vocabulary: Vocabulary
) -> Effect | None:
    """What one value decides; the first other value that changes the plan tells."""
    arm, address = place
    setting = spec.find(address, arm)
    if setting is None:
        return None
    found: Effect | None = None
    for number, value in enumerate(otherwise(setting.value, type_of(address, spec), spec, vocabulary)):
        if number == MOST_TRIED:
            break
        other = _lowered(_changed(spec, arm, address, setting, value))
        if other is not None:
            tried = value_text(address, value, spec, vocabulary, brief=True)
            found = replaced(_between(plan, other), tried=tried)
            if not found.nothing:
                return found
    return found


def _lowered(spec: Spec) -> Plan | None:
    """The plan of a spec that nobody has checked; `None` where there is none."""
    try:
        return lower(spec)
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return None


def _changed(spec: Spec, arm: str | None, address: str, setting: Setting, value: Any) -> Spec:
    """The spec with another value at a place, and wherever that same text is inherited."""

    def anew(settings: Mapping[str, Setting], own: bool) -> Mapping[str, Setting]:
        return MappingProxyType(
            {
                key: replaced(it, value=value) if (own and key == address) or _same_text(it, setting) else it
                for key, it in settings.items()
            }
        )

    arms = {name: replaced(one, settings=anew(one.settings, name == arm)) for name, one in spec.arms.items()}
    if arm is not None and address not in arms[arm].settings:  # what the arm takes from the whole spec
        own = {**arms[arm].settings, address: replaced(setting, value=value)}
        arms[arm] = replaced(arms[arm], settings=MappingProxyType(own))
        return replaced(spec, arms=MappingProxyType(arms))
    return replaced(spec, settings=anew(spec.settings, arm is None), arms=MappingProxyType(arms))


def _same_text(one: Setting, other: Setting) -> bool:
    return one.span is not None and one.span == other.span and one.value == other.value


def _between(before: Plan, after: Plan) -> Effect:
    """What differs between the work of two plans."""
    old, new = _work(before), _work(after)
    both = [name for name in old if name in new]
    kinds = {
        name: tuple(kind for kind in KINDS if old[name].get(kind) != new[name].get(kind)) for name in both
    }
    return Effect(
        arms={name: changed for name, changed in kinds.items() if changed},
        trials=tuple(
            name for name in {**old, **new} if name not in both or _seeds(before, name) != _seeds(after, name)
        ),
        rest=_rest(before) != _rest(after),
        category=difference(Version("", before), Version("", after)).category,
    )


def _work(plan: Plan) -> dict[str, dict[str, frozenset[str]]]:
    """Keys of the nodes behind each arm's first trial, by arm and kind of work."""
    one_each = tuple(
        arm.model_copy(update={"train": arm.train.model_copy(update={"seeds": arm.train.seeds[:1]})})
        for arm in plan.arms
    )
    shared = share(plan.model_copy(update={"arms": one_each}), _facts(plan))
    found: dict[str, dict[str, frozenset[str]]] = {}
    for trial in shared.trials:
        if trial.arm not in found:
            found[trial.arm] = _behind(trial.scores, shared)
    return found


def _behind(key: str, shared: Shared) -> dict[str, frozenset[str]]:
    """Keys of all nodes that a node is made from, itself included, by kind."""
    kinds: dict[str, set[str]] = {}
    waiting, seen = [key], set[str]()
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            node = shared.graph.nodes[at]
            kinds.setdefault(node.kind, set()).add(at)
            waiting += node.inputs.values()
    return {kind: frozenset(keys) for kind, keys in kinds.items()}


def _facts(plan: Plan) -> Facts:
    """Digests that differ where what is named differs; nothing is opened."""
    sources = {name: digest(source.model_dump(mode="json")) for name, source in plan.sources.items()}
    models = {base_key(arm): base_key(arm) for arm in plan.arms}
    return Facts(sources=sources, models=models, machine={})


def _seeds(plan: Plan, name: str) -> tuple[int, ...]:
    return next((arm.train.seeds for arm in plan.arms if arm.name == name), ())


def _rest(plan: Plan) -> str:
    parts = (plan.budget, plan.evaluate, plan.decide)
    return digest([None if part is None else part.model_dump(mode="json") for part in parts])


def _together(effects: list[Effect]) -> Effect:
    """Several effects as one."""
    if len(effects) == 1:
        return effects[0]
    arms: dict[str, tuple[str, ...]] = {}
    for one in effects:
        for name, kinds in one.arms.items():
            arms[name] = tuple(kind for kind in KINDS if kind in (*arms.get(name, ()), *kinds))
    trials = dict.fromkeys(name for one in effects for name in one.trials)
    category = max(one.category for one in effects)
    return Effect(arms, tuple(trials), any(one.rest for one in effects), category)


def effect_lines(found: Effect) -> Iterator[str]:
    """An effect in words, a line for each thing that changes."""
    if found.nothing:
        yield "affects nothing: the plan is the same with another value"
        return
    groups: dict[str, list[str]] = {}
    for name, kinds in found.arms.items():
        groups.setdefault(_what(kinds), []).append(name)
    for what, names in groups.items():
        yield f"affects {what} of {listed(names, MOST_NAMED)}"
    if found.trials:
        yield f"affects which trials there are: {listed(found.trials, MOST_NAMED)}"
    if not found.arms and not found.trials:
        yield "affects the verdict, and no training"
    yield f"a change here is `{found.category.word}`: {MEANING[found.category]}"
    if found.tried:
        yield f"(seen by putting `{found.tried}` in its place)"


WHAT = {
    "read": "the rows, and so the training,",
    "tokenize": "the tokens, and so the training,",
    "score": "the scores of difficulty, and so the training,",
    "train": "the training",
}
"""The first kind of work that changes, from which all later kinds are made."""

MOST_NAMED = 6
"""Arms named in a line."""


def _what(kinds: tuple[str, ...]) -> str:
    """What changes of an arm; rows and tokens that no training is made from are those of its gold."""
    return WHAT[kinds[0]] if "train" in kinds else "the gold scores"
