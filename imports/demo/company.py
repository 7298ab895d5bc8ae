"""The demo company's master data: chart of accounts, groups, places, partners, items and people."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from costing.models import GeneralPostingSetup, InventoryPostingSetup
from imports.demo.catalogue import COMPANY, CUSTOMERS, GROUPS, LOCATIONS, PEOPLE, UNITS, VENDORS, Article
from imports.demo.history import OVERSOLD
from inventory.items import ItemChange, save_items
from inventory.models import (
    Customer,
    GenProductPostingGroup,
    InventoryPostingGroup,
    InventorySetup,
    ItemTrackingCode,
    Location,
    ReasonCode,
    UnitOfMeasure,
    Vendor,
)
from inventory.setup import lock_setup
from ledger.choices import GLAccountKind, GLAccountType
from ledger.models import AccountingPeriod, GLAccount, InventoryPeriod
from users.accounts import make_user
from users.history import acting
from users.models import User
from users.roles import sync_roles

REASON = "demo company"
SERIALS = "SERIAL"
BLOCKED = "2320"
_HEADINGS = {"1000": "Assets", "5000": "Cost of goods", "7000": "Adjustments and variances"}
_BALANCE = {
    "1490": "Inventory, received not invoiced", "1495": "Work in process", "2490": "Accrual, received not invoiced",
}  # fmt: skip
_INCOME = {
    "5900": "Direct cost applied", "5910": "Overhead applied", "5950": "Cost of goods shipped, not invoiced",
    "7100": "Inventory adjustments", "7200": "Purchase variance", "7210": "Material variance",
    "7220": "Capacity variance", "7230": "Capacity overhead variance", "7240": "Manufacturing overhead variance",
    "7250": "Subcontracting variance",
}  # fmt: skip
_INVENTORY_ROLES = {
    "inventory_interim_account": "1490", "wip_account": "1495", "material_variance_account": "7210",
    "capacity_variance_account": "7220", "capacity_overhead_variance_account": "7230",
    "manufacturing_overhead_variance_account": "7240", "subcontracted_variance_account": "7250",
}  # fmt: skip
_GENERAL_ROLES = {
    "cogs_interim_account": "5950", "inventory_adjustment_account": "7100", "direct_cost_applied_account": "5900",
    "overhead_applied_account": "5910", "purchase_variance_account": "7200",
    "inventory_accrual_interim_account": "2490",
}  # fmt: skip


def make_people(password: str) -> dict[str, User]:
    """A user for each role, by name."""
    sync_roles()
    return {
        name: make_user(name, roles=[role], password=password, name=full_name)
        for name, (full_name, role) in PEOPLE.items()
    }


def make_company(items: Sequence[Article], *, by: User, first_day: date, months: int) -> None:
    """Everything that must be there before anything is posted; in the caller's transaction."""
    with acting(by, REASON):
        lock_setup()
        InventorySetup.objects.update(company_name=COMPANY, prevent_negative_inventory=True)
        for code, (name, international) in UNITS.items():
            UnitOfMeasure.objects.create(code=code, description=name, international_code=international)
        Location.objects.bulk_create([Location(code=code, name=name) for code, name in LOCATIONS.items()])
        Vendor.objects.bulk_create([Vendor(number=number, name=name) for number, name in VENDORS.items()])
        Customer.objects.bulk_create([Customer(number=number, name=name) for number, name in CUSTOMERS.items()])
        ReasonCode.objects.bulk_create(
            [ReasonCode(code="DAMAGED", description="Damaged"), ReasonCode(code="COUNTED", description="Counted")]
        )
        ItemTrackingCode.objects.create(
            code=SERIALS, serial_specific=True, serial_purchase_inbound=True, serial_sales_outbound=True
        )
        _make_posting_setup(_make_accounts())
        _make_periods(first_day, months)
        save_items([_item(row, article) for row, article in enumerate(items, 1)], user=by, reason=REASON)


def _item(row: int, article: Article) -> ItemChange:
    values: dict[str, str | None] = {
        "description": article.description,
        "base_unit": article.unit,
        "costing_method": article.method,
        "unit_price": str(article.price),
        "gen_product_posting_group": article.group,
        "inventory_posting_group": article.group,
        "vendor": article.vendor,
    }
    if article.method == "standard":
        values["standard_cost"] = str(article.cost)
    if article.method == "specific":
        values["item_tracking_code"] = SERIALS
    if article.number == OVERSOLD:
        values["prevent_negative_inventory"] = "no"
    units = {article.unit: "1 / 1"} | ({"BOX": "10"} if article.unit == "PCS" and article.method != "specific" else {})
    return ItemChange(row, article.number, values, units, mode="create")


def _make_accounts() -> dict[str, GLAccount]:
    rows = [
        GLAccount(number=number, name=name, kind=_kind(number), account_type=GLAccountType.HEADING)
        for number, name in _HEADINGS.items()
    ]
    named = {**_BALANCE, **_INCOME}
    for place, group in enumerate(GROUPS.values()):
        named |= {str(1400 + 10 * place): f"Inventory, {group}", str(5100 + 10 * place): f"Cost of goods sold, {group}"}
    rows += [GLAccount(number=number, name=name, kind=_kind(number)) for number, name in sorted(named.items())]
    return {account.number: account for account in GLAccount.objects.bulk_create(rows)}


def _kind(number: str) -> str:
    return GLAccountKind.BALANCE if number < "5" else GLAccountKind.INCOME


def _make_posting_setup(accounts: dict[str, GLAccount]) -> None:
    """Each group its inventory and cost of goods account; the other accounts are shared."""
    places = list(Location.objects.all())
    for number, (code, name) in enumerate(GROUPS.items()):
        group = InventoryPostingGroup.objects.create(code=code, description=name)
        shared: dict[str, Any] = {role: accounts[account] for role, account in _INVENTORY_ROLES.items()}
        shared |= {"inventory_posting_group": group, "inventory_account": accounts[str(1400 + 10 * number)]}
        InventoryPostingSetup.objects.bulk_create([InventoryPostingSetup(location=place, **shared) for place in places])
        product = GenProductPostingGroup.objects.create(code=code, description=name)
        GeneralPostingSetup.objects.create(
            gen_product_posting_group=product,
            cogs_account=accounts[str(5100 + 10 * number)],
            **{role: accounts[account] for role, account in _GENERAL_ROLES.items()},
        )


def _make_periods(first_day: date, months: int) -> None:
    """Accounting periods by the month, fiscal years from January; the time before the demo is closed."""
    first = first_day.replace(day=1)
    starts = [_add_months(first.replace(month=1), month) for month in range(first.month + months + 12)]
    AccountingPeriod.objects.bulk_create(
        [
            AccountingPeriod(starting_date=start, name=start.strftime("%B %Y"), new_fiscal_year=start.month == 1)
            for start in starts
        ]
    )
    day_before = date.fromordinal(first.toordinal() - 1)
    InventoryPeriod.objects.create(ending_date=day_before, name="Before the first day", closed=True)


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1)


def block_an_item(by: User) -> None:
    """One item is not sold any more; the open journal has a line for it."""
    change = ItemChange(
        1, BLOCKED, {"sales_blocked": "yes", "block_reason": "Discontinued by the maker"}, mode="update"
    )
    save_items([change], user=by, reason="discontinued")
