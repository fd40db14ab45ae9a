"""Rejections, headlines and verdicts in words: what is wrong, and what is allowed instead or would mend it."""

from __future__ import annotations

import attrs

from .. import coupons, giftcards, loyalty, stock, workflows
from ..orders import Verdict
from ..workflows import Status
from ._catalog import Voice, voice

__all__ = ("Rejection", "rejection_key", "rejection_text", "status_text", "verdict_text")

Rejection = (
    workflows.Rejection | stock.ItemRejection | coupons.ItemRejection | loyalty.ItemRejection | giftcards.Rejection
)
"""A reason of any concept."""


def rejection_key(kind: type) -> str:
    """The key of a rejection class's text: its concept and its name, e.g. ``orders.OnHold``."""
    return f"{kind.__module__.split('.')[1]}.{kind.__name__}"


def rejection_text(reason: Rejection, language: str, law: str | None = None) -> str:
    """
    What is wrong, and what to do about it; moments in the zone of *law*, or in UTC.

    >>> from orderflow.orders import TooManyUnits
    >>> rejection_text(TooManyUnits(line="mug", wanted=3, allowed=1), "en-IE")
    'Line mug: 3 units are too many. Can still be cancelled: 1 unit. Unpack packed units first, or return them later.'
    """
    values = attrs.asdict(reason, recurse=False)
    return voice(language, law).say(rejection_key(type(reason)), **values)


def status_text(status: Status, language: str) -> str:
    """A headline in words."""
    return voice(language).show(status)


def verdict_text(verdict: Verdict, language: str) -> str:
    """How one check stands, why, and what would release it."""
    speaker = voice(language)
    return " ".join(_verdict(speaker, verdict))


def _verdict(speaker: Voice, verdict: Verdict) -> list[str]:
    texts = [speaker.say("verdict", check=verdict.check, standing=verdict.standing)]
    if verdict.reasons:
        texts.append(speaker.say("verdict.reasons", reasons=verdict.reasons))
    if verdict.released_by:
        texts.append(speaker.say("verdict.released_by", released_by=verdict.released_by))
    return texts
