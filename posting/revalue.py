"""Make goods on hand, or an entry, worth something else from a day on: whole or not at all.

Costing-revaluation-item-charges-variance.md §2; costing-clarifications.md A10, B2, B15 and B25.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from costing import queue
from costing.revaluation import NewWorth
from inventory.numbers import round_to
from inventory.setup import lock_setup, read_setup
from ledger import book
from ledger.choices import SourceCode
from ledger.locks import lock_items, waiting_is_bounded
from ledger.records import ZERO, NewRegister, Page, State
from posting.errors import PostingError
from posting.facts import Facts, read_facts
from posting.journals import Idempotent, PostingAnswer, once
from posting.limits import beyond_the_books
from posting.lines import ItemFacts, items_question
from posting.revaluation_check import check_goods, check_words, head_of, is_whole, refuse_twice
from posting.revaluation_lines import Asked, Head, Looked, Mode, RevaluationLine, heads_question
from posting.revaluation_rows import Valued, earliest_dates, rows_of, value_goods
from posting.standards import NewStandard, change_standards
from users.history import acting
from users.models import User
from work.errors import Refused
from work.statements import Sending, ask


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is on hand on a day and what it is carried at: base units and company currency, by entry as well."""

    quantity: Decimal
    calculated: Decimal
    entries: Sequence["ProposedEntry"]


@dataclass(frozen=True, slots=True)
class ProposedEntry:
    """What is left of one receipt, and its share of the receipt's own worth."""

    entry_id: int
    quantity: Decimal
    carried_at: Decimal


@transaction.atomic(durable=True)
def post_revaluations(
    lines: Sequence[RevaluationLine], *, by: User, idempotency_key: Idempotent | None = None
) -> PostingAnswer:
    """Post all of these lines under one register, or refuse all with every reason, each with its line's key.

    Each line sees the goods as they are before all of them. A line that changes nothing writes nothing; without any
    change there is no register. Raises `Refused`, and `ItemBusy` when an item is held too long by someone else.
    """
    return once("post_revaluations", by, idempotency_key, lambda: _post(lines, by))


def revalue_entry(
    entry_id: int, worth: NewWorth, *, document_number: str, by: User, posting_date: date | None = None
) -> PostingAnswer:
    """Revalue all of an entry that is wholly invoiced, also what was taken from it before (B25).

    Without a date it is on the entry's own.
    """
    line = RevaluationLine(
        key=1, mode=Mode.ENTRY, document_number=document_number, worth=worth, entry=entry_id, posting_date=posting_date
    )
    return post_revaluations([line], by=by)


def revalue_remaining(
    entry_id: int, worth: NewWorth, *, posting_date: date, document_number: str, by: User
) -> PostingAnswer:
    """Revalue what is left of an entry on a day; what was taken before keeps its cost."""
    line = RevaluationLine(
        key=1, mode=Mode.REMAINING, document_number=document_number, worth=worth, entry=entry_id,
        posting_date=posting_date,
    )  # fmt: skip
    return post_revaluations([line], by=by)


def revalue_item(
    item_id: int, worth: NewWorth, *, posting_date: date, document_number: str, by: User,
    location_id: int | None = None, variant_id: int | None = None, update_standard_cost: bool = False,
) -> PostingAnswer:  # fmt: skip
    """Revalue what is on hand of an item on a day, spread over the entries it came with (B2)."""
    line = RevaluationLine(
        key=1, mode=Mode.ITEM, document_number=document_number, worth=worth, item_id=item_id,
        location_id=location_id, variant_id=variant_id, posting_date=posting_date,
        update_standard_cost=update_standard_cost,
    )  # fmt: skip
    return post_revaluations([line], by=by)


def propose_revaluation(
    item_id: int, *, posting_date: date, location_id: int | None = None, variant_id: int | None = None
) -> Proposal:
    """What `revalue_item` would start from; nothing is written. Raises `Refused` for what it would be refused for."""
    line = RevaluationLine(
        key=1, mode=Mode.ITEM, document_number="", worth=NewWorth(delta=Decimal(0)), item_id=item_id,
        location_id=location_id, variant_id=variant_id, posting_date=posting_date,
    )  # fmt: skip
    setup = read_setup()
    facts = read_facts((), setup, None)
    asked = Asked(line, item_id, posting_date, is_whole(facts, posting_date))
    looked, items = Looked([asked]), items_question({item_id})
    ask(items, *looked.questions)
    if problems := list(check_goods(asked, 0, looked, facts, items.answer)):
        raise Refused(problems)
    found = value_goods(asked, 0, looked, items.answer[item_id], setup)
    cent = setup.amount_rounding
    entries = [ProposedEntry(r.entry.id, r.layer.remaining, round_to(r.layer.carried_at, cent)) for r in found.receipts]
    return Proposal(found.quantity, found.calculated, entries)


def _post(lines: Sequence[RevaluationLine], user: User) -> dict[str, Any]:
    with waiting_is_bounded():
        return _Posting(lines, user).run()


@dataclass(slots=True)
class _Posting:
    """The inner verb. Locks: setup, items; where a standard cost changes the setup alone, so that nobody posts by
    the old one meanwhile."""

    lines: Sequence[RevaluationLine]
    user: User
    problems: list[PostingError] = field(default_factory=list)
    standards: list[NewStandard] = field(default_factory=list)

    def run(self) -> dict[str, Any]:
        if any(line.update_standard_cost for line in self.lines):
            lock_setup()
        setup = read_setup(lock=True)
        heads = heads_question([line.entry for line in self.lines if line.entry])
        facts = read_facts((), setup, self.user.pk, heads)
        asked = self._asked(facts, heads.answer)
        looked, items = Looked(asked), items_question({each.item_id for each in asked})
        states = lock_items((each.item_id for each in asked), items, *looked.questions)
        register = NewRegister(SourceCode.REVALUATION, self.user.pk)
        page = self._page(Page(register), asked, looked, items.answer, states, facts)
        if self.problems:
            raise Refused(self.problems)
        return self._write(page, states)

    def _asked(self, facts: Facts, heads: Mapping[int, Head]) -> list[Asked]:
        """The lines that can be looked up: with an item and a day, and nothing wrong so far."""
        asked = []
        for line in self.lines:
            problems = list(check_words(line, heads, facts))
            self.problems += problems
            head = head_of(line, heads)
            day, item = line.posting_date, line.item_id
            if head is not None:
                day, item = day or head.posting_date, head.item_id
            if not problems and day is not None and item is not None:
                asked.append(Asked(line, item, day, is_whole(facts, day), head))
        return asked

    def _page(
        self, page: Page, asked: Sequence[Asked], looked: Looked, items: Mapping[int, ItemFacts],
        states: Mapping[int, State], facts: Facts,
    ) -> Page:  # fmt: skip
        touched: list[tuple[int, int]] = []
        for place, each in enumerate(asked):
            problems = list(check_goods(each, place, looked, facts, items))
            if not problems:
                found = value_goods(each, place, looked, items[each.item_id], facts.setup)
                touched += [(each.line.key, receipt.entry.id) for receipt in found.receipts]
                problems = self._fill(page, each, found, states[each.item_id], facts)
            self.problems += problems
        self.problems += refuse_twice(touched)
        return page

    def _fill(self, page: Page, asked: Asked, found: Valued, state: State, facts: Facts) -> list[PostingError]:
        """Put a line's rows on the page and into its item's sums."""
        rows, problems = rows_of(asked, found, facts)
        state.cost_amount_actual += sum((row.cost_amount_actual for row in rows), ZERO)
        state.cost_amount_expected += sum((row.cost_amount_expected for row in rows), ZERO)
        page.value_entries += rows
        line = asked.line
        if line.update_standard_cost:
            cost = found.new_unit_cost(line.worth, facts.setup)
            self.standards.append(NewStandard(asked.item_id, line.location_id or 0, line.variant_id or 0, cost))
        return problems or beyond_the_books(line.key, rows, state)

    def _write(self, page: Page, states: Mapping[int, State]) -> dict[str, Any]:
        register_id = None
        if page.value_entries:
            with Sending() as sending:
                written = book.append(page, sending)
                days = earliest_dates(page.value_entries)
                book.change_states((states[item] for item in days), sending)
                queue.add(written.register_id, days, page.value_entries, timezone.now(), sending)
            register_id = written.register_id
        if self.standards:
            with acting(
                self.user, f"revaluation, {f'register {register_id}' if register_id else 'no change of value'}"
            ):
                change_standards(self.standards)
        return {
            "register_id": register_id, "lines_posted": len(self.lines), "item_entries": 0,
            "value_entries": len(page.value_entries),
            "document_numbers": list(dict.fromkeys(line.document_number for line in self.lines)),
        }  # fmt: skip
