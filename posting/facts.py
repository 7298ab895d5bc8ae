"""What a posting reads once at its top and passes down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from costing.accounts import Accounts, read_accounts
from inventory.models import UserSetup
from inventory.setup import Setup
from ledger.periods import Calendar, read_calendar
from posting.lines import (
    ItemFacts,
    LocationFacts,
    PostingLine,
    VariantFacts,
    read_items,
    read_locations,
    read_variants,
)


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


def read_facts(lines: Iterable[PostingLine], setup: Setup, user_id: int | None) -> Facts:
    """Six statements, whatever the number of lines; one less where no line has a variant."""
    rows = list(lines)
    own = UserSetup.objects.filter(user_id=user_id or 0).values_list("allow_posting_from", "allow_posting_to").first()
    first, last = own if own and any(own) else (setup.allow_posting_from, setup.allow_posting_to)
    places = {line.location_id for line in rows} | {line.new_location_id for line in rows if line.new_location_id}
    return Facts(
        setup=setup,
        calendar=read_calendar(),
        accounts=read_accounts(),
        items=read_items({line.item_id for line in rows}),
        locations=read_locations(places),
        variants=read_variants({line.variant_id for line in rows if line.variant_id}),
        first_date=first,
        last_date=last,
    )
