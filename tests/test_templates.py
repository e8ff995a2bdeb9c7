import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from currc.compiler.codes import Code
from currc.compiler.plan import Method, TaskPlan
from currc.runtime.data.chat import Message
from currc.runtime.data.rows import DataError, Row, row_key
from currc.runtime.data.templates import Example, examples, template


def task(prompt: str, target: str, kind: str = "generate", labels: tuple[str, ...] = ()) -> TaskPlan:
    return TaskPlan(
        kind=kind,
        train="s",
        gold="g",
        prompt=prompt,
        target=target,
        labels=labels,
        metric=Method(word="loss"),
    )


def rows(*values: dict[str, Any]) -> list[Row]:
    return [Row(value, row_key(value), f"t.jsonl:{i}") for i, value in enumerate(values, start=1)]


def one(plan: TaskPlan, **values: Any) -> Example:
    (example,) = examples("skill", plan, rows(values))
    return example


def complaint(plan: TaskPlan, *values: dict[str, Any]) -> DataError:
    with pytest.raises(DataError) as caught:
        examples("skill", plan, rows(*values))
    return caught.value


def test_plain_columns() -> None:
    example = one(
        task("Queue?\n{title}: {body}\nAnswer", "{queue}"), title="Crash", body="at start", queue="bug"
    )
    assert example.prompt == "Queue?\nCrash: at start\nAnswer"
    assert example.target == "bug"
    assert example.inputs == "Crash\nat start"
    assert [example.prompt[a:b] for a, b in example.spans] == ["Crash", "at start"]
    assert (example.key, example.place) == (row_key(dict(example.values)), "t.jsonl:1")
    assert example.messages is None


def test_braces() -> None:
    assert one(task(r"\{x\} {x} {} {a b} \n", "{x}"), x="{x}").prompt == r"{x} {x} {} {a b} \n"
    assert template("{a}{b}").columns == ("a", "b")
    assert template("{a}").alone == "a"
    assert [template(text).alone for text in ("{a}{b}", " {a}", "{a}.", "a")] == [None] * 4


@given(st.text().filter(lambda text: "\\" not in text and "{" not in text), st.text(), st.text())
def test_values_are_put_in_and_never_read_as_templates(literal: str, a: str, b: str) -> None:
    example = one(task(literal + "{a}" + literal + "{b}", "x"), a=a, b=b)
    assert example.prompt == literal + a + literal + b
    assert [example.prompt[start:end] for start, end in example.spans] == [a, b]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "3"),
        (3, "3"),
        (3.0, "3.0"),
        (True, "true"),
        (["a", 1], '["a",1]'),
        ({"b": 1, "a": "ü"}, '{"b":1,"a":"ü"}'),
    ],
)
def test_values_that_are_no_text_stand_as_json(value: Any, text: str) -> None:
    example = one(task("{x}", "{x}"), x=value)
    assert (example.prompt, example.target) == (text, text)


def test_numeric_labels_are_compared_as_their_json() -> None:
    plan = task("{x}", "{y}", "classify", ("1", "true", "2.5"))
    made = examples("skill", plan, rows(*({"x": "a", "y": y} for y in (1, True, 2.5, "1"))))
    assert [example.target for example in made] == ["1", "true", "2.5", "1"]
    assert complaint(plan, {"x": "a", "y": 1.0}).message == "`1.0` is no label of task `skill`"


CHAT = [
    {"role": "system", "content": "be brief"},
    {"role": "user", "content": "capital of France?"},
    {"role": "assistant", "content": "Paris"},
    {"role": "user", "content": "of Spain?"},
    {"role": "assistant", "content": "Madrid"},
    {"role": "user", "content": "thanks"},
]


def test_messages_answer_the_last_assistant_turn() -> None:
    example = one(task("{messages}", "{messages}"), messages=CHAT)
    assert example.messages == tuple(Message(turn["role"], turn["content"]) for turn in CHAT[:4])
    assert example.target == "Madrid"
    assert example.prompt == "system: be brief\nuser: capital of France?\nassistant: Paris\nuser: of Spain?"
    assert example.inputs == "capital of France?\nParis\nof Spain?"
    assert [example.prompt[a:b] for a, b in example.spans] == [
        "be brief",
        "capital of France?",
        "Paris",
        "of Spain?",
    ]


def test_sharegpt_means_the_same() -> None:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    shared = [{"from": names[turn["role"]], "value": turn["content"]} for turn in CHAT]
    example = one(task("{conversations}", "{conversations}"), conversations=shared)
    same = one(task("{messages}", "{messages}"), messages=CHAT)
    assert (example.messages, example.target, example.inputs) == (same.messages, same.target, same.inputs)


def test_prompt_and_completion_as_text_or_turns() -> None:
    plan = task("{prompt}", "{completion}")
    text = one(plan, prompt="2 + 2", completion="4")
    assert (text.prompt, text.target, text.messages) == ("2 + 2", "4", None)
    turns = one(plan, prompt=CHAT[:2], completion=[CHAT[2]])
    assert turns.messages == (Message("system", "be brief"), Message("user", "capital of France?"))
    assert turns.target == "Paris"
    mixed = one(plan, prompt=CHAT[:2], completion="Paris")
    assert (mixed.messages, mixed.target) == (turns.messages, "Paris")


def test_instructions_and_raw_text() -> None:
    alpaca = one(task("{instruction}\n{input}", "{output}"), instruction="Add", input="", output="3")
    assert (alpaca.prompt, alpaca.target) == ("Add\n", "3")
    raw = one(task("", "{text}"), text="once upon a time")
    assert (raw.prompt, raw.target, raw.inputs) == ("", "once upon a time", "once upon a time")


@pytest.mark.parametrize(
    ("chat", "message"),
    [
        (CHAT[:2], "the conversation has no assistant turn to learn"),
        (CHAT[2:3], "the conversation has no turn before the assistant's"),
        (
            [*CHAT[:2], {"role": "assistant", "content": None}],
            "turn 3 has a content of type `NoneType`, not text",
        ),
        ([{"role": "user", "content": [{"type": "image"}]}], "turn 1 has a content of type `list`, not text"),
        ([{"role": 1, "content": "x"}], "turn 1 has a role of type `int`, not text"),
    ],
)
def test_conversations_without_an_answer(chat: list[Any], message: str) -> None:
    error = complaint(task("{m}", "{m}"), {"m": CHAT}, {"m": chat})
    assert (error.code, error.place, error.message) == (Code.BAD_ROW, "t.jsonl:2", message)


def test_a_completion_without_an_assistant_turn() -> None:
    error = complaint(task("{prompt}", "{completion}"), {"prompt": "x", "completion": CHAT[:2]})
    assert (error.code, error.message) == (Code.TARGET_MISSING, "the completion has no assistant turn")


def test_tag_lists_are_words() -> None:
    plan = task("Tag: {words}", "{tags}", "tag", ("O", "B-PER"))
    example = one(plan, words=["Ada", "wrote"], tags=["B-PER", "O"])
    assert (example.prompt, example.target) == ("Tag: Ada wrote", "B-PER O")
    assert one(plan, words="Ada wrote", tags="B-PER O").prompt == example.prompt
    error = complaint(plan, {"words": ["Ada L.", "wrote"], "tags": ["O", "O"]})
    assert error.message == "item 1 of `words` is `Ada L.`, not one word"
    error = complaint(plan, {"words": ["Ada"], "tags": ["O", "O"]})
    assert (error.code, error.message) == (Code.BAD_TARGET, "2 tags for 1 words")
    error = complaint(plan, {"words": ["Ada"], "tags": ["B-PRE"]})
    assert (error.code, error.message, error.help) == (
        Code.LABEL_UNKNOWN, "`B-PRE` is no label of task `skill`", "did you mean `B-PER`?"
    )  # fmt: skip


LABELS = ("billing", "bug")
GOOD = {"body": "x", "queue": "bug"}


@pytest.mark.parametrize(
    ("plan", "value", "code", "message", "help"),
    [
        (task("{body}", "{queue}"), {"body": "x", "queue": ""}, Code.TARGET_MISSING,
         "the answer of task `skill` is empty", "give the row an answer or leave it out"),
        (task("{body}", "{queue}"), {"body": "x", "queue": " \n"}, Code.TARGET_MISSING,
         "the answer of task `skill` is empty", "give the row an answer or leave it out"),
        (task("{body}", "{queue}"), {"body": "x", "queue": None}, Code.TARGET_MISSING,
         "the column `queue` is null", "give it a value or leave the row out"),
        (task("{body}", "{queue}"), {"body": None, "queue": "bug"}, Code.BAD_ROW,
         "the column `body` is null", "give it a value or leave the row out"),
        (task("{body}", "{queue}"), {"boddy": "x", "queue": "bug"}, Code.COLUMN_MISSING,
         "the row lacks the column `body` of task `skill`", "did you mean `boddy`?"),
        (task("{body}", "{queue}"), {"z": "x", "queue": "bug"}, Code.COLUMN_MISSING,
         "the row lacks the column `body` of task `skill`", "columns: z, queue"),
        (task("{body}", "{queue}", "classify", LABELS), {"body": "x", "queue": "biling"}, Code.LABEL_UNKNOWN,
         "`biling` is no label of task `skill`", "did you mean `billing`?"),
        (task("{body}", "{queue}", "classify", LABELS), {"body": "x", "queue": "o\x1b"}, Code.LABEL_UNKNOWN,
         "`o\\x1b` is no label of task `skill`", "labels: billing, bug"),
    ],
)  # fmt: skip
def test_a_bad_row(plan: TaskPlan, value: dict[str, Any], code: Code, message: str, help: str) -> None:
    error = complaint(plan, GOOD, value, GOOD)
    assert (error.code, error.place, error.message, error.help) == (code, "t.jsonl:2", message, help)


@pytest.mark.parametrize("value", ["warm", "nan", "inf", "", None, [1]])
def test_regression_needs_numbers(value: Any) -> None:
    plan = task("{x}", "{y}", "regress")
    assert one(plan, x="a", y=-1.5).target == "-1.5"
    assert complaint(plan, {"x": "a", "y": 1}, {"x": "a", "y": value}).place == "t.jsonl:2"


def test_a_column_that_no_row_has_is_one_complaint() -> None:
    error = complaint(task("{boddy}", "{queue}"), *[GOOD] * 10)
    assert error.code is Code.COLUMN_MISSING
    assert error.message == "task `skill` uses the column `boddy`, which no row has"
    assert error.help == "did you mean `body`?"


def test_up_to_five_bad_rows_are_named() -> None:
    bad = {"body": "x", "queue": ""}
    lines = complaint(task("{body}", "{queue}"), GOOD, *[bad] * 9).message.splitlines()
    assert [line.split(":")[1] for line in lines[1:5]] == ["3", "4", "5", "6"]
    assert lines[5:] == ["reading stopped after 5 bad rows"]


def test_an_empty_task() -> None:
    error = complaint(task("{x}", "{y}"))
    assert (error.code, error.message) == (Code.EMPTY_TASK, "task `skill` has no rows")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=3), st.lists, max_leaves=6))
def test_no_value_ends_in_another_error_than_ours(value: Any) -> None:
    turn = {"role": "assistant", "content": value, "from": value, "value": value}
    for row in ({"x": value}, {"x": [turn]}, {"x": [{"role": value, "content": "a"}, turn]}):
        for kind in ("generate", "tag", "regress"):
            try:
                (example,) = examples("skill", task("{x}", "{x}", kind), rows(row))
            except DataError:
                continue
            assert json.dumps(example.target)
