"""The language in an editor, as functions of a text and a place in it; no server."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from specs import STAGED, TWO_ARMS, changed

from currc.compiler.compile import compile_text
from currc.compiler.kinds import KINDS
from currc.compiler.language import word_entry
from currc.compiler.source import Span
from currc.runtime.editor.columns import columns
from currc.runtime.editor.complete import complete
from currc.runtime.editor.hints import hints
from currc.runtime.editor.hover import hover
from currc.runtime.editor.meaning import NAMEABLE, Meaning
from currc.runtime.editor.offer import Item
from currc.runtime.editor.open_specs import Document, OpenSpecs
from currc.runtime.editor.places import Own
from currc.runtime.editor.positions import Encoding, Lines
from currc.runtime.editor.rename import Refused, edited, rename
from currc.runtime.editor.symbols import symbols
from currc.runtime.editor.text import Text
from currc.runtime.vocabulary import Vocabulary

HERE = Path(__file__).parent
WORDS = Vocabulary()
SHIPPED = sorted((HERE.parent / "curricula").glob("*.curr"))
GOOD = [*SHIPPED, *sorted((HERE / "golden" / "good").glob("*.curr"))]


def text_of(text: str, root: Path | None = None) -> Text:
    return Text(text, WORDS, root=root)


def offered(text: str, *changes: tuple[str, str], root: Path | None = None) -> dict[str, Item]:
    """What is offered at the `|` that the last change brings in."""
    text = changed(text, *changes)
    offset = text.index("|")
    read = text_of(text.replace("|", "", 1), root)
    found = complete(read, offset, lambda address: columns(read, address))
    assert found.end == offset
    return {item.label: item for item in found.items}


class TestMeaning:
    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_every_name_of_a_good_spec_means_something(self, path: Path) -> None:
        text = text_of(path.read_text(encoding="utf-8"), path.parent)
        unknown = [spot for spot in text.spots if text.meaning(spot) is None]
        former = "moved."  # a name that nothing has any more
        assert [it.text for it in unknown if not getattr(it.place, "address", "").startswith(former)] == []
        assert len(text.spots) > 40

    def test_a_word_of_the_language_comes_before_a_constant_of_its_name(self) -> None:
        text = text_of(changed(TWO_ARMS, ("model student", "let easy_first = shuffled\n\nmodel student")))
        spot = text.spot_at(text.source.text.index("easy_first\n  pacing"))
        assert spot is not None
        assert text.meaning(spot) == Meaning("word", "order.easy_first")

    def test_a_stage_is_one_thing_in_its_schedule_in_a_child_and_in_an_arm(self) -> None:
        more = "\nschedule short extends school {\n  stage basics {\n    max = 10%\n  }\n}\n"
        arm = "\narm late extends baseline {\n  short.basics.max = 20%\n  school.basics.max = 25%\n}\n"
        text = text_of(STAGED + more + arm)
        [declared] = [
            spot
            for spot in text.spots
            if isinstance(spot.place, Own) and spot.place.address == "school.basics"
        ]
        meaning = text.meaning(declared)
        assert meaning == Meaning("block", "school.basics")
        assert len(list(text.occurrences(meaning))) == STAGED.count("basics") + 3


class TestCompletion:
    def test_kinds_stand_at_the_top_and_what_there_is_once_is_not_offered_twice(self) -> None:
        found = offered(TWO_ARMS + "\n|")
        assert {"task", "arm", "schedule", "let", "use"} <= set(found)
        assert {"budget", "decide", "model", "stage", "promote", "observe"}.isdisjoint(found)
        assert found["task"].insert.startswith("task ${1:name}: ${2|classify,extract,")
        for needed in ("gold", "prompt", "target"):
            assert f"\n  {needed} = $" in found["task"].insert

    def test_a_block_offers_the_attributes_that_it_lacks(self) -> None:
        found = offered(TWO_ARMS, ("  metric = macro_f1\n", "  |\n"))
        assert {"metric", "also", "weight", "requires"} <= set(found)
        assert {"train", "gold", "prompt"}.isdisjoint(found)
        assert found["metric"].insert == "metric = "

    def test_a_slot_offers_its_words_and_constants(self) -> None:
        let = ("model student", "let pace = linear\n\nmodel student")
        found = offered(TWO_ARMS, let, ("pacing = root(start = 20%, full_at = 60%)", "pacing = |"))
        assert set(WORDS.words("pacing")) <= set(found)
        assert found["pace"].detail == "= linear"
        assert "equal" not in found

    def test_a_metric_is_offered_where_it_judges_the_kind_of_task(self) -> None:
        assert "macro_f1" in offered(TWO_ARMS, ("metric = macro_f1", "metric = |"))
        assert "rouge_l" not in offered(TWO_ARMS, ("metric = macro_f1", "metric = |"))

    def test_a_reference_offers_the_blocks_of_its_kind(self) -> None:
        found = offered(TWO_ARMS, ("gold = tickets_gold", "gold = tick|"))
        assert set(found) == {"tickets", "tickets_gold"}

    def test_a_number_is_followed_by_a_unit_that_fits(self) -> None:
        assert set(offered(TWO_ARMS, ("400 steps", "400 |"))) == {"steps", "examples", "tokens"}
        assert offered(TWO_ARMS, ("400 steps", "400|")) == {}

    def test_a_call_offers_the_parameters_that_it_has_not_got(self) -> None:
        found = offered(TWO_ARMS, ("root(start = 20%, full_at = 60%)", "root(start = 20%, |)"))
        assert "full_at" in found
        assert "start" not in found
        assert found["full_at"].insert == "full_at = "

    def test_shares_are_given_by_the_names_of_tasks(self) -> None:
        assert {"route", "product"} <= set(offered(TWO_ARMS, ("unimax(epochs = 4)", "shares(|)")))

    def test_a_parameter_offers_its_words(self) -> None:
        [parameter] = [it for it in word_entry("score", "length", WORDS)["parameters"] if it["words"]]
        found = offered(TWO_ARMS, ("mean_of(length, rarity)", f"length({parameter['name']} = |)"))
        assert list(found) == parameter["words"]

    def test_metrics_follow_a_task(self) -> None:
        [found] = offered(TWO_ARMS, ("control = baseline", "control = baseline\n  metric = route.|")).values()
        assert found.label == "macro_f1"
        whole = offered(TWO_ARMS, ("control = baseline", "control = baseline\n  metric = mean(|"))
        assert {"route.macro_f1", "product.token_f1"} <= set(whole)

    def test_an_arm_offers_root_addresses(self) -> None:
        found = offered(TWO_ARMS, ("schedule = gentle", "|"))
        assert found["train"].insert == "train."
        assert found["gentle"].insert == "gentle."
        assert {"tickets", "budget", "decide"}.isdisjoint(found)
        assert "pacing" in offered(TWO_ARMS, ("schedule = gentle", "gentle.|"))
        assert "seeds" not in offered(TWO_ARMS, ("schedule = gentle", "train.|"))

    def test_a_stage_offers_the_other_stages(self) -> None:
        assert list(offered(STAGED, ("after = basics", "after = |"))) == ["basics"]

    def test_headers(self) -> None:
        assert list(offered(TWO_ARMS, ("route: classify", "route: |"))) == list(KINDS["task"].types)
        assert "baseline" in offered(TWO_ARMS, ("extends baseline", "extends |"))
        assert list(offered(TWO_ARMS, ("extends baseline {", "ext| {"))) == ["extends"]

    def test_templates_offer_the_columns_of_the_data(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        (data / "tickets").mkdir(parents=True)
        (data / "tickets" / "a.jsonl").write_text('{"body": "x", "queue": "q", "opened": 1}\n')
        (data / "gold.jsonl").write_text("not JSON\n")
        found = offered(TWO_ARMS, ('prompt = "{body}"', 'prompt = "{op|"'), root=tmp_path)
        assert found["opened"].insert == "opened}"
        assert {"body", "queue"} <= set(found)
        assert offered(TWO_ARMS, ('prompt = "{body}"', 'prompt = "\\{op|"'), root=tmp_path) == {}
        assert offered(TWO_ARMS, ('base = "bundled', 'base = "{|bundled'), root=tmp_path) == {}

    def test_nothing_is_read_outside_the_folder_of_the_spec(self, tmp_path: Path) -> None:
        (tmp_path / "secret.jsonl").write_text('{"password": "x"}\n')
        inner = tmp_path / "project"
        inner.mkdir()
        (inner / "link.jsonl").symlink_to(tmp_path / "secret.jsonl")
        for path in ("../secret.jsonl", str(tmp_path / "secret.jsonl"), "link.jsonl"):
            new = ("data/tickets/*.jsonl", path)
            assert "password" not in offered(TWO_ARMS, new, ('"{body}"', '"{|"'), root=inner)

    @pytest.mark.parametrize("line", ["# wri|", 'revision = "a|"', "weight = 1.|", "|weight"])
    def test_comments_strings_and_numbers_offer_nothing_foreign(self, line: str) -> None:
        found = offered(TWO_ARMS, ("  metric = macro_f1", f"  {line}"))
        assert (not found) or (line == "|weight" and "also" in found)


class TestHover:
    def page(self, text: str, name: str, part: str) -> str:
        found = hover(text_of(text), text.index(part) + part.index(name))
        assert found is not None, (name, part)
        return found.markdown

    def test_an_attribute_shows_its_page_and_the_value_that_holds(self) -> None:
        text = changed(
            TWO_ARMS,
            ("model student", "let top = 1e-3\n\nmodel student"),
            ("schedule = gentle", "schedule = gentle\n  train.lr = top"),
        )
        shown = self.page(text, "lr", "train.lr")
        assert "highest learning rate" in shown
        assert "arm.other.train.lr = 0.001" in shown
        assert "by the constant `top`" in shown

    def test_a_word_shows_its_manual_page(self) -> None:
        assert "Opens the rows fast at first" in self.page(TWO_ARMS, "root", "pacing = root")
        assert "progress at which all rows are open" in self.page(TWO_ARMS, "full_at", "full_at = 60%")

    def test_a_name_shows_its_block_with_its_documentation(self) -> None:
        text = changed(TWO_ARMS, ("schedule gentle", "## Slow at first.\nschedule gentle"))
        shown = self.page(text, "gentle", "schedule = gentle")
        assert "schedule gentle" in shown
        assert "Slow at first." in shown
        assert "pacing = root(start = 20%, full_at = 60%)" in shown

    def test_the_code_of_a_complaint_is_explained(self) -> None:
        text = text_of(changed(TWO_ARMS, ("easy_first", "easy_frist")))
        found = hover(text, text.source.text.index("easy_frist"), text.reading.complaints)
        assert found is not None
        assert "C0105" in found.markdown


class TestRename:
    @pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
    def test_a_renamed_thing_changes_nothing_but_its_name(self, path: Path) -> None:
        """The plan of the renamed spec is the old plan under the new name, for every name there is."""
        before = path.read_text(encoding="utf-8")
        text = text_of(before, path.parent)
        plan = compile_text(before, WORDS, root=path.parent).model_dump(mode="json")
        done = 0
        for spot in text.spots:
            if not isinstance(spot.place, Own) or spot.place.kind == "use":
                continue
            meaning = text.meaning(spot)
            assert meaning is not None
            assert meaning.sort in NAMEABLE
            old, new = spot.text, f"{spot.text}_"
            after = edited(rename(text, spot.start, new))[text.name]
            assert len(after) - len(before) == len(list(text.occurrences(meaning)))
            renamed = compile_text(after, WORDS, root=path.parent).model_dump(mode="json")
            assert canonical(renamed, new, old) == canonical(plan, new, old)
            done += 1
        assert done >= 4

    def test_names_that_are_taken_or_reserved_are_refused(self) -> None:
        text = text_of(changed(TWO_ARMS, ("model student", "let top = 1e-3\n\nmodel student")))
        at = text.source.text.index("gentle")
        for name, why in {
            "baseline": "is the name of an arm already",
            "top": "is the name of a constant already",
            "task": "is the name of a kind",
            "when": "is a reserved word",
            "2fast": "begins with no digit",
            "a-b": "is made of",
        }.items():
            with pytest.raises(Refused, match=re.escape(why)):
                rename(text, at, name)
        with pytest.raises(Refused, match="belongs to the language"):
            rename(text, text.source.text.index("easy_first"), "other")

    def test_a_name_that_would_be_read_as_a_word_is_refused(self) -> None:
        let = ("model student", "let pace = linear\n\nmodel student")
        text = text_of(changed(TWO_ARMS, let, ("root(start = 20%, full_at = 60%)", "pace")))
        with pytest.raises(Refused, match="would mean something else"):
            rename(text, text.source.text.index("pace"), "root")

    def test_a_used_file_is_edited_too(self, tmp_path: Path) -> None:
        (tmp_path / "lib.curr").write_text('edition 2026\n\nsource rows {\n  path = "rows.jsonl"\n}\n')
        main = changed(TWO_ARMS, ("edition 2026\n", 'edition 2026\n\nuse "lib.curr" as lib\n'))
        main = main.replace("train = tickets\n", "train = lib.rows\n")
        text = text_of(main, tmp_path)
        new = edited(rename(text, main.index("lib.rows") + 5, "lines"))
        assert new["lib.curr"].count("source lines {") == 1
        assert new[text.name].count("train = lib.lines\n") == main.count("train = lib.rows\n")
        again = edited(rename(text, main.index("lib.rows"), "shared"))
        assert 'use "lib.curr" as shared' in again[text.name]
        assert "shared.rows" in again[text.name]

    def test_statements_that_cannot_be_read_are_renamed_too(self) -> None:
        broken = changed(TWO_ARMS, ("  schedule = gentle\n", "  schedule = gentle\n  mix = = gentle\n"))
        text = text_of(broken)
        new = edited(rename(text, broken.index("gentle"), "slow"))[text.name]
        assert "mix = = slow" in new or "mix = = gentle" in new
        assert "  schedule = slow\n" in new


def canonical(plan: object, new: str, old: str) -> str:
    """A plan as JSON under the old name; what stands in alphabetical order is put in order again."""

    def name(text: str) -> str:
        return re.sub(rf"\b{re.escape(new)}(?![A-Za-z0-9_])", old, text)

    def walk(value: object) -> object:
        match value:
            case dict():
                return {name(str(key)): walk(inner) for key, inner in value.items()}
            case list():
                items = [walk(inner) for inner in value]
                return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
            case str():
                return name(value)
            case _:
                return value

    return json.dumps(walk(plan), sort_keys=True)


class TestHints:
    def shown(self, text: str) -> list[str]:
        """Each hinted line with its hint."""
        found = []
        for hint in hints(text_of(text), 0, len(text)):
            line = text[text.rfind("\n", 0, hint.offset) + 1 : hint.offset]
            found.append(f"{line.strip()} ⟨{hint.label}⟩")
        return found

    def test_constants_sums_and_defaults_are_worked_out(self) -> None:
        text = changed(
            TWO_ARMS,
            ("model student", "let top = 1e-3\n\nmodel student"),
            ("schedule = gentle", "schedule = gentle\n  train.lr = 2 * top"),
            ("mix = unimax(epochs = 4)", "mix = unimax"),
        )
        found = self.shown(text)
        assert "train.lr = 2 * top ⟨= 0.002⟩" in found
        assert any(line.startswith("mix = unimax ⟨(epochs = 4, ") for line in found)

    def test_a_child_shows_what_it_inherits(self) -> None:
        assert "arm other extends baseline ⟨(mix = unimax)⟩" in self.shown(TWO_ARMS)

    def test_only_the_range_that_is_asked_for(self) -> None:
        assert hints(text_of(TWO_ARMS), 0, 20) == []


def test_the_outline_names_blocks_with_those_inside() -> None:
    found = {symbol.name: symbol for symbol in symbols(text_of(STAGED).reading.file)}
    school = found["school"]
    assert [inner.name for inner in school.inside] == ["basics", "everything"]
    assert [inner.name for inner in school.inside[0].inside] == ["promote"]
    assert found["route"].detail == "task: classify"
    assert school.span.text.startswith("schedule school {")
    assert school.at.text == "school"


class TestPositions:
    TEXT = 'a = "😀e\u0301x"\r\nb\u2028c = 1\rlast 😀'

    @pytest.mark.parametrize(
        ("encoding", "column"),
        [("utf-8", 5 + 4 + 1 + 2), ("utf-16", 5 + 2 + 1 + 1), ("utf-32", 5 + 1 + 1 + 1)],
    )
    def test_columns_are_counted_in_the_encoding(self, encoding: Encoding, column: int) -> None:
        lines = Lines(self.TEXT, encoding)
        assert lines.position(self.TEXT.index("x")) == (0, column)
        assert lines.offset(0, column) == self.TEXT.index("x")

    def test_lines_end_as_the_protocol_says(self) -> None:
        lines = Lines(self.TEXT)
        assert lines.position(self.TEXT.index("c =")) == (1, 2)
        assert lines.position(self.TEXT.index("last")) == (2, 0)

    def test_a_column_inside_a_character_means_the_character(self) -> None:
        assert Lines(self.TEXT).offset(0, 6) == self.TEXT.index("😀")

    def test_places_beyond_the_text_are_its_ends(self) -> None:
        lines = Lines("ab\ncd")
        assert lines.offset(0, 99) == 2
        assert lines.offset(99, 0) == 5
        assert lines.position(99) == (1, 2)

    @given(
        text=st.text(st.sampled_from("ab😀é\u0301\n\r\u2028")),
        encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]),
    )
    def test_there_and_back(self, text: str, encoding: Encoding) -> None:
        lines = Lines(text, encoding)
        for offset in range(len(text) + 1):
            back = lines.offset(*lines.position(offset))
            # the place between \\r and \\n belongs to no line; it is the line's end
            assert back == offset or text[back : offset + 1] == "\r\n"


class TestOpenSpecs:
    LIB = 'edition 2026\n\nsource rows {\n  path = "rows.jsonl"\n}\n'
    MAIN = changed(TWO_ARMS, ("edition 2026\n", 'edition 2026\n\nuse "lib.curr" as lib\n')).replace(
        "train = tickets\n", "train = lib.rows\n"
    )

    def opened(self, folder: Path, **texts: str) -> OpenSpecs:
        specs = OpenSpecs(WORDS)
        for name, text in texts.items():
            specs.put(Document(name, text, (folder / f"{name}.curr").resolve(), 1))
        return specs

    def test_a_spec_sees_what_another_window_holds(self, tmp_path: Path) -> None:
        (tmp_path / "lib.curr").write_text("edition 2026\n")
        specs = self.opened(tmp_path, main=self.MAIN)
        assert [it.complaint.code.value for it in specs.problems()["main"]].count("C0104") == 2
        specs.put(Document("lib", self.LIB, (tmp_path / "lib.curr").resolve(), 1))
        assert "C0104" not in [it.complaint.code.value for it in specs.problems()["main"]]
        specs.close("lib")
        assert "C0104" in [it.complaint.code.value for it in specs.problems()["main"]]

    def test_a_used_file_is_judged_by_its_user(self, tmp_path: Path) -> None:
        alone = self.opened(tmp_path, lib=self.LIB)
        assert {it.complaint.code.value for it in alone.problems()["lib"]} >= {"C0605", "C0606"}
        both = self.opened(tmp_path, lib=self.LIB.replace("path", "pth"), main=self.MAIN)
        found = [it.complaint.code.value for it in both.problems()["lib"]]
        assert "C0103" in found
        assert "C0605" not in found

    def test_references_in_a_used_file_are_those_of_its_users(self, tmp_path: Path) -> None:
        specs = self.opened(tmp_path, lib=self.LIB, main=self.MAIN)
        [(text, module)] = specs.views("lib")
        assert (text.name, module) == ("main", "lib")
        spans: list[Span] = list(text.occurrences(Meaning("block", "lib.rows")))
        assert len(spans) == 1 + self.MAIN.count("lib.rows")


def prefixes(text: str, step: int) -> Iterator[str]:
    for end in range(0, len(text) + 1, step):
        yield text[:end]


SEED = 20261125


class TestNothingBreaks:
    """Whatever is in the editor and wherever the cursor is, there is an answer or none, never an error."""

    def ask_everything(self, text: str, offsets: list[int]) -> None:
        read = text_of(text)
        for offset in offsets:
            found = complete(read, offset)
            assert 0 <= found.start <= found.end == offset or not found.items
            hover(read, offset, read.reading.complaints)
            if offset % 17 == 0:
                with suppress(Refused):
                    rename(read, offset, "zzz")
        hints(read, 0, len(text))
        symbols(read.reading.file)

    def test_half_written_specs(self) -> None:
        """Every shipped spec cut off at places all over, with the cursor at the cut."""
        for index, path in enumerate(GOOD):
            text = re.sub(r"\A#.*\n+", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            for cut in prefixes(text, 97 + index):
                self.ask_everything(cut, [len(cut)])

    def test_every_place_of_a_spec(self) -> None:
        self.ask_everything(STAGED, list(range(0, len(STAGED) + 1, 2)))

    def test_random_edits(self) -> None:
        chance = random.Random(SEED)
        signs = '{}()[]"#=.,:%\\\n ax0😀\u0301\t\r'
        for _ in range(60):
            text = chance.choice([STAGED, TWO_ARMS])
            for _ in range(chance.randrange(1, 12)):
                at = chance.randrange(len(text))
                gone = chance.choice([0, 0, 1, 5, 40])
                text = text[:at] + "".join(chance.choices(signs, k=chance.randrange(4))) + text[at + gone :]
            self.ask_everything(text, [chance.randrange(len(text) + 1) for _ in range(6)])

    @pytest.mark.parametrize(
        "text",
        [
            "", "\n", "x", "{", "}", '"', '"""', "edition", "edition 2026\nuse", "arm", "arm a extends",
            "arm a {\n drop", "task t: {", "when", "let x", "let x =", "a.b.", "edition 2026\n" + "[" * 300,
            "edition 2026\nlet a = " + "f(" * 90, "#", "\ufeffedition 2026\n", "x" * 1_100_000,
        ],
        ids=lambda text: repr(text[:20]),
    )  # fmt: skip
    def test_odd_texts(self, text: str) -> None:
        self.ask_everything(text, sorted({0, len(text) // 2, len(text)}))
