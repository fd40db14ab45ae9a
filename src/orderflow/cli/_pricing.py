"""``orderflow price``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .. import wire, wording
from ..decisions import Rejected
from ..errors import InvalidInputError
from ..pricing import Promotions, Quote, Rejection, quote
from ._output import Output

__all__ = ("price",)


def price(output: Output, *, file: str, explain: bool, language: str) -> int:
    """Price the basket in *file*; 1 where it has no price."""
    output.as_json |= not explain
    try:
        given = wire.load_basket(_contents(file))
    except InvalidInputError as error:
        output.failed(f"{file}: {error}")
        return 2
    answer = quote(given.basket, given.tariff, given.promotions, given.policy)
    output.document(json.loads(wire.dump_quote(answer, given.promotions)))
    if not output.as_json:
        for line in _words(answer, given.promotions, language).splitlines():
            output.line(line)
    return 1 if isinstance(answer, Rejected) else 0


def _words(answer: Quote | Rejected[Rejection], promotions: Promotions, language: str) -> str:
    if isinstance(answer, Rejected):
        return "\n".join(wording.rejection_text(reason, language) for reason in answer.reasons)
    return wording.explain(answer.explain(promotions), language)


def _contents(file: str) -> bytes:
    """No more than it takes to see that it is too much."""
    most = wire.LARGEST_DOCUMENT + 1
    if file == "-":
        return sys.stdin.buffer.read(most)
    with Path(file).open("rb") as source:
        return source.read(most)
