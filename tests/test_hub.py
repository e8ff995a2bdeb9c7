"""Hub ids: the real code path of huggingface_hub, against a server of the hub's shape on loopback."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tiny import bert

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROGRAM = """
import sys
from pathlib import Path
from currc.compiler.plan import ModelPlan
from currc.runtime.learning.models import ModelError
from currc.runtime.learning.models.base import base_digest
plan = ModelPlan(kind="encoder", base=sys.argv[1], revision=sys.argv[2] or None)
try:
    print(base_digest(plan, Path()))
except ModelError as error:
    print(error.exit_code, error)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = bert(tmp_path_factory.mktemp("hub") / "bert")
    (found / "pytorch_model.bin").write_bytes(b"must not be fetched")
    (found / "evil.py").write_text("must not be fetched")
    return found


@pytest.fixture
def hub(folder):
    """A server of one public and one gated model; it notes what was asked of it."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def answer(self, status, body=b"", **headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def say(self, value):
            self.answer(200, json.dumps(value).encode(), Content_Type="application/json")

        def do_GET(self):
            path = self.path.partition("?")[0]
            asked.append(path)
            gated = "org/gated" in path
            if gated and self.headers.get("Authorization") != "Bearer hf_secret":
                self.answer(401, X_Error_Code="GatedRepo", X_Error_Message="gated")
            elif path.startswith(("/api/models/org/tiny/revision/", "/api/models/org/gated/revision/")):
                revision = path.rpartition("/")[2]
                if revision in ("main", "v1", COMMIT):
                    names = [{"rfilename": name} for name in files]
                    self.say(
                        {"id": "org/tiny", "sha": COMMIT, "siblings": names, "private": False, "tags": []}
                    )
                else:
                    self.answer(404, X_Error_Code="RevisionNotFound")
            elif "/tree/" in path:
                self.say(
                    [
                        {
                            "type": "file",
                            "path": name,
                            "size": len(data),
                            "oid": hashlib.sha1(data).hexdigest(),
                        }
                        for name, data in files.items()
                    ]
                )
            elif f"/resolve/{COMMIT}/" in path and (data := files.get(path.rpartition("/")[2])) is not None:
                tag = f'"{hashlib.sha1(data).hexdigest()}"'
                self.answer(200, data, ETag=tag, X_Repo_Commit=COMMIT)
            else:
                self.answer(404, X_Error_Code="RepoNotFound")

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.asked = asked
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def ask(hub, home, base="org/tiny", revision="", **env):
    """What a fresh process says: the digest, or exit code and message."""
    here = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("HF_", "HUGGING", "http", "HTTP", "all_", "ALL_"))
    }
    here |= {
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_address[1]}",
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        **env,
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, base, revision],
        capture_output=True,
        text=True,
        env=here,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def local(folder):
    from currc.compiler.plan import ModelPlan
    from currc.runtime.learning.models.base import base_digest

    return base_digest(ModelPlan(kind="encoder", base=f"./{folder.name}"), folder.parent)


def test_a_hub_model_is_fetched_once_and_then_read_offline(hub, folder, tmp_path):
    assert ask(hub, tmp_path) == local(folder)
    fetched = {path.rpartition("/")[2] for path in hub.asked if "/resolve/" in path}
    assert fetched == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    hub.asked.clear()
    assert ask(hub, tmp_path, HF_HUB_OFFLINE="1") == local(folder)
    assert hub.asked == []


def test_offline_without_a_copy_says_what_to_do(hub, tmp_path):
    told = ask(hub, tmp_path, HF_HUB_OFFLINE="1")
    assert told.startswith(
        "69 `HF_HUB_OFFLINE` is set and the model `org/tiny` is neither in the local cache"
    )
    assert "hf download org/tiny" in told
    assert hub.asked == []


def test_a_revision_is_asked_for_and_a_missing_one_is_named(hub, folder, tmp_path):
    assert ask(hub, tmp_path, revision=COMMIT) == local(folder)
    assert not any("/revision/main" in path for path in hub.asked)
    assert ask(hub, tmp_path, revision="v9").startswith("69 the model `org/tiny` at revision `v9`")


def test_a_missing_model_is_named(hub, tmp_path):
    assert ask(hub, tmp_path, base="org/nothing").startswith("69 the model `org/nothing` is neither")


def test_a_gated_model_needs_the_token(hub, folder, tmp_path):
    assert ask(hub, tmp_path, base="org/gated").startswith("69 the model `org/gated`")
    assert ask(hub, tmp_path, base="org/gated", HF_TOKEN="hf_secret") == local(folder)
