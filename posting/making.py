"""What orders do while lines are folded: work, output and its dates, the end of an order (ledger-model.md §6.9, §6.10).

Pure.
"""

from decimal import Decimal

from inventory.numbers import round_to
from ledger.choices import EntryType, OrderType, ValueEntryType
from ledger.records import ZERO, Entry, NewCapacityEntry, NewValueEntry
from posting.errors import OrderFinished, OrderMakesAnother, OrderMissing, PostingError, UnknownOrder, ValueMissing
from posting.facts import Facts
from posting.known import MADE, Known, Order
from posting.lines import CapacityLine, FinishLine, PostingLine

HUNDRED = Decimal(100)
OF_ORDERS = (
    EntryType.CONSUMPTION,
    EntryType.OUTPUT,
    EntryType.ASSEMBLY_CONSUMPTION,
    EntryType.ASSEMBLY_OUTPUT,
)


def refused_by_order(line: PostingLine | CapacityLine, known: Known, facts: Facts) -> list[PostingError]:
    """Why an order does not take this line."""
    if isinstance(line, PostingLine) and line.entry_type not in OF_ORDERS:
        return []
    if line.order_key[0] not in MADE or not line.order_key[1]:
        kind = EntryType(line.entry_type).label if isinstance(line, PostingLine) else "Capacity"
        return [OrderMissing(line=line.key, entry_type=kind)]
    order = known.order_of(line)
    if order.finished:
        return [OrderFinished(line=line.key, order=line.order_key[1])]
    makes = _makes(line)
    if not makes:
        return [ValueMissing(line=line.key, name="The item that the order makes")]
    if makes != order.item_id:
        made, item = order.item_number or facts.items[order.item_id].number, facts.items[makes].number
        return [OrderMakesAnother(line=line.key, order=line.order_key[1], made=made, item=item)]
    return []


def _makes(line: PostingLine | CapacityLine) -> int | None:
    if isinstance(line, CapacityLine):
        return line.item_id
    if line.entry_type in (EntryType.OUTPUT, EntryType.ASSEMBLY_OUTPUT):
        return line.item_id
    return line.produces


def work(line: CapacityLine, facts: Facts, order: Order) -> tuple[NewCapacityEntry, list[NewValueEntry]]:
    """Capacity with its direct and its indirect cost (costing-clarifications.md C5)."""
    setup = facts.setup
    direct, indirect = _work_cost(line, setup.amount_rounding, setup.unit_cost_rounding)
    order.went_in += direct + indirect
    new = NewCapacityEntry(
        line.item_id, line.location_id, line.posting_date, line.order_key, line.document_number, line.quantity,
        line.number, line.description, line.subcontracting, dimension_set_id=line.dimension_set_id,
    )  # fmt: skip
    item = facts.items[line.item_id]
    made = Entry(line.item_id, line.location_id, 0, line.posting_date, line.posting_date, line.quantity, ZERO, 0)
    rows = [
        NewValueEntry(
            made, "", kind, line.posting_date, line.posting_date, line.document_number, line.quantity,
            cost_per_unit=round_to(cost / line.quantity, setup.unit_cost_rounding), cost_amount_actual=cost,
            inventoriable=False, order_key=line.order_key, capacity=new,
            invoiced_quantity=line.quantity if kind == ValueEntryType.DIRECT else ZERO,
            inventory_posting_group_id=item.inventory_posting_group_id,
            gen_product_posting_group_id=item.gen_product_posting_group_id, dimension_set_id=line.dimension_set_id,
        )
        for kind, cost in ((ValueEntryType.DIRECT, direct), (ValueEntryType.INDIRECT, indirect))
        if cost or kind == ValueEntryType.DIRECT
    ]  # fmt: skip
    return new, rows


def _work_cost(line: CapacityLine, cent: Decimal, precision: Decimal) -> tuple[Decimal, Decimal]:
    quantity, unit_cost = line.quantity, line.unit_cost
    if line.direct_unit_cost is not None and unit_cost is not None:
        direct = round_to(line.direct_unit_cost * quantity, cent)
        return direct, round_to(unit_cost * quantity, cent) - direct
    factor = 1 + line.indirect_cost_percent / HUNDRED
    if unit_cost is None:
        unit_cost = round_to((line.direct_unit_cost or ZERO) * factor + line.overhead_rate, precision)
    total = round_to(unit_cost * quantity, cent)
    direct = round_to((total - line.overhead_rate * quantity) / factor, cent)
    return direct, total - direct


def finished(line: FinishLine, known: Known) -> list[Order]:
    """Mark the lines of a production order as done; empty where there is no such order.

    A line that somebody began for another item while this one waited was not there when the order was finished.
    """
    mine = [
        order
        for key, order in known.orders.items()
        if key[:2] == (OrderType.PRODUCTION, line.order_number) and order.item_id in line.item_ids
    ]
    for order in mine:
        order.finished = True
    return mine


def unknown(line: FinishLine) -> PostingError:
    """Nothing was ever posted to this order."""
    return UnknownOrder(line=line.key, order=line.order_number)
