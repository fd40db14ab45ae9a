"""Parts of a quote that are made when somebody looks at them: mostly only its total is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, overload

Item_co = TypeVar("Item_co", covariant=True)


class Deferred(Sequence[Item_co]):
    """An immutable sequence, from its items or from a function that makes them; equal to another of the same items."""

    __slots__ = ("_items", "_make")

    _items: tuple[Item_co, ...]

    def __init__(self, items: tuple[Item_co, ...] | Callable[[], tuple[Item_co, ...]]) -> None:
        self._make = items if callable(items) else None
        self._items = () if callable(items) else items

    def all(self) -> tuple[Item_co, ...]:
        """The items as a tuple."""
        make = self._make  # once it is gone the items are there, for other threads too
        if make is not None:
            self._items = make()
            self._make = None
        return self._items

    @overload
    def __getitem__(self, index: int) -> Item_co: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Item_co, ...]: ...

    def __getitem__(self, index: int | slice) -> Item_co | tuple[Item_co, ...]:
        return self.all()[index]

    def __iter__(self) -> Iterator[Item_co]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def __eq__(self, other: object) -> bool:
        return self.all() == other.all() if isinstance(other, Deferred) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.all())

    def __repr__(self) -> str:
        return repr(self.all())
