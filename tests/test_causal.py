"""Decoders: equal to a naive computation, in loss, gradient and likelihood; answers that stop; saving."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import LABELS, WORDS, causal_plan, llama, made, rows, task
from torch.nn import functional

from currc.compiler.plan import Method, ModelPlan
from currc.runtime.learning.models.base import load_base
from currc.runtime.learning.models.generation import greedy
from currc.runtime.learning.models.likelihood import nats_of
from currc.runtime.learning.models.ragged import branching, layout, seen

TASKS = {
    "colour": task("classify", LABELS),
    "short": task("generate", max_new_tokens=12),
    "number": task("regress", max_new_tokens=6),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("causal")
    llama(folder / "llama")
    return folder


@pytest.fixture(scope="module")
def base(root):
    return load_base(causal_plan(), root, root / "cache")


@pytest.fixture(scope="module")
def data(base):
    random = np.random.default_rng(1)
    texts = [" ".join(random.choice(WORDS, random.integers(1, 9))) for _ in range(8)]
    answers = {
        "colour": [LABELS[len(t) % 3] for t in texts],
        "short": [t.split()[-1] for t in texts],
        "number": [str(len(t)) for t in texts],
    }
    return {
        name: rows(name, [(f"{name[0]}: {x}", z) for x, z in zip(texts, y, strict=True)], TASKS[name], base)
        for name, y in answers.items()
    }


def naive(network, batch):
    """Mean over rows of the mean negative log-likelihood of the answer: each row alone, all logits."""
    total = 0.0
    for row, answer in zip(
        torch.split(torch.from_numpy(batch.ids), batch.lengths.tolist()), batch.answers.tolist(), strict=True
    ):
        logits = network(input_ids=row[None]).logits[0]
        total = total + functional.cross_entropy(logits[answer - 1 : -1], row[answer:])
    return total / len(batch.lengths)


@pytest.mark.parametrize("packing", ["on", "off"])
def test_losses_and_gradients_equal_one_row_at_a_time(root, data, packing):
    student = made(causal_plan(), root, TASKS, packing=packing)
    assert student.packing == (packing == "on")
    batches = {
        name: mine.take(np.array([0, 5, 3, 3])[: 2 + i]) for i, (name, mine) in enumerate(data.items())
    }
    parameters = [p for _, p in student.trainable()]
    losses = student.losses(batches)
    for name, batch in batches.items():
        expected = naive(student.trunk.network, batch)
        torch.testing.assert_close(losses[name], expected, atol=1e-5, rtol=1e-5)
        mine = torch.autograd.grad(losses[name], parameters, retain_graph=True)
        for a, b in zip(mine, torch.autograd.grad(expected, parameters), strict=True):
            torch.testing.assert_close(a, b, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("vocabulary", [3, 700])
def test_nats_and_their_gradient_are_those_of_cross_entropy_bit_for_bit(vocabulary):
    chance = torch.Generator().manual_seed(1)
    logits = torch.randn(50, vocabulary, generator=chance) * 4
    tokens = torch.randint(vocabulary, (50,), generator=chance)
    pull = torch.rand(50, generator=chance)
    pull[:5] = 0.0
    mine, plain = (logits.clone().requires_grad_() for _ in range(2))
    found, expected = nats_of(mine, tokens), functional.cross_entropy(plain, tokens, reduction="none")
    (found * pull).sum().backward()
    (expected * pull).sum().backward()
    assert torch.equal(found, expected)
    assert torch.equal(mine.grad, plain.grad)


@pytest.mark.parametrize("packing", ["on", "off"])
def test_labels_are_scored_as_if_each_were_the_answer(root, data, packing):
    student = made(causal_plan(), root, TASKS, packing=packing)
    mine = data["colour"]
    found = student.predict(mine, [3, 0, 6])
    for i, prediction in zip([3, 0, 6], found, strict=True):
        batch = mine.take(np.array([i]))
        prompt = torch.from_numpy(batch.ids[: batch.answers[0]])
        scores = []
        for label in student.labels["colour"]:
            logits = student.trunk.network(input_ids=torch.cat([prompt, label])[None]).logits[0]
            scores.append(
                -functional.cross_entropy(logits[len(prompt) - 1 : -1], label, reduction="sum").item()
            )
        assert prediction.value == LABELS[int(np.argmax(scores))]
        gold = int(batch.targets[0])
        assert prediction.loss == pytest.approx(-scores[gold] / len(student.labels["colour"][gold]), abs=1e-5)
        assert prediction.loss == pytest.approx(student.row_losses(mine, [i])[0], abs=1e-5)


def test_a_branch_sees_its_prompt_and_itself_only():
    prompts, tails = (
        [torch.tensor([5, 6, 7]), torch.tensor([8])],
        [torch.tensor([1, 2]), torch.tensor([], dtype=torch.int64), torch.tensor([3])],
    )
    ids, found = branching(prompts, [tails, tails], "cpu")
    assert ids.tolist() == [5, 6, 7, 1, 2, 3, 8, 1, 2, 3]
    assert found.numbers.tolist() == [0, 1, 2, 3, 4, 3, 0, 1, 2, 1]
    assert found.mask[0, 0].int().tolist()[5] == [1, 1, 1, 0, 0, 1]
    assert found.mask[0, 0].int().tolist()[4] == [1, 1, 1, 1, 1, 0]
    assert found.mask[1, 0].int().tolist()[3][:4] == [1, 0, 0, 1]


def test_a_sliding_window_is_kept_when_rows_are_packed():
    mask = seen(layout(torch.tensor([4, 2])), causal=True, window=2)
    assert mask[0, 0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    assert seen(layout(torch.tensor([4, 2])), causal=True, window=4) is None


def test_answers_equal_transformers_own_greedy_generation(root, data):
    student = made(causal_plan(), root, TASKS)
    network = student.trunk.network.eval()
    prompts = [
        torch.from_numpy(data["short"].row(i)[: data["short"].answers[i]].astype(np.int64)) for i in range(8)
    ]
    found = greedy(network, prompts, student.stop, 12)
    for prompt, answer in zip(prompts, found, strict=True):
        expected = network.generate(
            prompt[None], attention_mask=torch.ones_like(prompt)[None], do_sample=False, max_new_tokens=12
        )
        rest = expected[0, len(prompt) :].tolist()
        assert answer == (rest[: rest.index(student.stop)] if student.stop in rest else rest)


def learnt(root, data, names, steps=150):
    student = made(causal_plan(), root, TASKS)
    assert student.tokenizer.pad_token_id == student.tokenizer.eos_token_id == student.stop
    optimizer = torch.optim.AdamW([p for _, p in student.trainable()], lr=1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        sum(student.losses({name: data[name].take(np.arange(4)) for name in names}).values()).backward()
        optimizer.step()
    return student


def test_it_learns_answers_and_where_to_stop_although_it_pads_with_the_end_token(root, data):
    student = learnt(root, data, TASKS)
    assert [p.value for p in student.predict(data["short"], range(4))] == data["short"].targets_text[:4]
    assert [p.value for p in student.predict(data["colour"], range(4))] == data["colour"].targets_text[:4]
    numbers = [p.value for p in student.predict(data["number"], range(4))]
    assert numbers == [float(y) for y in data["number"].targets_text[:4]]


def test_an_answer_that_is_no_number_is_not_a_number(root, data):
    student = made(causal_plan(), root, TASKS)
    assert all(math.isnan(p.value) for p in student.predict(data["number"], [0, 1]))


def test_only_answers_meet_the_output_layer(root, data):
    student = made(causal_plan(), root, TASKS)
    widths = []
    student.trunk.network.lm_head.register_forward_hook(
        lambda _, inputs, __: widths.append(inputs[0].shape[-2])
    )
    batch = data["short"].take(np.arange(6))
    student.losses({"short": batch})
    assert widths == [int((batch.lengths - batch.answers).sum())]


def test_bfloat16_is_used_only_when_resolved(root, data):
    exact, rough = (
        made(causal_plan(), root, TASKS, precision=p).row_losses(data["short"], range(8))
        for p in ("fp32", "bf16")
    )
    assert not np.array_equal(exact, rough)
    np.testing.assert_allclose(rough, exact, rtol=0.05)


def test_random_init_builds_the_asked_shape_and_cuts_the_vocabulary(root):
    wanted = Method(word="random", parameters={"layers": 1, "width": 24, "heads": 2, "vocab": 300})
    llama(root / "llama")
    plan = causal_plan(init=Method(word="random", parameters={"layers": 1, "width": 24, "heads": 2}))
    one, two, other = (made(plan, root, TASKS, seed=s) for s in (1, 1, 2))
    config = one.trunk.network.config
    assert (
        config.num_hidden_layers,
        config.hidden_size,
        config.num_attention_heads,
        config.num_key_value_heads,
    ) == (1, 24, 2, 1)
    assert config.intermediate_size == 48
    name = "trunk.model.layers.0.self_attn.q_proj.weight"
    assert torch.equal(one.state()[name], two.state()[name])
    assert not torch.equal(one.state()[name], other.state()[name])
    assert load_base(causal_plan(init=wanted), root, root).config.vocab_size <= 300


def test_the_saved_folder_generates_with_from_pretrained(root, data, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    student = learnt(root, data, ["short"], steps=60)
    student.save(tmp_path)
    network, tokenizer = (
        AutoModelForCausalLM.from_pretrained(tmp_path),
        AutoTokenizer.from_pretrained(tmp_path),
    )
    assert not [key for key in json.loads((tmp_path / "config.json").read_text()) if "implementation" in key]
    for i, prediction in enumerate(student.predict(data["short"], range(4))):
        prompt = tokenizer(data["short"].prompts[i] + "\n", return_tensors="pt")
        written = network.generate(**prompt, max_new_tokens=12)[0, prompt["input_ids"].shape[1] :]
        assert tokenizer.decode(written, skip_special_tokens=True).strip() == prediction.value


@pytest.mark.nightly
def test_the_bundled_decoder_answers_and_learns(tmp_path):
    from currc.runtime.learning.models.build import student

    plan = ModelPlan(kind="causal", base="bundled:smollm2-135m", adapter=Method(word="lora"))
    base = load_base(plan, Path(), tmp_path)
    tasks = {
        "capital": task("generate", max_new_tokens=12),
        "mood": task("classify", ("positive", "negative")),
    }
    model = student(plan, tasks, base, 1)
    assert model.packing
    asked = rows(
        "capital",
        [("What is the capital of France?", "The capital of France is Paris.")],
        tasks["capital"],
        base,
        128,
    )
    assert model.predict(asked, [0])[0].value == "The capital of France is Paris."
    moods = [
        ("Cold food and a rude waiter. Positive or negative?", "negative"),
        ("A lovely evening! Positive or negative?", "positive"),
    ]
    mine = rows("mood", moods, tasks["mood"], base, 128)
    before = model.row_losses(mine, [0, 1]).mean()
    optimizer = torch.optim.AdamW([p for _, p in model.trainable()], lr=1e-3)
    for _ in range(3):
        optimizer.zero_grad()
        model.losses({"mood": mine.take(np.arange(2))})["mood"].backward()
        optimizer.step()
    assert model.row_losses(mine, [0, 1]).mean() < before / 2
