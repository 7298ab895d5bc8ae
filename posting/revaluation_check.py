"""What a revaluation is refused for; all lines at once, before the first write."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from costing.average import period_end
from inventory.choices import AverageCostCalculation
from inventory.setup import Setup
from ledger.records import ZERO
from posting import errors
from posting.check import EARLIEST, LATEST
from posting.errors import PostingError
from posting.facts import Facts
from posting.limits import MOST_AMOUNT, MOST_UNIT_COST, too_large
from posting.lines import ItemFacts
from posting.revaluation_lines import Asked, Head, Looked, Mode, Receipt, RevaluationLine


def average_setting(facts: Facts, day: date) -> tuple[str, str]:
    """Calculation type and period that hold on a day."""
    setup = facts.setup
    return facts.calendar.average_setting(day, (setup.average_cost_calculation, setup.average_cost_period))


def is_whole(facts: Facts, day: date) -> bool:
    """True where averages are those of the item at all places together."""
    return average_setting(facts, day)[0] == AverageCostCalculation.ITEM


def head_of(line: RevaluationLine, heads: Mapping[int, Head]) -> Head | None:
    """The entry that a line revalues; None where it revalues an item, or where there is no such entry."""
    return None if line.mode == Mode.ITEM else heads.get(line.entry or 0)


def check_words(line: RevaluationLine, heads: Mapping[int, Head], facts: Facts) -> Iterator[PostingError]:
    """What can be told of a line before its goods are looked at; a line that passes has an item and a day."""
    head = head_of(line, heads)
    if line.mode == Mode.ITEM and line.item_id is None:
        yield errors.ValueMissing(line=line.key, name="The item")
    elif line.mode != Mode.ITEM and head is None:
        yield errors.UnknownEntry(line=line.key, entry=str(line.entry or ""))
    elif line.posting_date is None and line.mode != Mode.ENTRY:
        yield errors.ValueMissing(line=line.key, name="The posting date")
    else:
        yield from check_day(line.key, line.posting_date or (head.posting_date if head else EARLIEST), facts)
    if not line.document_number:
        yield errors.DocumentNumberMissing(line=line.key)
    yield from _check_worth(line)


def _check_worth(line: RevaluationLine) -> Iterator[PostingError]:
    worth = line.worth
    if worth.given != 1:
        yield errors.OneWorthOnly(line=line.key, given=str(worth.given or "none"))
    yield from too_large(line.key, "new_unit_cost", worth.unit_cost or ZERO, MOST_UNIT_COST)
    for name, value in (("new_value", worth.value), ("delta", worth.delta)):
        yield from too_large(line.key, name, value or ZERO, MOST_AMOUNT)


def check_day(key: int, day: date, facts: Facts) -> Iterator[PostingError]:
    """The allowed range first, then periods (costing-clarifications.md C7); the cut-off needs the valuation date."""
    first, last = facts.first_date or EARLIEST, facts.last_date or LATEST
    if day < first or day > last:
        yield errors.PostingDateNotAllowed(line=key, date=str(day), first=str(first), last=str(last))
    elif facts.calendar.is_closed(day):
        yield errors.PeriodClosed(line=key, date=str(day), first=str(facts.calendar.first_open(day)))


def check_goods(
    asked: Asked, place: int, looked: Looked, facts: Facts, items: Mapping[int, ItemFacts]
) -> Iterator[PostingError]:
    """Whether a line's item or entry can be revalued on its day."""
    line, item = asked.line, items.get(asked.item_id)
    if item is None:
        yield errors.UnknownItem(line=line.key, item=str(asked.item_id))
        return
    yield from _check_item(asked, item)
    if line.mode == Mode.ITEM:
        yield from _check_costs(asked, place, looked, facts, item)
    else:
        yield from _check_entry(asked, place, looked, item)
    found = looked.receipts(place)
    if line.mode != Mode.ENTRY and not found:
        what = f"item {item.number}" if line.mode == Mode.ITEM else f"entry {line.entry}"
        yield errors.NothingToRevalue(line=line.key, date=str(asked.day), what=what)
    elif line.mode == Mode.ITEM and not receipts_of(asked, place, looked, item):
        reason = f"neither it nor anything else that was on hand on {asked.day} is wholly invoiced by then"
        yield errors.EntryNotRevaluable(line=line.key, entry=str(found[0].entry.id), reason=reason)


def _check_item(asked: Asked, item: ItemFacts) -> Iterator[PostingError]:
    key = asked.line.key
    if item.blocked:
        yield errors.ItemBlocked(line=key, item=item.number, use="all use")
    if not item.is_stock:
        yield errors.ItemNotRevaluable(line=key, item=item.number, reason="it is not kept in inventory")
    elif item.inventory_value_zero:
        yield errors.ItemNotRevaluable(line=key, item=item.number, reason="its inventory is without value by choice")
    if asked.line.update_standard_cost and not item.is_standard:
        yield errors.StandardCostOnly(line=key, item=item.number, reason="it is costed by another method")
    elif asked.line.update_standard_cost and asked.line.mode != Mode.ITEM:
        yield errors.StandardCostOnly(line=key, item=item.number, reason="the line names one entry of it")


def _check_costs(asked: Asked, place: int, looked: Looked, facts: Facts, item: ItemFacts) -> Iterator[PostingError]:
    """Of an average the whole period's costs must be known, and of every item what came back (§2.2)."""
    waiting, key = looked.waiting(place), asked.line.key
    if item.is_average:
        end = period_end(asked.day, average_setting(facts, asked.day)[1], facts.calendar)
        if end != asked.day:
            yield errors.DateNotPeriodEnd(line=key, item=item.number, date=str(asked.day), end=str(end))
        if waiting.open_issue is not None:
            yield errors.OpenIssuePrevents(line=key, item=item.number, entry=str(waiting.open_issue))
        if waiting.queued_from is not None and waiting.queued_from <= asked.day:
            yield errors.CostsNotAdjusted(line=key, item=item.number, why=f" from {waiting.queued_from} on")
            return
    if waiting.returns:
        why = f", since entry {min(waiting.returns)} brought goods back"
        yield errors.CostsNotAdjusted(line=key, item=item.number, why=why)


def _check_entry(asked: Asked, place: int, looked: Looked, item: ItemFacts) -> Iterator[PostingError]:
    line = asked.line
    found = looked.receipts(place)
    if not found:
        if asked.head is not None and asked.head.quantity < 0:
            yield _not_revaluable(line, "it took goods out; revalue the receipt that they came from")
        return
    receipt = found[0]
    if line.mode == Mode.REMAINING and item.is_average:
        yield _not_revaluable(line, f"item {item.number} is valued by average; revalue the item, or all of the entry")
    final = receipt.is_final_on
    if final is None or (line.mode == Mode.REMAINING and final > asked.day):
        since = f" on {asked.day}" if final else ""
        yield _not_revaluable(line, f"it is not wholly invoiced{since}")
    if receipt.entry.id in looked.waiting(place).returns:
        why = f", since entry {receipt.entry.id} brought goods back"
        yield errors.CostsNotAdjusted(line=line.key, item=item.number, why=why)


def _not_revaluable(line: RevaluationLine, reason: str) -> PostingError:
    return errors.EntryNotRevaluable(line=line.key, entry=str(line.entry), reason=reason)


def receipts_of(asked: Asked, place: int, looked: Looked, item: ItemFacts) -> list[Receipt]:
    """The receipts that a line changes: what is wholly invoiced by its day, but of a standard item all (§2.2)."""
    found, mode = looked.receipts(place), asked.line.mode
    if mode == Mode.ENTRY or (mode == Mode.ITEM and item.is_standard):
        return found
    return [each for each in found if each.is_final_on is not None and each.is_final_on <= asked.day]


def check_valuation(key: int, days: Iterable[date], setup: Setup) -> Iterator[PostingError]:
    """No row may be valued before the cut-off."""
    cutoff, first = setup.earliest_valuation_date, min(days, default=None)
    if cutoff is not None and first is not None and first < cutoff:
        yield errors.ValuationBeforeCutoff(line=key, date=str(first), cutoff=str(cutoff))


def refuse_twice(touched: Iterable[tuple[int, int]]) -> list[PostingError]:
    """Each line sees the goods as they are before all of them, so no two may change the same entry."""
    pairs = list(touched)
    times = Counter(entry for _, entry in pairs)
    seen: set[int] = set()
    problems: list[PostingError] = []
    for key, entry in pairs:
        if times[entry] > 1 and key not in seen:
            seen.add(key)
            problems.append(errors.RevaluedTwice(line=key, entry=str(entry)))
    return problems
