"""Which accounts the worth of a line will go to, so that the worker does not fail on setup (decision 18).

Pure.
"""

from collections.abc import Iterator

from costing.accounts import MATRIX, Pair
from ledger.choices import EntryType, ValueEntryType, VarianceType
from posting.lines import CapacityLine, ItemFacts, PostingLine

OUTPUTS = (EntryType.OUTPUT, EntryType.ASSEMBLY_OUTPUT)
_OF_ORDERS = tuple(kind for kind in VarianceType if kind != VarianceType.PURCHASE)
_Kind = tuple[ValueEntryType, str, bool]
_ACTUAL, _EXPECTED = False, True


def pairs_needed(line: PostingLine | CapacityLine, item: ItemFacts, *, with_expected: bool) -> tuple[Pair, ...]:
    """The account roles for all that may follow from a line; combinations that do not exist need none."""
    if isinstance(line, CapacityLine):
        belongs_to, kinds = f"{line.order_key[0]}_capacity", _of_work(line)
    else:
        belongs_to, kinds = line.entry_type, _of_movement(line, item, with_expected)
    found = (MATRIX.get((belongs_to, *kind)) for kind in kinds)
    return tuple(dict.fromkeys(pair for pair in found if pair is not None))


def _of_work(line: CapacityLine) -> Iterator[_Kind]:
    yield ValueEntryType.DIRECT, "", _ACTUAL
    both = line.unit_cost is not None and line.direct_unit_cost is not None
    if line.indirect_cost_percent or line.overhead_rate or (both and line.unit_cost != line.direct_unit_cost):
        yield ValueEntryType.INDIRECT, "", _ACTUAL


def _of_movement(line: PostingLine, item: ItemFacts, with_expected: bool) -> Iterator[_Kind]:
    yield ValueEntryType.DIRECT, "", _ACTUAL
    yield ValueEntryType.ROUNDING, "", _ACTUAL
    later = line.invoiced is not None and line.invoiced != line.quantity
    if with_expected and (later or line.entry_type == EntryType.OUTPUT):
        yield ValueEntryType.DIRECT, "", _EXPECTED
    made = line.entry_type in OUTPUTS
    if not made and line.entry_type != EntryType.PURCHASE:
        return
    if item.indirect_cost_percent or item.overhead_rate:
        yield ValueEntryType.INDIRECT, "", _ACTUAL
    if item.is_standard:
        for kind in _OF_ORDERS if made else (VarianceType.PURCHASE,):
            yield ValueEntryType.VARIANCE, kind, _ACTUAL
