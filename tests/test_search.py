"""Searches for shares: on laws whose best shares are known, and on real proxies."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from searching import SPEC, Here, asked, desk_in
from specs import plan_of

from currc.compiler.search_graph import Mixed, proxy_plan, search_graph
from currc.compiler.share import Facts
from currc.runtime.command import search as command
from currc.runtime.command.spec import Unusable
from currc.runtime.curriculum.kriging import surface
from currc.runtime.curriculum.search import Sampled
from currc.runtime.curriculum.search.mixing_law import MixingLaw, law
from currc.runtime.curriculum.search.regmix import Regmix
from currc.runtime.curriculum.trust import fitted
from currc.runtime.reporting.search_sheet import tenths
from currc.runtime.vocabulary import Vocabulary

Losses = Callable[[np.ndarray], np.ndarray]


def exponential(seed: int, tasks: int) -> tuple[Losses, np.ndarray]:
    """A law of mixing, loss[i] = c[i] + k[i] exp(t[i] . shares), and the shares at its lowest mean.

    They are where no share gains by giving to another: found by bisection of what each task
    alone would add, which needs t diagonal. That is independent of how the search looks.
    """
    chance = np.random.default_rng(seed)
    lowest, scale, bend = (chance.uniform(low, high, tasks) for low, high in ((0.5, 2), (0.8, 2), (3, 8)))

    def losses(mixes: np.ndarray) -> np.ndarray:
        found: np.ndarray = lowest + scale * np.exp(-bend * mixes)
        return found

    # scale * bend * exp(-bend * share) is the same for every task with a share above 0.
    low, high = 1e-9, float((scale * bend).max())
    for _ in range(200):
        level = math.sqrt(low * high)
        shares = np.maximum(np.log(scale * bend / level) / bend, 0.0)
        low, high = (level, high) if shares.sum() > 1.0 else (low, level)
    return losses, shares


@pytest.mark.parametrize(
    "search", [Regmix(simulated=20_000, top=64), MixingLaw()], ids=lambda one: one.word()
)
@pytest.mark.parametrize(("tasks", "proxies"), [(3, 32), (4, 40)])
def test_the_best_shares_of_a_known_law_are_found(search: Sampled, tasks: int, proxies: int) -> None:
    for seed in range(3):
        losses, best = exponential(seed, tasks)
        chance = np.random.default_rng(seed)
        mixes = search.ask(np.array([9000.0, 900.0, 300.0, 3000.0])[:tasks], proxies, chance)
        seen = losses(mixes) * (1.0 + 0.003 * chance.normal(size=(proxies, tasks)))
        found = search.best(search.fit(mixes, seen), tasks, chance)
        assert found.sum() == pytest.approx(1.0)
        assert np.abs(found - best).max() < 0.05


def test_a_law_is_fitted_exactly_and_past_a_proxy_that_went_astray() -> None:
    mixes = np.random.default_rng(1).dirichlet(np.ones(3), 30)
    bends = np.array([-4.0, 0.5, -1.0])
    losses = 1.25 + np.exp(mixes @ bends)
    lowest, found = law(mixes, losses, starts=8)
    assert lowest == pytest.approx(1.25, abs=1e-4)
    assert found == pytest.approx(bends, abs=1e-3)
    losses[7] += 3.0  # least squares would put c at 0.999 and t[0] at -2.1
    lowest, found = law(mixes, losses, starts=8)
    assert lowest == pytest.approx(1.25, abs=0.02)
    assert found == pytest.approx(bends, abs=0.1)


def test_left_out_residuals_are_those_of_fits_without_the_row() -> None:
    """Against least squares and kriging without each row, at the range and noise chosen."""
    chance = np.random.default_rng(3)
    mixes, values = chance.dirichlet(np.ones(3), 12), chance.normal(size=12)
    made = surface(mixes, values)
    roots = np.sqrt(mixes)
    near = np.exp(-((roots[:, None] - roots) ** 2).sum(-1) / (2 * made.range**2))
    left = []
    # The noise is not kept; it is that for which the surface is the kriging of all rows.
    (noise,) = (
        noise
        for noise in np.geomspace(1e-5, 1.0, 8)
        if np.allclose((near + noise * np.eye(12)) @ made.pull + mixes @ made.slope, values)
    )
    for i in range(12):
        rest = np.arange(12) != i
        inverse = np.linalg.inv(near[np.ix_(rest, rest)] + noise * np.eye(11))
        slope = np.linalg.solve(mixes[rest].T @ inverse @ mixes[rest], mixes[rest].T @ inverse @ values[rest])
        guess = mixes[i] @ slope + near[i, rest] @ inverse @ (values[rest] - mixes[rest] @ slope)
        left.append(values[i] - guess)
    assert made.error == pytest.approx(math.sqrt(np.mean(np.square(left))))


def test_the_linear_regression_of_the_paper_chooses_a_task_alone() -> None:
    mixes = np.random.default_rng(2).dirichlet(np.ones(3), 20)
    losses = mixes @ np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
    search = Regmix(regression="linear", simulated=50_000, top=10)
    found = search.best(search.fit(mixes, losses), 3, np.random.default_rng(0))
    assert search.fit(mixes, losses)(np.eye(3)) == pytest.approx([2.0, 2.0, 3.0])
    assert found[2] < 0.02


def test_trust_tells_a_law_from_noise() -> None:
    losses, _ = exponential(5, 3)
    mixes = Regmix().ask(np.array([500.0, 400.0, 100.0]), 32, np.random.default_rng(0))
    equal, search = np.full(3, 1 / 3), MixingLaw(starts=2)
    sure = fitted(search, mixes, losses(mixes), equal, lambda: np.random.default_rng(1))
    noise = np.random.default_rng(4).normal(2.0, 0.1, (32, 3))
    unsure = fitted(search, mixes, noise, equal, lambda: np.random.default_rng(1))
    assert sure.correlation > 0.99
    assert sure.error < 0.01 * sure.span
    assert sure.spread.max() < 0.01
    assert abs(unsure.correlation) < 0.5
    assert unsure.error > 0.7 * unsure.span
    assert unsure.spread.max() > 0.05
    assert sure.loss < sure.known == pytest.approx(float(losses(equal[None]).mean()), abs=1e-6)


def test_mixes_are_drawn_around_the_sizes() -> None:
    sizes = np.array([8000.0, 500.0])
    mixes = Regmix(temper=0.5).ask(sizes, 4000, np.random.default_rng(0))
    assert mixes.sum(axis=1) == pytest.approx(np.ones(4000))
    assert mixes[:2].tolist() == [[1.0, 0.0], [0.0, 1.0]], "each task alone, so that nothing lies beyond"
    assert mixes.mean(axis=0) == pytest.approx([0.8, 0.2], abs=0.02)  # 8000 ** .5 is 4 times 500 ** .5
    assert ((mixes == 0) | (mixes >= 0.0019)).all()


def test_printed_shares_add_up() -> None:
    assert tenths(np.array([1 / 3, 1 / 3, 1 / 3])) == [334, 333, 333]
    assert tenths(np.array([0.4106, 0.5894])) == [411, 589]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desk_in(tmp_path_factory.mktemp("desk"))


def test_proxies_have_no_gold_and_equal_ones_are_one(desk: Path) -> None:
    plan = plan_of(SPEC, desk)
    proxies = proxy_plan(plan, plan.arms[0], 0.25)
    assert set(proxies.sources) == {"rows"}
    facts = Facts({"rows": "a"}, {"./bert@": "b"}, {"device": "cpu"})
    shares = {"colour": 0.75, "thing": 0.25}
    graph, keys = search_graph(
        proxies, facts, [Mixed("one", shares, 1), Mixed("two", shares, 1), Mixed("3", shares, 2)]
    )
    assert keys[0] == keys[1] != keys[2]
    assert {node.kind for node in graph.nodes.values()} == {"read", "tokenize", "train"}
    assert '"held"' not in json.dumps([node.as_json() for node in graph.nodes.values()])
    trained = graph.nodes[keys[0]].parameters
    assert trained["budget"]["limit"] == 3.0
    assert trained["segment"]["mix"]["parameters"]["shares"] == shares


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here.of(monkeypatch)


def test_real_proxies_without_gold_and_again_from_the_store(
    desk: Path, here: Here, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"proxies": 6, "steps": 3, "check": 2}
    assert command.run(asked(desk / "spec.curr", json=True, **words)) == 0
    said = capsys.readouterr()
    assert "6 proxies of about 3 steps, 4 more to check, as much as 2.5 trials" in said.err
    found = json.loads(said.out)
    assert found["proxies"] == {"asked": 6, "finished": 6}
    assert sum(task["share"] for task in found["tasks"].values()) == pytest.approx(1.0)
    assert found["check"]["seeds"] == 2
    trained = [name for name in here.names if "proxy" in name or "check" in name]
    assert trained == [
        *(f"proxy {i} of 6" for i in range(1, 7)),
        *(f"check {i} of 2, {mix}" for i in (1, 2) for mix in ("found", "proportional")),
    ]
    cursors = [json.loads(path.read_text()) for path in (desk / "runs").rglob("cursor.json")]
    assert all(set(one["evaluations"][-1]["scores"]) == {"colour.loss", "thing.loss"} for one in cursors)
    assert {one["steps"] for one in cursors} == {3}
    assert len({json.dumps(one["mix"][0][2]) for one in cursors}) == 8, (
        "six mixes, the found and the plain one"
    )
    here.names.clear()
    assert command.run(asked(desk / "spec.curr", **words)) == 0
    said = capsys.readouterr()
    assert here.names == []
    assert said.out.endswith(f"\nmix = {found['mix']}\n")
    assert all(line.startswith("#") or not line for line in said.out.splitlines()[:-1])


@pytest.mark.nightly
def test_the_command_goes_on_after_a_kill(desk: Path, tmp_path: Path) -> None:
    words = ("--method", "mixing_law", "--proxies", "6", "--steps", "60", "--check", "1", "--workers", "1")
    line = [Path(sys.executable).with_name("currc"), "search", "spec.curr", *words, "--runs", str(tmp_path)]
    with subprocess.Popen(line, cwd=desk, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first:
        while len(list(tmp_path.rglob("cursor.json"))) < 2:
            assert first.poll() is None
            time.sleep(0.05)
        first.terminate()
        assert first.wait() == 75
        assert first.stderr is not None
        assert "run the same command again to go on" in first.stderr.read()
    before = len(list((tmp_path / ".store" / "nodes").rglob("cursor.json")))
    again = subprocess.run(line, cwd=desk, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert 2 <= before < 8
    assert len(list((tmp_path / ".store" / "nodes").rglob("cursor.json"))) == 8
    assert "Trained on 1 new seed" in again.stdout


BLIND = SPEC.replace('target = "{thing}"', 'target = "{thing}"\n  validation = none')
ALONE = SPEC[: SPEC.index("task thing")] + SPEC[SPEC.index("difficulty size") :]


@pytest.mark.parametrize(
    ("text", "other", "message", "help"),
    [
        (SPEC, {"method": "regmx"}, "no method of search named `regmx`", "did you mean `regmix`?"),
        (SPEC, {"method": "doge(mue = 1)"}, "`doge` has no argument `mue`", "did you mean `mu`?"),
        (SPEC, {"method": "doge(mu = 0)"}, "`mu` of `doge` is more than 0: 0 is not", "one of"),
        (SPEC, {"method": "regmix(top = 5"}, "never closed", "one of"),
        (SPEC, {"method": "doge\nlet x = 1"}, "two statements", "one of"),
        (SPEC, {"method": " "}, "names no method", "one of doge, doremi, mixing_law, regmix"),
        (SPEC, {"arm": "plaine"}, "no arm `plaine`", "one of plain"),
        (SPEC, {"proxies": 5}, "`regmix` cannot be fitted to 5 proxies on 2 tasks", "--proxies 6 at least"),
        (SPEC, {"proxies": 5, "method": "mixing_law"}, "fitted to 5 proxies", "--proxies 6 at least"),
        (BLIND, {}, "task `thing` has no validation rows", "validation = 10%"),
        (ALONE, {}, "the only task that trains is `colour`", "a second task"),
    ],
)
def test_a_users_mistake_is_said_before_anything_trains(
    desk: Path, tmp_path: Path, text: str, other: dict[str, Any], message: str, help: str
) -> None:
    shutil.copytree(desk / "bert", tmp_path / "bert")
    shutil.copy(desk / "rows.jsonl", tmp_path)
    (tmp_path / "spec.curr").write_text(text)
    with pytest.raises(Unusable, match=message) as raised:
        command.run(asked(tmp_path / "spec.curr", **other))
    assert help in raised.value.help
    assert not (tmp_path / "runs" / ".store" / "nodes").exists()


def test_every_method_has_its_page() -> None:
    from currc.compiler.explain import explain, near

    words = Vocabulary()
    for word in words.words("search"):
        text = explain(word, words) or ""
        assert f"{word} (a method of `currc search`)" in text
        assert "Source: " in text
        for name in words.component("search", word).model_fields:
            assert f"    {name}: " in text, (word, name)
    assert "regmix" in near("regmx", words)
