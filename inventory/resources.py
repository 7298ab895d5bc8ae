"""What an hour of a resource costs with its overhead (resources.md §1.1). Pure."""

from collections.abc import Collection
from decimal import Decimal

from inventory.models import Resource
from inventory.numbers import UNIT_COST, round_to

HUNDRED = Decimal(100)


def follow_costs(resource: Resource, typed: Collection[str]) -> None:
    """Fill in the cost that follows from those that were typed, by the names of their fields.

    Unit cost = direct cost by (1 + percent / 100); where only the unit cost is typed, the percent follows from it.
    Both typed stay as they are (costing-clarifications.md C5).
    """
    direct = resource.direct_unit_cost
    if "unit_cost" not in typed and {"direct_unit_cost", "indirect_cost_percent"} & set(typed):
        resource.unit_cost = round_to(direct * (1 + resource.indirect_cost_percent / HUNDRED), UNIT_COST)
    elif "unit_cost" in typed and "indirect_cost_percent" not in typed and direct and resource.unit_cost >= direct:
        resource.indirect_cost_percent = round_to((resource.unit_cost / direct - 1) * HUNDRED, UNIT_COST)
