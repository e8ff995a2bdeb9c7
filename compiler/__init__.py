"""Text to plan: parse, resolve, check, lower, share. Imports lark and pydantic, nothing heavier."""

__version__ = "0.1.0"
