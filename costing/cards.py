"""The unit cost on an item card, where a person may set it."""

from decimal import Decimal

from django.db import transaction

from ledger import book
from ledger.locks import lock_items
from users.history import acting
from users.models import User
from work.statements import Sending


@transaction.atomic
def set_unit_cost(item_id: int, unit_cost: Decimal, *, by: User | None) -> None:
    """Set the provisional cost of future issues; what was posted keeps its own. The adjuster overwrites it."""
    with acting(by, "unit cost set"), Sending() as sending:
        state = lock_items([item_id])[item_id]
        state.unit_cost = unit_cost
        book.change_states([state], sending)
