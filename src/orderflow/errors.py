"""The exceptions of orderflow: a caller's bug or a broken world, never a business answer.

A business answer is a rejection, which is a value (see :mod:`orderflow.decisions`).
"""

from __future__ import annotations


class OrderflowError(Exception):
    """Base of every exception that orderflow raises on purpose."""


class InvalidInputError(OrderflowError, ValueError):
    """
    A value from outside is malformed.

    ``path`` leads to the offending field (``lines[2].quantity``); the message says what is wrong
    and what is accepted instead.
    """

    def __init__(self, path: str, problem: str) -> None:
        path = path.encode("utf-8", "backslashreplace").decode()  # a key of JSON may be half of a surrogate pair
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem

    def under(self, parent: str) -> InvalidInputError:
        """The same error seen from one level further out."""
        if not self.path:
            return InvalidInputError(parent, self.problem)
        glue = "" if self.path.startswith("[") or not parent else "."
        return InvalidInputError(f"{parent}{glue}{self.path}", self.problem)


class CurrencyMismatchError(OrderflowError):
    """Two amounts of different currencies met in one sum or comparison."""


class UnknownEventError(OrderflowError):
    """An event name or version that this release does not know; it is refused, never guessed."""
