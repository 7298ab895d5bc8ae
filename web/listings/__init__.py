"""All lists by the name of their address: what counts, exports and saved views work on."""

from collections.abc import Callable, Mapping

from users.models import User
from web.list_state import Listing
from web.listings import entries, items, registers

LISTINGS: Mapping[str, Callable[[User], Listing]] = {
    "items": items.item_list,
    "item-ledger-entries": entries.item_ledger_entries,
    "value-entries": entries.value_entries,
    "item-application-entries": registers.item_application_entries,
    "item-registers": registers.item_registers,
    "gl-accounts": registers.gl_accounts,
    "gl-entries": registers.gl_entries,
    "gl-registers": registers.gl_registers,
}


def listing_for(name: str, user: User) -> Listing | None:
    """A list as a user may see it; none where there is no such list or the user may not open it."""
    make = LISTINGS.get(name)
    listing = make(user) if make else None
    return listing if listing and user.has_perms(listing.permissions) else None
