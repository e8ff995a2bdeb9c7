"""A new user's mistakes: all found in one run, and gone after doing what the messages say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from specs import changed, plan_of
from test_golden import BAD, named

from currc.compiler.compile import analyse
from currc.compiler.diagnostic import Complaints, Diagnostic
from currc.compiler.lexer import scan
from currc.compiler.mended import mended
from currc.compiler.record import Record
from currc.compiler.render import full
from currc.compiler.source import Source
from currc.runtime.command import main
from currc.runtime.command.check import MOST_ROUNDS
from currc.runtime.vocabulary import Vocabulary

SHORT = """
arm short extends staged {
  school.basics.max = 20%
}
"""
EXAMPLE = (Path(__file__).parent / "example.curr").read_text(encoding="utf-8") + SHORT


class Mistake(Record):
    """What was meant, what was written, and what the complaint about it must say.

    Where the complaint brings no fix, `offered` stands in it and `written` replaces the
    place that it points at, by default with `offered` itself.
    """

    right: str
    wrong: str
    code: str
    offered: str = ""
    written: str = ""


USERS = {
    "slips": (
        Mistake("score = mean_of(length, rarity)", "score = mean_of(length rarity)", "C0018"),
        Mistake("source tickets {", "sourse tickets {", "C0102"),
        Mistake("order = easy_first", "order = easyfirst", "C0105"),
        Mistake("max_new_tokens = 24", "max_new_token = 24", "C0103"),
        Mistake("time = 45 min", "time = 45 minutes", "C0210"),
        Mistake('"feature", "other"]', '"feature", "other"', "C0004"),
        Mistake("tasks = [route, fields]", "tasks = [route, field]", "C0104"),
        Mistake("lr = 3e-4", 'lr = "3e-4"', "C0201"),
        Mistake("school.basics.max = 20%", "school.basic.max = 20%", "C0602"),
        Mistake("  train = tickets\n  gold = tickets_gold\n", "  train = tickets\n", "C0204"),
    ),
    "from memory": (
        Mistake("edition 2026\n", "", "C0012"),
        Mistake("headline: summarize", "headline: summarise", "C0218"),
        Mistake("metric = macro_f1", 'metric = "macro_f1"', "C0201"),
        Mistake("lr = 3e-4", "learning_rate = 3e-4", "C0103"),
        Mistake("limit = 300_000 tokens", "limit = 300_000 steps", "C0503", "tokens", "300_000 tokens"),
        Mistake("validation = 10%", "validation = 10", "C0203"),
        Mistake("batch = 16", "batch: 16", "C0003"),
        Mistake("easy extends baseline", "easy extend baseline", "C0011"),
        Mistake("schedule = school", "schedule = shool", "C0104"),
        Mistake("after = basics", "after = basic", "C0104"),
    ),
    "habits of other languages": (
        Mistake('base = "HuggingFaceTB/SmolLM2-135M-Instruct"',
                "base = 'HuggingFaceTB/SmolLM2-135M-Instruct'", "C0007"),
        Mistake("# keep the easy", "// keep the easy", "C0009"),
        Mistake("lora(rank = 16, alpha = 32)", "lora(rank: 16, alpha = 32)", "C0003"),
        Mistake("every = 100 steps", "every = 100steps", "C0010"),
        Mistake("when route.macro_f1", "when rout.macro_f1", "C0104"),
        Mistake("when fields.field_f1", "when fields.macro_f1", "C0311", "`fields.field_f1`", "field_f1"),
        Mistake("unimax(epochs = 4)", "unimax(epoch = 4)", "C0206"),
        Mistake('target = "{title}"', "target = {title}", "C0007"),
        Mistake("seeds = 6", "seeds = 6,", "C0014"),
        Mistake("control = baseline", "control = base", "C0701", "`baseline`", "baseline"),
    ),
    "in a hurry": (
        Mistake("model student: causal {\n", "model student: causal\n", "C0021"),
        Mistake('prompt = "List product', 'prompt "List product', "C0002"),
        Mistake("warmup = 6%", 'warmup = "6%"', "C0201"),
        Mistake("batch = 16\n  lr = 3e-4", "batch = 16 lr = 3e-4", "C0022"),
        Mistake("limit = 300_000 tokens", "limit = 300,000 tokens", "C0024"),
        Mistake("alpha = 0.05", "alpha = 5", "C0203"),
        Mistake("references = [single_task]", "references = single_task", "C0201"),
        Mistake("combine = pcgrad", "combine = pcgrd", "C0105"),
        Mistake("correct = holm", 'correct = "holm"', "C0201"),
        Mistake("arm easy extends", "ram easy extends", "C0102"),
    ),
}  # fmt: skip


def written_by(user: str) -> str:
    """The example as a user wrote it."""
    return changed(EXAMPLE, *((it.right, it.wrong) for it in USERS[user]))


def complaints_about(text: str) -> Complaints:
    return analyse(text, Vocabulary(), name="spec.curr")[1]


def said(found: Diagnostic) -> str:
    """All words of a complaint."""
    return f"{found.message} {found.primary.text} {found.help}"


def followed(found: Diagnostic, mistakes: tuple[Mistake, ...], text: str) -> tuple[int, int, str]:
    """The edit of a user who knows nothing but the complaint."""
    span = found.primary.span
    if found.fix is not None:
        return found.fix.span.start, found.fix.span.end, found.fix.replacement
    for it in mistakes:
        if it.code == found.code.value and it.offered and it.offered in said(found):
            return span.start, span.end, it.written
    assert found.help.startswith("as in `"), f"no way out:\n{full([found])}"
    line = text.index("\n", span.end)  # of the block's header
    return line, line, f"\n  {found.help.split('`')[1]}"


def after_following(text: str, mistakes: tuple[Mistake, ...]) -> str:
    """The text after one round of doing what its errors say."""
    errors = complaints_about(text).errors
    for start, end, replacement in sorted({followed(one, mistakes, text) for one in errors}, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


@pytest.mark.parametrize("user", USERS)
def test_ten_mistakes_are_found_in_one_run(user: str) -> None:
    text, mistakes = written_by(user), USERS[user]
    assert len(mistakes) == 10
    errors = complaints_about(text).errors
    assert sorted(it.code.value for it in errors) == sorted(it.code for it in mistakes), full(errors)


@pytest.mark.parametrize("user", USERS)
def test_each_complaint_says_the_reason_and_a_way_out(user: str) -> None:
    for one in complaints_about(written_by(user)).errors:
        assert one.message
        assert one.primary.text
        assert one.fix or one.help, full([one])


@pytest.mark.parametrize("user", USERS)
def test_who_follows_the_messages_gets_the_plan_that_was_meant(user: str) -> None:
    text = after_following(written_by(user), USERS[user])
    assert plan_of(text).hash() == plan_of(EXAMPLE).hash()


def test_a_fix_that_lays_bare_another_mistake_needs_a_second_round() -> None:
    """`minutes` is nearest to `min`, and then an interval is not a time."""
    mistakes = (Mistake("every = 100 steps", "every = 100 minutes", "C0202", "`steps`", "100 steps"),)
    first = after_following(changed(EXAMPLE, (mistakes[0].right, mistakes[0].wrong)), mistakes)
    assert [it.code.value for it in complaints_about(first).errors] == ["C0202"]
    assert after_following(first, mistakes) == EXAMPLE


@pytest.mark.parametrize("user", USERS)
def test_safe_fixes_alone_leave_what_only_a_person_can_decide(user: str, tmp_path: Path) -> None:
    text, spec = written_by(user), tmp_path / "spec.curr"
    spec.write_text(text, encoding="utf-8")
    before = complaints_about(text).errors
    main(["check", "--fix", str(spec)])
    once = spec.read_text(encoding="utf-8")
    left = complaints_about(once).errors
    assert not any(it.fix and it.fix.safe for it in left)
    assert len(left) == sum(not (it.fix and it.fix.safe) for it in before)
    main(["check", "--fix", str(spec)])
    assert spec.read_text(encoding="utf-8") == once


@pytest.mark.parametrize("case", BAD, ids=named)
def test_fixing_never_adds_an_error_nor_loses_a_comment(case: Path) -> None:
    text, trail = case.read_bytes().decode("utf-8"), []
    remarks = comments(text)
    for _ in range(MOST_ROUNDS + 1):
        found = analyse(text, Vocabulary(), name=case.name, root=case.parent)[1]
        trail.append(len(found.errors))
        text, applied = mended(Source(case.name, text), found)
        if not applied:
            break
    assert not applied, "there is still something to fix"
    assert trail == sorted(trail, reverse=True)
    assert not remarks - comments(text)


def comments(text: str) -> Counter[str]:
    """The words of all comments, those in another language's marks too."""
    tokens = scan(Source("t", text), Complaints())
    found = (tokens.text(at) for at, kind in enumerate(tokens.kinds) if kind == "COMMENT")
    return Counter(one.lstrip("/#").strip() for one in found)
