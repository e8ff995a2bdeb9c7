"""`currc check --fix`: safe fixes are applied, and only those."""

from __future__ import annotations

from pathlib import Path

from currc.compiler.codes import Code
from currc.compiler.compile import compiled
from currc.compiler.diagnostic import Diagnostic, Fix, Label
from currc.compiler.mended import mended
from currc.compiler.source import Source, Span
from currc.runtime.command import main
from currc.runtime.vocabulary import Vocabulary

GOOD = Path(__file__).parent.parent / "curricula" / "quickstart.curr"


def fix(source: Source, start: int, end: int, replacement: str, *, safe: bool = True) -> Diagnostic:
    span = Span(source, start, end)
    return Diagnostic(Code.UNKNOWN_NAME, "wrong", Label(span, ""), fix=Fix(span, replacement, safe, ""))


def test_fixes_are_applied_by_place_and_an_overlapping_one_waits() -> None:
    source = Source("a.curr", "one two three")
    found = [fix(source, 8, 13, "3"), fix(source, 0, 3, "1"), fix(source, 2, 7, "x")]
    assert mended(source, found) == ("1 two 3", 2)


def test_an_unsafe_fix_and_a_fix_of_another_file_are_left() -> None:
    source, other = Source("a.curr", "one two"), Source("b.curr", "one two")
    found = [fix(source, 0, 3, "1", safe=False), fix(other, 4, 7, "2")]
    assert mended(source, found) == ("one two", 0)


def test_the_command_fixes_what_it_promised_and_the_spec_means_the_same_again(tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(GOOD.parent / "data")
    spec = tmp_path / "spec.curr"
    text = GOOD.read_text()
    broken = text.replace("order = easy_first", "order = easyfirst").replace("seeds = 6", "seeds: 6")
    assert broken != text
    spec.write_text(broken)
    assert main(["check", str(spec)]) == 1
    assert main(["check", "--fix", str(spec)]) == 0
    plans = [compiled(t, Vocabulary()).plan for t in (text, spec.read_text())]
    assert plans[0] is not None
    assert plans[0] == plans[1]
