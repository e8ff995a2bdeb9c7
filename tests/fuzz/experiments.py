"""Random experiments that hold every rule of the language, each printed in many ways that mean the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from currc.compiler.explain_address import value_text
from currc.compiler.kinds import KINDS
from currc.compiler.spec import Spec
from currc.compiler.written import written
from currc.runtime.vocabulary import Vocabulary

METRICS = {
    "classify": ("accuracy", "macro_f1", "exact_match"),
    "extract": ("token_f1", "exact_match", "field_f1"),
    "summarize": ("rouge_l", "token_f1"),
    "generate": ("loss", "rouge_l"),
}
SCORES = (
    *("length", "length(of = words)", "rarity", "rarity(per = token)", "compression", "readability"),
    *(
        "readability(formula = ease)",
        "lexical_diversity(factor = {share})",
        "mean_of(length, rarity)",
        "random",
    ),
    *(
        "mean_of(compression, mean_of(length(of = target), rarity))",
        "column(level)",
        "column(level, higher = easier)",
    ),
)
ORDERS = ("easy_first", "hard_first")
PACINGS = (
    *(
        "linear",
        "linear(start = {share})",
        "quadratic(full_at = {share})",
        "root(start = {share}, full_at = 90%)",
    ),
    *("exponential", "logarithmic", "step(start = {share})", "competence(c0 = {share}, p = {real})"),
    *("baby_steps(buckets = {count})", "one_pass", "fixed_linear(grain = 5%)", "fixed_root(degree = {real})"),
    *("fixed_discrete(levels = [20%, 60%, 100%], until = [{share}, 95%])",),
)
MIXES = (
    *(
        "proportional",
        "equal",
        "capped(limit = {count}000)",
        "temperature(t = {real})",
        "alpha(alpha = 0.{count})",
    ),
    *("unimax(epochs = {real})", "odm(every = {count} steps)", "exp3s(eta = 0.0{count})", "progress"),
    *("upsample(to = {share})", "temperature(t = {real}, floor = 1%, unit = tokens)", "odm(begin = equal)"),
)
WEIGHTS = ("equal", "uncertainty", "uncertainty(lr = 0.{count})")
COMBINERS = ("sum", "pcgrad")


@dataclass
class Block:
    """A block as it may be printed: statements and inner blocks in any order."""

    head: str
    statements: list[str] = field(default_factory=list)
    inner: list[Block] = field(default_factory=list)

    def lines(self, draw: Random, indent: str = "") -> list[str]:
        """The block with its parts in some order."""
        parts = [[f"{indent}  {one}"] for one in self.statements]
        parts += [one.lines(draw, indent + "  ") for one in self.inner]
        draw.shuffle(parts)
        return [f"{indent}{self.head} {{", *(line for part in parts for line in part), f"{indent}}}"]


class Experiment:
    """One experiment, drawn; `text` prints it in an order of its own each time."""

    def __init__(self, draw: Random) -> None:
        self.draw = draw
        self.causal = draw.random() < 0.4
        kinds = tuple(METRICS) if self.causal else ("classify", "extract")
        self.tasks = {f"t{n}": draw.choice(kinds) for n in range(draw.choice((1, 2, 2, 3)))}
        self.metric: dict[str, str] = {}
        self.blocks = [self.model(), *self.sources(), *(self.task(name) for name in self.tasks)]
        self.blocks += [self.difficulty("d0"), self.difficulty("d1"), self.schedule("flat")]
        self.blocks += [self.staged("staged"), self.train(), self.budget(), self.evaluate()]
        self.arms()
        self.blocks.append(self.decide())

    def text(self) -> str:
        """The spec with blocks and statements in some order."""
        self.draw.shuffle(self.blocks)
        return "\n".join(
            ["edition 2026", "", *(line for one in self.blocks for line in (*one.lines(self.draw), ""))]
        )

    def maybe(self, *statements: str) -> list[str]:
        """Some of the statements, filled in."""
        return [self.filled(one) for one in statements if self.draw.random() < 0.4]

    def filled(self, text: str) -> str:
        """With a number in place of each `{share}`, `{count}` and `{real}`."""
        draw = self.draw
        share = draw.choice(("5%", "20%", "12.5%", "33.3%", "0.4", "70 / 2 * 1%", "1e-2"))
        count = draw.choice("2345678")
        real = draw.choice(("2", "1.5", "3.0", "1 + 1.25", "2_0 / 8", "4e0"))
        return text.replace("{share}", share).replace("{count}", count).replace("{real}", real)

    def model(self) -> Block:
        head = "model m: causal" if self.causal else "model m: encoder"
        base = '"HuggingFaceTB/SmolLM2-135M-Instruct"' if self.causal else '"bundled:minilm-l6/2"'
        adapted = "adapter = lora(rank = {count}, alpha = {real})"
        return Block(
            head, [f"base = {base}", *self.maybe(adapted, "max_tokens = {count}0 tokens", "precision = fp32")]
        )

    def sources(self) -> list[Block]:
        """Training rows, and gold rows that nothing trains on."""
        rename = [Block("columns", ['level = "the \\"level\\""'])] if self.draw.random() < 0.3 else []
        paths = ('"rows/*.jsonl"', '["a.csv", "b \\\\ c.jsonl"]')
        train = Block(
            "source rows", [f"path = {self.draw.choice(paths)}", *self.maybe("dedup = none")], rename
        )
        train.statements += self.maybe("sample = 12.5%") or self.maybe("sample = {count}000 examples")
        return [
            train,
            Block("source gold_rows", ['path = "gold.jsonl"', *self.maybe(f'sha256 = "{"0a" * 32}"')]),
        ]

    def task(self, name: str) -> Block:
        kind = self.tasks[name]
        prompts = (
            '"{body}"',
            '"Read \\\\ \\"this\\":\\n{body}\\t\\{not a column\\}"',
            '"""\n  Two\n  {body} lines\n  """',
        )
        found = Block(f"task {name}: {kind}", [
            "train = rows", "gold = gold_rows", f"prompt = {self.draw.choice(prompts)}",
            f'target = "{{{name}}}"',
            *self.maybe("weight = {real}", "lr_scale = {real}", "validation = {share}"),
        ])  # fmt: skip
        first, second, *_ = METRICS[kind]
        self.metric[name] = first
        if own := self.maybe(f"metric = {second}"):
            found.statements, self.metric[name] = found.statements + own, second
        else:
            found.statements += self.maybe(f"also = [{second}]")
        if kind == "classify":
            found.statements += self.maybe(
                'labels = ["a", "b \\" c", "d"]', "classes = effective(beta = 0.9)"
            )
        if kind in ("summarize", "generate"):
            found.statements += self.maybe("max_new_tokens = {count} tokens")
        return found

    def difficulty(self, name: str) -> Block:
        score = self.filled(self.draw.choice(SCORES))
        return Block(f"difficulty {name}", [f"score = {score}", *self.maybe("within = all")])

    def schedule(self, name: str) -> Block:
        order, pacing = self.draw.choice(ORDERS), self.filled(self.draw.choice(PACINGS))
        return Block(f"schedule {name}", ["by = d0", f"order = {order}", f"pacing = {pacing}"])

    def staged(self, name: str) -> Block:
        first = Block("stage first", ["take = 0% .. 40%", "max = 30%"])
        first.statements += self.maybe("mix = equal", "lr_scale = {real}", "tasks = [t0]")
        if self.draw.random() < 0.5:
            guard = self.filled(f"when t0.{self.metric['t0']} >= 0.{{count}}")
            first.inner = [Block("promote", [guard, *self.maybe("keep = [t0]", "hold = 1 evals")])]
            first.statements += self.maybe("min = 2%")
        last = Block(
            "stage last", ["after = first", *self.maybe("replay = {share}", "reset_optimizer = true")]
        )
        return Block(f"schedule {name}", ["by = d1"], [first, last])

    def train(self) -> Block:
        return Block("train", self.maybe(
            "batch = {count}", "lr = 3e-{count}", "warmup = {share}", "weight_decay = 0", "clip = {real}",
            "seeds = 12", "lr_schedule = cosine", "optimizer = adamw(beta2 = 0.9{count})", "packing = off",
        ))  # fmt: skip

    def budget(self) -> Block:
        unit = self.draw.choice(("steps", "examples", "tokens"))
        limit = f"limit = {self.draw.choice(('4_000', '20_000 / 4', '5e3'))} {unit}"
        if "/" in limit:
            limit = f"limit = 20_000 {unit} / 4"
        return Block(
            "budget", [f"match = {unit}", limit, *self.maybe("time = 1.5 h", "memory = {count} GiB")]
        )

    def evaluate(self) -> Block:
        return Block("evaluate", ["every = 4%", *self.maybe("subset = {count}0", "keep = best")])

    def arms(self) -> None:
        """A control and up to three arms, no two alike."""
        draw = self.draw
        mixes = [self.filled(one) for one in draw.sample(MIXES, 4)]
        self.blocks.append(Block("arm a0", [f"mix = {mixes[0]}"]))
        self.names = ["a0"]
        for number in range(1, draw.choice((2, 3, 4))):
            parent = draw.choice(self.names)
            own = [f"mix = {mixes[number]}", f"train.lr = 1e-{number + 3}"]
            own += self.maybe(f"schedule = {draw.choice(('flat', 'staged'))}", "t0.weight = 2.75")
            own += self.maybe(f"weights = {draw.choice(WEIGHTS)}") or self.maybe(
                f"combine = {draw.choice(COMBINERS)}"
            )
            self.blocks.append(Block(f"arm a{number} extends {parent}", own))
            self.names.append(f"a{number}")

    def decide(self) -> Block:
        some = self.maybe(
            "alpha = {share}", "controls = none", "references = [single_task]", "min_gain = 0.005"
        )
        losses = "loss" in self.metric.values()  # has no range to be averaged with
        return Block(
            "decide", ["control = a0", *([f"metric = t0.{self.metric['t0']}"] if losses else []), *some[:3]]
        )


def spelt_out(spec: Spec, vocabulary: Vocabulary) -> str:
    """The spec as `currc show` and `currc explain` write its values: resolved, with all their parameters.

    Values by default are left out: some rules ask that nothing is written that has no effect.
    """
    heads = {address: Block(_head(address, spec)) for address in spec.parts}
    for address, block in heads.items():
        if (outer := address.rpartition(".")[0]) in heads:
            heads[outer].inner.append(block)
    for address, setting in spec.settings.items():
        place, _, name = address.rpartition(".")
        if address in heads:  # a block whose attributes may have any name
            pairs = setting.value or ()
            heads[address].statements = [f"{written(key, None)} = {_loose(one)}" for key, one in pairs]
        elif setting.written:
            heads[place].statements += _statement(address, name, setting.value, spec, vocabulary)
    for name, arm in spec.arms.items():
        block = heads.setdefault(
            f"arm {name}", Block(f"arm {name}{f' extends {arm.parent}' if arm.parent else ''}")
        )
        for address, setting in arm.settings.items():
            block.statements += _statement(address, address, setting.value, spec, vocabulary)
    tops = [block for address, block in heads.items() if address.rpartition(".")[0] not in heads]
    return "\n".join(["edition 2026", "", *(line for one in tops for line in one.lines(Random(0)))]) + "\n"


def _head(address: str, spec: Spec) -> str:
    part, name = spec.parts[address], address.rpartition(".")[2]
    named = f"{part.kind} {name}" if KINDS[part.kind].named else part.kind
    return f"{named}: {part.type}" if part.type else named


def _statement(address: str, name: str, value: Any, spec: Spec, vocabulary: Vocabulary) -> list[str]:
    """The statements that give a value."""
    if name == "when":
        return [f"when {written(one, None)}" for one in value]
    text = value_text(address, value, spec, vocabulary)
    return [f"{name} = {text.rpartition('.')[2] if name == 'after' else text}"]


def _loose(value: object) -> str:
    return (
        '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))
        if isinstance(value, str)
        else str(value)
    )
