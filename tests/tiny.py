"""Models of a few thousand weights with real tokenizers, and rows for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from currc.compiler.plan import Method, ModelPlan, TaskPlan
from currc.runtime.data.templates import Example
from currc.runtime.data.tokens import TokenRows, tokenize
from currc.runtime.learning.models.base import Base, load_base
from currc.runtime.learning.models.build import student

WORDS = ["red", "green", "blue", "a", "the", "one", "two", "cat", "dog", "sat", "on", "mat", "big", "old"]
LABELS = ("red", "green", "blue thing")


def bert(folder: Path, layers: int = 3, dropout: float = 0.0, kind: str = "bert") -> Path:
    """A BERT of 3 layers, width 16, with a WordPiece tokenizer over `WORDS` and letters."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS, *letters, *(f"##{x}" for x in letters)]
    vocab = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    raw = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    raw.normalizer = normalizers.BertNormalizer()
    raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    raw.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=raw, **special).save_pretrained(folder)
    sizes = {
        "vocab_size": len(vocab),
        "hidden_size": 16,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 64,
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": dropout,
        "initializer_range": 0.3,
    }
    torch.manual_seed(1)
    if kind == "roberta":
        RobertaModel(RobertaConfig(**sizes, pad_token_id=1)).save_pretrained(folder)
    else:
        BertModel(BertConfig(**sizes)).save_pretrained(folder)
    return folder


def llama(folder: Path, **other: Any) -> Path:
    """A Llama of 2 layers, width 16, grouped heads, over bytes; it pads with its end token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate(["<s>", "</s>", *alphabet])}
    merges = []
    for pair in (("r", "e"), ("re", "d"), ("g", "re"), ("b", "l")):
        vocab["".join(pair)] = len(vocab)
        merges.append(pair)
    raw = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    PreTrainedTokenizerFast(tokenizer_object=raw, **special).save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(vocab),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
        initializer_range=0.3,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
        tie_word_embeddings=True,
        **other,
    )
    torch.manual_seed(2)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def task(kind: str, labels: Sequence[str] = (), **other: Any) -> TaskPlan:
    """A task over rows `{x}` → `{y}`."""
    return TaskPlan(
        kind=kind,
        train="t",
        gold="g",
        prompt="{x}",
        target="{y}",
        labels=tuple(labels),
        metric=Method(word="loss"),
        **other,
    )


def rows(
    name: str, pairs: Sequence[tuple[str, str]], plan: TaskPlan, base: Base, max_tokens: int = 64
) -> TokenRows:
    """The tokens of (prompt, target) pairs."""
    found = [Example(x, y, x, f"{i:016x}", f"f:{i}", None, ((0, len(x)),)) for i, (x, y) in enumerate(pairs)]
    form = "encoder" if base.plan.kind == "encoder" else "causal"
    return tokenize(name, found, plan, base.tokenizer, form, max_tokens)


def encoder_plan(**other: Any) -> ModelPlan:
    return ModelPlan(kind="encoder", base="./bert", **other)


def causal_plan(**other: Any) -> ModelPlan:
    return ModelPlan(kind="causal", base="./llama", **other)


def made(plan: ModelPlan, root: Path, tasks: dict[str, TaskPlan], seed: int = 3, **other: Any) -> Any:
    """A student on a tiny base below `root`."""
    return student(plan, tasks, load_base(plan, root, root / "cache"), seed, **other)
