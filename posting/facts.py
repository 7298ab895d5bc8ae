"""What a posting reads once at its top and passes down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from costing.accounts import Accounts, accounts_question
from inventory.setup import Setup
from ledger.periods import Calendar, calendar_question
from posting.lines import (
    FinishLine,
    ItemFacts,
    Line,
    LocationFacts,
    PostingLine,
    VariantFacts,
    items_question,
    locations_question,
    variants_question,
)
from work.statements import Question, ask


@dataclass(frozen=True, slots=True)
class Facts:
    """Setup, periods, accounts, and the items, locations and variants that the lines name."""

    setup: Setup
    calendar: Calendar
    accounts: Accounts
    items: Mapping[int, ItemFacts]
    locations: Mapping[int, LocationFacts]
    variants: Mapping[int, VariantFacts]
    first_date: date | None
    last_date: date | None

    def location_name(self, location_id: int) -> str:
        """The code, or words for the blank location."""
        return self.locations[location_id].code or "the blank location"


def read_facts(lines: Sequence[Line], setup: Setup, user_id: int | None, *also: Question[Any]) -> Facts:
    """One round trip, whatever the number of lines; other questions go along."""
    own = _own_dates(user_id)
    calendar, accounts = calendar_question(), accounts_question()
    movements = [line for line in lines if isinstance(line, PostingLine)]
    items = items_question({item for line in lines for item in items_of(line)})
    places = {line.location_id for line in lines if not isinstance(line, FinishLine)}
    locations = locations_question(places | {line.new_location_id for line in movements if line.new_location_id})
    variants = variants_question({line.variant_id for line in movements if line.variant_id})
    ask(own, calendar, accounts, items, locations, variants, *also)
    first, last = own.answer if any(own.answer) else (setup.allow_posting_from, setup.allow_posting_to)
    return Facts(
        setup=setup,
        calendar=calendar.answer,
        accounts=accounts.answer,
        items=items.answer,
        locations=locations.answer,
        variants=variants.answer,
        first_date=first,
        last_date=last,
    )


def _own_dates(user_id: int | None) -> Question[tuple[date | None, date | None]]:
    """The dates that hold for this user only."""
    return Question(
        "SELECT allow_posting_from, allow_posting_to FROM inventory_usersetup WHERE user_id = %s",
        [user_id or 0],
        lambda rows: rows[0] if rows else (None, None),
    )


def items_of(line: Line) -> tuple[int, ...]:
    """The items that a line touches: what moves, and what an order makes of it."""
    if isinstance(line, FinishLine):
        return line.item_ids
    if isinstance(line, PostingLine) and line.produces:
        return line.item_id, line.produces
    return (line.item_id,)
