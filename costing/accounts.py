"""Where a worth goes: the account matrix of costing-gl-posting.md §3 over the two posting setups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.choices import EntryType, ValueEntryType, VarianceType
from work.statements import Question, answer_to

INVENTORY, INTERIM = "inventory", "inventory_interim"
_VARIANCES = {
    VarianceType.PURCHASE: "purchase_variance",
    VarianceType.MATERIAL: "material_variance",
    VarianceType.CAPACITY: "capacity_variance",
    VarianceType.CAPACITY_OVERHEAD: "capacity_overhead_variance",
    VarianceType.MANUFACTURING_OVERHEAD: "manufacturing_overhead_variance",
    VarianceType.SUBCONTRACTED: "subcontracted_variance",
}
_DIRECT = {
    EntryType.PURCHASE: ("direct_cost_applied", "inventory_accrual_interim"),
    EntryType.SALE: ("cogs", "cogs_interim"),
    EntryType.CONSUMPTION: ("wip", "wip"),
    EntryType.OUTPUT: ("wip", "wip"),
}
_OTHERWISE = ("inventory_adjustment", "cogs_interim")
_OF_LOCATION = frozenset(
    {
        "inventory",
        "inventory_interim",
        "wip",
        *(name for kind, name in _VARIANCES.items() if kind != VarianceType.PURCHASE),
    }
)


def pair_of(entry_type: str, value_type: str, variance_type: str, *, expected: bool) -> tuple[str, str]:
    """The two account roles of an amount: the first is debited when the amount is above zero."""
    if value_type == ValueEntryType.VARIANCE:
        return INVENTORY, _VARIANCES[VarianceType(variance_type)]
    if value_type == ValueEntryType.INDIRECT:
        return INVENTORY, "overhead_applied"
    actual, interim = _DIRECT.get(EntryType(entry_type), _OTHERWISE)
    if expected:
        return INTERIM, interim
    return INVENTORY, actual if value_type == ValueEntryType.DIRECT else "inventory_adjustment"


@dataclass(frozen=True, slots=True)
class MissingAccount:
    """A role that the setup does not fill: which setup, which account, for which groups."""

    setup: str
    account: str
    groups: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """Both posting setups as they were read: account ids by role."""

    by_location: Mapping[tuple[int, int | None], Mapping[str, int | None]]
    general: Mapping[tuple[int | None, int | None], Mapping[str, int | None]]
    blocked: frozenset[int]

    def find(
        self, role: str, location_id: int, inventory_group: int | None, business: int | None, product: int | None
    ) -> int | MissingAccount:
        """The account of a role, or what is missing."""
        if role in _OF_LOCATION:
            setup, row = "Inventory posting setup", self.by_location.get((location_id, inventory_group), {})
        else:
            setup, row = "General posting setup", self.general.get((business, product), {})
        account = row.get(role)
        if account is not None and account not in self.blocked:
            return account
        what = "account that is not blocked" if account is not None else "account"
        return MissingAccount(setup, f"{role.replace('_', ' ')} {what}", "its groups")


def read_accounts() -> Accounts:
    """Both setups and the blocked accounts, in one statement; they are small."""
    return answer_to(accounts_question())


def accounts_question() -> Question[Accounts]:
    """The same, to be asked together with others."""
    return Question(_ACCOUNTS, [], lambda rows: _accounts(*rows[0]))


def _accounts(places: list[Any] | None, groups: list[Any] | None, blocked: list[int] | None) -> Accounts:
    return Accounts(
        by_location={(row["location_id"], row["inventory_posting_group_id"]): _roles(row) for row in places or []},
        general={
            (row["gen_business_posting_group_id"], row["gen_product_posting_group_id"]): _roles(row)
            for row in groups or []
            if not row["blocked"]
        },
        blocked=frozenset(blocked or []),
    )


def _roles(row: Mapping[str, Any]) -> dict[str, int | None]:
    return {name.removesuffix("_account_id"): value for name, value in row.items() if name.endswith("_account_id")}


_ACCOUNTS = """
    SELECT (SELECT json_agg(p) FROM costing_inventorypostingsetup p),
           (SELECT json_agg(g) FROM costing_generalpostingsetup g),
           (SELECT array_agg(id) FROM ledger_glaccount WHERE blocked OR account_type <> 'posting')
"""
