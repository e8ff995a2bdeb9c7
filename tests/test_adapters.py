"""Adapters: what is trained, that nothing changes at the start, and that merging changes nothing either."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
import torch
from tiny import bert, causal_plan, encoder_plan, llama, made, rows, task

from currc.compiler.plan import Method
from currc.runtime.learning.adapters.lora import Lora
from currc.runtime.learning.adapters.none import None_
from currc.runtime.learning.models import ModelError
from currc.runtime.vocabulary import Vocabulary

TASKS = {"short": task("generate")}


def lora(**parameters):
    return Method(word="lora", parameters=parameters)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters")
    llama(folder / "llama")
    bert(folder / "bert")
    return folder


@pytest.fixture(scope="module")
def mine(root):
    from currc.runtime.learning.models.base import load_base

    return rows(
        "short",
        [("red cat", "cat"), ("one dog", "dog")],
        TASKS["short"],
        load_base(causal_plan(), root, root),
    )


def shaken(student):
    """Every trained tensor moved, so that an adapter is not at its zero."""
    torch.manual_seed(0)
    with torch.no_grad():
        for _, weight in student.trainable():
            weight.add_(torch.randn_like(weight), alpha=0.3)
    return student


def test_both_are_words_of_the_language():
    assert set(Vocabulary().words("adapter")) == {"none", "lora"}
    assert Vocabulary().component("adapter", "none") is None_


def test_lora_trains_thin_matrices_at_every_attention_projection_and_starts_as_the_base(root, mine):
    plain, thin = made(causal_plan(), root, TASKS), made(causal_plan(adapter=lora(rank=3)), root, TASKS)
    shapes = {name: tuple(w.shape) for name, w in thin.trainable()}
    assert len(shapes) == 2 * 4 * 2
    assert shapes["trunk.model.layers.0.self_attn.q_proj.lora_A.default.weight"] == (3, 16)
    assert shapes["trunk.model.layers.1.self_attn.o_proj.lora_B.default.weight"] == (16, 3)
    np.testing.assert_array_equal(plain.row_losses(mine, [0, 1]), thin.row_losses(mine, [0, 1]))


def test_its_scale_is_alpha_by_rank_and_alpha_is_twice_the_rank_unless_said(root):
    def scale(**parameters):
        student = made(causal_plan(adapter=lora(**parameters)), root, TASKS)
        return student.trunk.network.model.layers[0].self_attn.q_proj.scaling["default"]

    assert scale(rank=4) == 2.0
    assert scale(rank=4, alpha=2) == 0.5


def test_start_weights_follow_the_seed(root):
    one, two, other = (made(causal_plan(adapter=lora()), root, TASKS, seed=s).state() for s in (1, 1, 2))
    name = "trunk.model.layers.0.self_attn.q_proj.lora_A.default.weight"
    assert torch.equal(one[name], two[name])
    assert not torch.equal(one[name], other[name])


def test_packed_and_padded_agree_with_an_adapter(root, mine):
    packed, padded = (
        shaken(made(causal_plan(adapter=lora()), root, TASKS, packing=p)) for p in ("on", "off")
    )
    np.testing.assert_allclose(packed.row_losses(mine, [0, 1]), padded.row_losses(mine, [0, 1]), atol=1e-5)


def test_targets_choose_layers_and_a_wrong_one_is_named(root):
    few = made(causal_plan(adapter=lora(targets=("q_proj", "down_proj"))), root, TASKS)
    assert {name.split(".")[-4] for name, _ in few.trainable()} == {"q_proj", "down_proj"}
    with pytest.raises(ModelError, match="no linear layer is named `qproj`") as error:
        made(causal_plan(adapter=lora(targets=("qproj",))), root, TASKS)
    assert "`q_proj`" in error.value.help


def test_frozen_layers_have_no_trained_adapter(root):
    student = made(causal_plan(adapter=lora(), freeze=("layers:0:0",)), root, TASKS)
    assert student.trainable()
    assert not [name for name, _ in student.trainable() if "layers.0." in name]


def test_the_saved_decoder_has_the_adapter_merged_and_the_student_goes_on(root, mine, tmp_path):
    from transformers import AutoModelForCausalLM

    student = shaken(made(causal_plan(adapter=lora()), root, TASKS))
    before = student.row_losses(mine, [0, 1])
    student.save(tmp_path)
    np.testing.assert_array_equal(student.row_losses(mine, [0, 1]), before)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert not [name for name in loaded.state_dict() if "lora" in name]
    assert not (tmp_path / "adapter_config.json").exists()
    student.trunk.network = loaded
    np.testing.assert_allclose(student.row_losses(mine, [0, 1]), before, atol=1e-4)


def test_an_encoder_s_heads_are_trained_beside_its_adapter(root, tmp_path):
    from currc.runtime.learning.models.base import load_base
    from currc.runtime.learning.models.encoder import load_encoder

    tasks = {"colour": task("classify", ("red", "green"))}
    student = shaken(made(encoder_plan(adapter=lora(rank=2)), root, tasks))
    names = [name for name, _ in student.trainable()]
    assert [n for n in names if n.startswith("heads.")] == [
        "heads.colour.linear.weight",
        "heads.colour.linear.bias",
    ]
    assert any("attention.output.dense.lora_A" in n for n in names)
    assert not any("intermediate" in n for n in names)
    some = rows("colour", [("a cat", "red")], tasks["colour"], load_base(encoder_plan(), root, root))
    before = student.row_losses(some, [0])
    student.save(tmp_path)
    np.testing.assert_allclose(load_encoder(tmp_path).row_losses(some, [0]), before, atol=1e-5)


def test_a_missing_extra_is_named_with_its_install_command(root, monkeypatch):
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "peft" else there(name, *a)
    )
    with pytest.raises(ModelError) as error:
        made(causal_plan(adapter=Method(word="lora", parameters=Lora().model_dump(mode="json"))), root, TASKS)
    assert (error.value.exit_code, error.value.help) == (69, "pip install 'currc[lora]'")
