"""Text to plan: parse, resolve, check, lower, share. Imports lark and pydantic, nothing heavier."""
