"""
Orders and refunds of WooCommerce's REST API, version 3, as commands for a shop, and a status for the way back.

There are two ways in: :func:`to_place` makes a new order of a document, :func:`to_record` adopts one that exists
there, with its totals as they were recorded. :func:`read` and :func:`read_all` take files of documents, and
:func:`adopt` records what they hold.

Personal data goes where it can be erased. Metadata is kept as an order's ``extras`` where its name is not that of
something personal and its value is a short code; what is not kept is counted, in ``Reading.left_out`` and in the extra
``meta_left_out``. A tax number (``_billing_nip``, ``_vat_number`` …) asks for an invoice, and makes nobody a business:
the buyer is recorded as a consumer, whose rights are the wider ones, until the host knows better.

The format is documented at https://woocommerce.github.io/woocommerce-rest-api-docs/.
"""

from ._json import LARGEST_DOCUMENT, LARGEST_FILE
from ._order import SYSTEM, LeftOut, to_place, to_record
from ._reading import Adopted, Reading, RefundOf, Refused, adopt, read, read_all
from ._refund import Refund
from ._status import to_woocommerce_status

__all__ = (
    "LARGEST_DOCUMENT",
    "LARGEST_FILE",
    "SYSTEM",
    "Adopted",
    "LeftOut",
    "Reading",
    "Refund",
    "RefundOf",
    "Refused",
    "adopt",
    "read",
    "read_all",
    "to_place",
    "to_record",
    "to_woocommerce_status",
)
