"""
Texts for people in Polish, English and German: messages to customers, prices, rejections, headlines, verdicts.

The only room that knows babel. A language tag without texts falls back to its base language, then to English. Texts
are in ``locale/<language>/LC_MESSAGES/orderflow.po`` under stable keys; see :mod:`orderflow.wording._catalog`.
"""

from ._catalog import FALLBACK, LANGUAGES
from ._explanations import explain, reason
from ._messages import message_for
from ._rejections import Rejection, rejection_text, status_text, verdict_text

__all__ = (
    "FALLBACK",
    "LANGUAGES",
    "Rejection",
    "explain",
    "message_for",
    "reason",
    "rejection_text",
    "status_text",
    "verdict_text",
)
