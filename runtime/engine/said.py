"""A warning about a plan over its data, at the place of the spec that decides it."""

from __future__ import annotations

from currc.compiler.codes import Code
from currc.compiler.diagnostic import Diagnostic, Label
from currc.compiler.source import Span
from currc.compiler.spec import Spec


def about(
    spec: Spec, address: str, block: str, code: Code, message: str, note: str, help: str, detail: str = ""
) -> Diagnostic:
    """A warning at the value of an attribute, or at its block where that is not written."""
    setting = spec.find(address)
    span: Span = setting.span if setting is not None and setting.span is not None else spec.parts[block].span
    return Diagnostic(
        code, message, Label(span, note), help=help, address=".".join(filter(None, (address, detail)))
    )
