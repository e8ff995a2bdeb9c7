"""Encoders: equal to a naive padded computation, in loss and in gradient; answers, freezing, saving."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import LABELS, WORDS, bert, encoder_plan, made, rows, task
from torch.nn import functional

from currc.compiler.plan import Method
from currc.runtime.learning.models import ModelError
from currc.runtime.learning.models.base import load_base
from currc.runtime.learning.models.encoder import load_encoder
from currc.runtime.learning.models.heads import best_spans
from currc.runtime.learning.models.ragged import chunks, layout

TASKS = {
    "colour": task("classify", LABELS),
    "animal": task("extract"),
    "size": task("regress"),
    "tags": task("tag", ("O", "B")),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    bert(folder / "bert")
    return folder


@pytest.fixture(scope="module")
def base(root):
    return load_base(encoder_plan(), root, root / "cache")


def texts(count, seed=0):
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(2, 14))) for _ in range(count)]


@pytest.fixture(scope="module")
def data(base):
    found = texts(12)
    answers = {
        "colour": [LABELS[("cat" in t) + ("dog" in t)] for t in found],
        "animal": [" ".join(t.split()[1:3]) for t in found],
        "size": [str(len(t) / 10) for t in found],
        "tags": [" ".join("B" if w in ("cat", "dog") else "O" for w in t.split()) for t in found],
    }
    return {
        name: rows(name, list(zip(found, y, strict=True)), TASKS[name], base) for name, y in answers.items()
    }


def naive(student, name, batch):
    """A task's mean loss by plain transformers: rows padded with zeros, a mask, no cleverness."""
    pieces = torch.split(torch.from_numpy(batch.ids), batch.lengths.tolist())
    ids = torch.nn.utils.rnn.pad_sequence(list(pieces), batch_first=True)
    mask = (torch.arange(ids.shape[1]) < torch.from_numpy(batch.lengths)[:, None]).long()
    hidden = student.trunk.network(input_ids=ids, attention_mask=mask).last_hidden_state
    linear = student.heads[name].linear
    if name in ("colour", "size"):
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        out = linear(mean)
        gold = torch.from_numpy(batch.targets)
        if name == "colour":
            return functional.cross_entropy(out, gold)
        return functional.mse_loss(out[:, 0], gold)
    out = linear(hidden)
    total = 0.0
    starts = np.cumsum(batch.lengths) - batch.lengths
    for i, n in enumerate(batch.lengths):
        mine = out[i, :n]
        if name == "animal":
            first, last = batch.targets[i]
            loss = -(mine[:, 0].log_softmax(0)[first] + mine[:, 1].log_softmax(0)[last]) / 2
        else:
            tags = torch.from_numpy(batch.targets[starts[i] : starts[i] + n].astype(np.int64))
            loss = functional.cross_entropy(mine[tags >= 0], tags[tags >= 0])
        total = total + loss
    return total / len(batch.lengths)


@pytest.mark.parametrize("packing", ["on", "off"])
def test_losses_and_gradients_equal_a_naive_padded_computation(root, data, packing):
    student = made(encoder_plan(), root, TASKS, packing=packing)
    assert student.packing == (packing == "on")
    batches = {
        name: mine.take(np.array([0, 5, 3, 3, 11, 7])[: 3 + i]) for i, (name, mine) in enumerate(data.items())
    }
    parameters = [p for _, p in student.trainable()]
    losses = student.losses(batches)
    assert list(losses) == list(batches)
    student.trunk.mode(training=True)
    for name, batch in batches.items():
        expected = naive(student, name, batch)
        torch.testing.assert_close(losses[name], expected, atol=1e-5, rtol=1e-5)
        mine = torch.autograd.grad(losses[name], parameters, retain_graph=True, allow_unused=True)
        theirs = torch.autograd.grad(expected, parameters, allow_unused=True)
        for (path, _), a, b in zip(student.trainable(), mine, theirs, strict=True):
            zero = torch.zeros(1)
            assert a is not None or not path.startswith(f"heads.{name}.")
            torch.testing.assert_close(
                zero if a is None else a,
                zero.expand_as(a) if b is None and a is not None else zero if b is None else b,
                atol=2e-5,
                rtol=1e-4,
            )


def test_a_task_alone_has_the_loss_that_it_has_in_company(root, data):
    student = made(encoder_plan(), root, TASKS)
    batches = {name: mine.take(np.arange(5)) for name, mine in data.items()}
    joint = student.losses(batches)
    for name, batch in batches.items():
        torch.testing.assert_close(joint[name], student.losses({name: batch})[name], atol=1e-6, rtol=1e-5)


def test_an_architecture_that_counts_positions_from_behind_the_pad_id_is_packed_all_the_same(tmp_path, data):
    bert(tmp_path / "bert", kind="roberta")
    packed, padded = (made(encoder_plan(), tmp_path, TASKS, packing=p) for p in ("auto", "off"))
    assert packed.trunk.first == 2
    mine = data["colour"]
    np.testing.assert_allclose(
        packed.row_losses(mine, range(12)), padded.row_losses(mine, range(12)), atol=1e-5
    )


def test_packing_is_off_where_a_network_does_not_keep_rows_apart(root):
    base = load_base(encoder_plan(), root, root / "cache")
    base.preload()
    forward = base.ready.forward

    def leaky(**inputs):  # a network that ignores what it is told about rows
        inputs.pop("ragged", None)
        return forward(
            **{
                **inputs,
                "attention_mask": None if inputs["attention_mask"].ndim == 4 else inputs["attention_mask"],
            }
        )

    base.ready.forward = leaky
    from currc.runtime.learning.models.build import student

    assert not student(encoder_plan(), TASKS, base, 1).packing


def test_predictions_and_row_losses_follow_the_order_asked_for(root, data):
    student = made(encoder_plan(), root, TASKS)
    for name, mine in data.items():
        asked = [7, 0, 11, 3]
        some, all_ = student.predict(mine, asked), student.predict(mine, range(12))
        assert [p.value for p in some] == [all_[i].value for i in asked]
        losses = student.row_losses(mine, np.array(asked))
        assert losses.dtype == np.float64
        np.testing.assert_allclose(losses, [p.loss for p in some], rtol=1e-6)
        np.testing.assert_allclose(
            losses, [student.losses({name: mine.take(np.array([i]))})[name].item() for i in asked], atol=1e-5
        )


def test_it_learns_every_kind_by_heart(root, data):
    student = made(encoder_plan(), root, TASKS)
    optimizer = torch.optim.AdamW([p for _, p in student.trainable()], lr=5e-3, weight_decay=0)
    for _ in range(120):
        optimizer.zero_grad()
        sum(
            student.losses({name: mine.take(np.arange(12)) for name, mine in data.items()}).values()
        ).backward()
        optimizer.step()
    for name in ("colour", "animal", "tags"):
        right = [
            (" ".join(p.value) if isinstance(p.value, tuple) else p.value) == data[name].targets_text[i]
            for i, p in enumerate(student.predict(data[name], range(12)))
        ]
        assert sum(right) >= 11, name
    numbers = [p.value for p in student.predict(data["size"], range(12))]
    assert np.corrcoef(numbers, [float(y) for y in data["size"].targets_text])[0, 1] > 0.9


def test_an_extracted_answer_is_the_prompt_s_own_text(root, base):
    student = made(encoder_plan(), root, {"animal": TASKS["animal"]})
    mine = rows("animal", [("The Big  CAT, sat", "Big  CAT")], TASKS["animal"], base)
    optimizer = torch.optim.AdamW([p for _, p in student.trainable()], lr=1e-2)
    for _ in range(40):
        optimizer.zero_grad()
        student.losses({"animal": mine.take(np.array([0]))})["animal"].backward()
        optimizer.step()
    assert student.predict(mine, [0])[0].value == "Big  CAT"


def test_heads_start_equal_whichever_other_tasks_there_are(root):
    every, one = made(encoder_plan(), root, TASKS), made(encoder_plan(), root, {"colour": TASKS["colour"]})
    other = made(encoder_plan(), root, TASKS, seed=4)
    name = "heads.colour.linear.weight"
    assert torch.equal(every.state()[name], one.state()[name])
    assert not torch.equal(every.state()[name], other.state()[name])
    assert torch.equal(
        every.state()["trunk.embeddings.word_embeddings.weight"],
        other.state()["trunk.embeddings.word_embeddings.weight"],
    )


def test_a_student_draws_nothing_from_the_global_stream(root):
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    made(encoder_plan(init=Method(word="random", parameters={"layers": 1})), root, TASKS)
    assert torch.equal(torch.rand(3), expected)


def test_equal_seeds_give_equal_bits_with_dropout(tmp_path, data):
    bert(tmp_path / "bert", dropout=0.3)
    student = made(encoder_plan(), tmp_path, TASKS)
    batches = {name: mine.take(np.arange(6)) for name, mine in data.items()}
    found = []
    for seed in (5, 5, 6):
        torch.manual_seed(seed)
        found.append([float(x.detach()) for x in student.losses(batches).values()])
    assert found[0] == found[1] != found[2]


def test_state_goes_back_bit_for_bit(root, data):
    student = made(encoder_plan(), root, TASKS)
    before = student.state()
    assert list(before) == [name for name, _ in student.trainable()]
    with torch.no_grad():
        for _, p in student.trainable():
            p.add_(1.0)
    assert not torch.equal(student.state()["heads.size.linear.bias"], before["heads.size.linear.bias"])
    student.load_state(before)
    assert all(torch.equal(a, b) for a, b in zip(before.values(), student.state().values(), strict=True))
    with pytest.raises(ValueError, match="another student"):
        student.load_state({"x": torch.zeros(1)})


def test_shared_names_are_the_trunk_and_the_rest_has_an_owner(root):
    student = made(encoder_plan(), root, TASKS)
    own = [name for name, _ in student.trainable() if name not in student.shared_names]
    assert {student.owner(name) for name in own} == set(TASKS)
    assert all(name.startswith("trunk.") for name in student.shared_names)


def test_freezing_takes_embeddings_and_layers_out_of_training(root):
    student = made(encoder_plan(freeze=("embeddings", "layers:0:1")), root, TASKS)
    names = [name for name, _ in student.trainable()]
    assert names
    assert not any("embeddings" in n or "layer.0." in n or "layer.1." in n or "pooler" in n for n in names)
    assert any("layer.2." in n for n in names)
    with pytest.raises(ModelError, match=r"layers 0 \.\. 2"):
        made(encoder_plan(freeze=("layers:1:3",)), root, TASKS)


def test_flops_count_what_is_trained(root):
    lengths = {"colour": np.array([10, 20])}
    whole = made(encoder_plan(), root, TASKS).flops(lengths)
    frozen = made(encoder_plan(freeze=("embeddings", "layers:0:2")), root, TASKS).flops(lengths)
    weights = 3 * (4 * 16 * 16 + 2 * 16 * 32)
    squares = 10 * 10 + 20 * 20
    assert frozen == 2 * weights * 30 + 4 * squares * 16 * 3
    assert whole == 6 * weights * 30 + 4 * squares * 16 * 9


def test_an_encoder_refuses_to_write(root):
    with pytest.raises(ModelError, match="cannot summarize"):
        made(encoder_plan(), root, {"headline": task("summarize")})


def test_task_names_may_be_words_that_python_objects_have(root, base):
    tasks = {"type": TASKS["colour"], "items": TASKS["colour"], "train": TASKS["colour"]}
    student = made(encoder_plan(), root, tasks)
    mine = rows("items", [("a cat", "red")], TASKS["colour"], base)
    assert set(student.losses({"items": mine.take(np.array([0]))})) == {"items"}


def test_the_saved_folder_loads_with_from_pretrained_and_with_its_heads(root, data, tmp_path):
    from transformers import AutoModel, AutoTokenizer

    student = made(encoder_plan(), root, TASKS)
    student.save(tmp_path)
    plain = AutoModel.from_pretrained(tmp_path)
    for name, weight in student.trunk.network.named_parameters():
        assert torch.equal(weight, plain.state_dict()[name]), name
    assert (
        AutoTokenizer.from_pretrained(tmp_path)("a cat")["input_ids"]
        == student.tokenizer("a cat")["input_ids"]
    )
    assert not [key for key in json.loads((tmp_path / "config.json").read_text()) if "implementation" in key]
    again = load_encoder(tmp_path)
    for mine in data.values():
        assert [p.value for p in again.predict(mine, range(12))] == [
            p.value for p in student.predict(mine, range(12))
        ]
    answers = student.predict(data["animal"], range(3))
    assert again.read("animal", data["animal"].prompts[:3]) == [p.value for p in answers]
    assert again.read("tags", data["tags"].prompts[:3]) == [
        p.value for p in student.predict(data["tags"], range(3))
    ]


@given(st.lists(st.lists(st.floats(-5, 5, width=32), min_size=2, max_size=2), min_size=1, max_size=8))
def test_the_best_span_has_the_largest_sum_of_all_that_end_behind_their_start(logits):
    outputs = torch.tensor(logits).T[None]
    ((first, last),) = best_spans(outputs)
    assert first <= last
    best = max(logits[a][0] + logits[b][1] for a in range(len(logits)) for b in range(a, len(logits)))
    assert logits[first][0] + logits[last][1] == pytest.approx(best, abs=1e-6)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_lines_and_flat_undo_each_other_and_chunks_hold_every_row_once(lengths):
    rows_ = layout(torch.tensor(lengths))
    values = torch.arange(1.0, sum(lengths) + 1)[:, None]
    assert torch.equal(rows_.flat(rows_.lines(values)), values)
    assert float(rows_.lines(values).sum()) == float(values.sum())
    groups = chunks(torch.tensor(lengths), cost=16)
    assert sorted(torch.cat(groups).tolist()) == list(range(len(lengths)))
    for group in groups:
        sizes = [lengths[i] for i in group.tolist()]
        for cut in range(1, len(sizes)):
            assert cut * (max(sizes) - sorted(sizes)[cut - 1]) <= 16


def test_the_bundled_encoder_learns_a_little_task(tmp_path):
    from currc.compiler.plan import ModelPlan
    from currc.runtime.learning.models.build import student

    plan = ModelPlan(kind="encoder", base="bundled:minilm-l6/2", freeze=("embeddings",))
    base = load_base(plan, Path(), tmp_path)
    assert base.config.num_hidden_layers == 2
    things = ["apple", "pear", "cherry", "plum", "dog", "cat", "horse", "cow"]
    held = [
        ("a ripe banana", "fruit"),
        ("a wild wolf", "animal"),
        ("a sweet peach", "fruit"),
        ("an old goat", "animal"),
    ]
    kind = task("classify", ("fruit", "animal"))
    train = rows(
        "kind", [(f"a {w}", "fruit" if i < 4 else "animal") for i, w in enumerate(things)], kind, base
    )
    model = student(plan, {"kind": kind}, base, 1)
    assert model.packing
    optimizer = torch.optim.AdamW([p for _, p in model.trainable()], lr=3e-4)
    for step in range(12):
        torch.manual_seed(step)
        optimizer.zero_grad()
        model.losses({"kind": train.take(np.arange(8))})["kind"].backward()
        optimizer.step()
    answers = model.predict(rows("kind", held, kind, base), range(4))
    assert [a.value for a in answers] == [y for _, y in held]
