"""A closed list of named members, for a table so long that `Enum` would take 3 ms to make of it.

To mypy it is `Enum`; at run time it has what is used of one: `name`, `value`, a `__new__` of
its own, iteration, and one object a member.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes 5 ms; mypy knows the name
if TYPE_CHECKING:
    from enum import Enum

    class Members(Enum):
        """The base of such a list."""

else:

    class _Table(type):
        """Makes a member of each tuple in a class body."""

        def __new__(mcs, name, bases, body):
            listed = {key: value for key, value in body.items() if type(value) is tuple}
            cls = super().__new__(mcs, name, bases, {key: body[key] for key in body.keys() - listed.keys()})
            cls._members = []
            for key, value in listed.items():
                member = cls.__new__(cls, *value)
                member.name = key
                cls._members.append(member)
                setattr(cls, key, member)
            return cls

        def __iter__(cls):
            return iter(cls._members)

    class Members(metaclass=_Table):
        """The base of such a list."""

        @property
        def value(self):
            """What `__new__` made of the tuple."""
            return self._value_

        def __repr__(self):
            return f"{type(self).__name__}.{self.name}"

        def __reduce__(self):
            return getattr, (type(self), self.name)
