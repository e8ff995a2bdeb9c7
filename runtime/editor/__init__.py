"""What an editor asks of a spec, as plain functions of a text and a place in it.

`spots` finds every name on the tokens, so that half-written text has its names too; `meaning`
says what each stands for, by the compiler's own scope and types; the other files answer one
question each. `server` alone knows of the protocol.
"""
