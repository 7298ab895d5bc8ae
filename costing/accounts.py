"""Where a worth goes: the account matrix of costing-gl-posting.md §3 over the two posting setups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from work.statements import Question


def _kind(words: str) -> tuple[str, str]:
    value_type, _, variance_type = words.partition(":")
    return value_type, variance_type


INVENTORY, INTERIM, WIP = "inventory", "inventory_interim", "wip"
_ADJUSTMENT, _OVERHEAD, _APPLIED = "inventory_adjustment", "overhead_applied", "direct_cost_applied"
_ACCRUAL, _COGS_INTERIM = "inventory_accrual_interim", "cogs_interim"
_OF_ORDERS = "material capacity capacity_overhead manufacturing_overhead subcontracted"
_OF_LOCATION = frozenset({INVENTORY, INTERIM, WIP, *(f"{kind}_variance" for kind in _OF_ORDERS.split())})

Pair = tuple[str, str]
_EXPECTED, _ACTUAL = True, False
# What an entry belongs to, its type (a variance with its kind), its part: debited above zero, credited above zero.
_MATRIX: tuple[tuple[str, str, bool, str, str], ...] = (
    ("purchase", "direct", _EXPECTED, INTERIM, _ACCRUAL),
    ("purchase", "direct", _ACTUAL, INVENTORY, _APPLIED),
    ("purchase", "indirect", _ACTUAL, INVENTORY, _OVERHEAD),
    ("purchase", "variance:purchase", _ACTUAL, INVENTORY, "purchase_variance"),
    ("purchase", "revaluation", _EXPECTED, INTERIM, _ACCRUAL),
    ("purchase", "revaluation rounding", _ACTUAL, INVENTORY, _ADJUSTMENT),
    ("sale", "direct revaluation", _EXPECTED, INTERIM, _COGS_INTERIM),
    ("sale", "direct", _ACTUAL, INVENTORY, "cogs"),
    ("sale", "revaluation rounding", _ACTUAL, INVENTORY, _ADJUSTMENT),
    ("positive_adjmt negative_adjmt transfer", "direct", _EXPECTED, INTERIM, _COGS_INTERIM),
    ("positive_adjmt negative_adjmt transfer", "direct revaluation rounding", _ACTUAL, INVENTORY, _ADJUSTMENT),
    ("consumption", "direct", _ACTUAL, INVENTORY, WIP),
    ("consumption", "revaluation rounding", _ACTUAL, INVENTORY, _ADJUSTMENT),
    ("output", "direct revaluation", _EXPECTED, INTERIM, WIP),
    ("output", "direct", _ACTUAL, INVENTORY, WIP),
    ("output", "revaluation rounding", _ACTUAL, INVENTORY, _ADJUSTMENT),
    ("assembly_consumption assembly_output", "direct revaluation rounding", _ACTUAL, INVENTORY, _ADJUSTMENT),
    ("output assembly_output", "indirect", _ACTUAL, INVENTORY, _OVERHEAD),
    *(
        ("output assembly_output", f"variance:{kind}", _ACTUAL, INVENTORY, f"{kind}_variance")
        for kind in _OF_ORDERS.split()
    ),
    ("production_capacity", "direct", _ACTUAL, WIP, _APPLIED),
    ("production_capacity", "indirect", _ACTUAL, WIP, _OVERHEAD),
    ("assembly_capacity", "direct", _ACTUAL, _ADJUSTMENT, _APPLIED),
    ("assembly_capacity", "indirect", _ACTUAL, _ADJUSTMENT, _OVERHEAD),
)
MATRIX: Mapping[tuple[str, str, str, bool], Pair] = {
    (belongs, *_kind(kind), expected): (debited, credited)
    for belonging, kinds, expected, debited, credited in _MATRIX
    for belongs in belonging.split()
    for kind in kinds.split()
}


def pair_of(belongs_to: str, value_type: str, variance_type: str, *, expected: bool) -> Pair:
    """The two account roles of an amount: the first is debited when the amount is above zero.

    A value entry belongs to the type of its item ledger entry, or to `<order type>_capacity`. Raises KeyError for
    a combination that does not exist.
    """
    return MATRIX[belongs_to, value_type, variance_type, expected]


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


def accounts_question() -> Question[Accounts]:
    """Both setups and the blocked accounts; they are small."""
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
