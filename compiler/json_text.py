"""JSON that is safe to show: what could steer a terminal is escaped, everything else is readable."""

from __future__ import annotations

import json
import re
from typing import Any

UNSAFE = re.compile("[\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What JSON leaves as it is: control characters, marks of direction, line ends, halves of characters."""


def json_text(document: Any) -> str:
    """A document as JSON text with a line end; reading it gives the same document."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text) + "\n"
