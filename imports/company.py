"""What a company must have before it can post: a chart of accounts, posting groups and setups, units, journals."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model

from costing.models import GeneralPostingSetup, InventoryPostingSetup
from inventory.models import (
    GenBusinessPostingGroup,
    GenProductPostingGroup,
    InventoryPostingGroup,
    InventorySetup,
    ItemTrackingCode,
    Location,
    UnitOfMeasure,
)
from ledger.choices import GLAccountKind
from ledger.models import GLAccount
from posting.models import ItemJournalBatch, ItemJournalTemplate
from users.history import acting
from users.models import User

# Number, name, kind, and the column of the posting setup that points to it.
_BALANCE = {
    "inventory_account": ("2110", "Inventory"),
    "inventory_interim_account": ("2111", "Inventory, not invoiced"),
    "wip_account": ("2140", "Work in process"),
}
_ACCRUAL = {"inventory_accrual_interim_account": ("5530", "Inventory accrual, not invoiced")}
_INCOME = {
    "cogs_account": ("7110", "Cost of goods sold"),
    "cogs_interim_account": ("7115", "Cost of goods sold, not invoiced"),
    "inventory_adjustment_account": ("7170", "Inventory adjustment"),
    "direct_cost_applied_account": ("7291", "Direct cost applied"),
    "overhead_applied_account": ("7292", "Overhead applied"),
    "purchase_variance_account": ("7293", "Purchase variance"),
}
_VARIANCES = {
    "material_variance_account": ("7890", "Material variance"),
    "capacity_variance_account": ("7891", "Capacity variance"),
    "subcontracted_variance_account": ("7892", "Subcontracted variance"),
    "capacity_overhead_variance_account": ("7893", "Capacity overhead variance"),
    "manufacturing_overhead_variance_account": ("7894", "Manufacturing overhead variance"),
}
UNITS = {"PCS": "Piece"}
Row = TypeVar("Row", bound=Model)


def start_company(
    name: str = "", *, user: User | None, locations: Mapping[str, str] | None = None, units: Mapping[str, str] = UNITS
) -> None:
    """Bring what is missing; what is there already stays as it is, so a second call changes nothing.

    Product group RETAIL, business groups DOMESTIC and blank, inventory group RESALE, accounts for all of them at
    every location, tracking code SNALL, the journals ITEM and RECLASS. A `name` becomes the company's.
    """
    with acting(user, "start of the company"):
        if name:
            InventorySetup.objects.update(company_name=name)
        for code, words in units.items():
            _there(UnitOfMeasure, code=code, description=words)
        for code, words in (locations or {}).items():
            _there(Location, code=code, name=words)
        _there(ItemTrackingCode, code="SNALL", description="Serial numbers everywhere", serial_specific=True,
               serial_purchase_inbound=True, serial_sales_outbound=True)  # fmt: skip
        _setups(_accounts())
        for journal, kind in (("ITEM", ItemJournalTemplate.Type.ITEM), ("RECLASS", ItemJournalTemplate.Type.TRANSFER)):
            template = _there(ItemJournalTemplate, name=journal, description=kind.label, journal_type=kind)
            ItemJournalBatch.objects.get_or_create(template=template, name="DEFAULT")


def _accounts() -> dict[str, GLAccount]:
    kinds = [(_BALANCE | _ACCRUAL, GLAccountKind.BALANCE), (_INCOME | _VARIANCES, GLAccountKind.INCOME)]
    return {
        column: _there(GLAccount, number=number, name=words, kind=kind, direct_posting=False)
        for columns, kind in kinds
        for column, (number, words) in columns.items()
    }


def _setups(accounts: Mapping[str, GLAccount]) -> None:
    """One row of the general setup for each business group, one of the inventory setup for each location."""
    product = _there(GenProductPostingGroup, code="RETAIL", description="Goods for resale")
    group = _there(InventoryPostingGroup, code="RESALE", description="Goods for resale")
    domestic = _there(GenBusinessPostingGroup, code="DOMESTIC", description="Customers and vendors at home")
    general = {column: accounts[column] for column in _ACCRUAL | _INCOME}
    for business in (None, domestic):
        GeneralPostingSetup.objects.get_or_create(
            gen_business_posting_group=business, gen_product_posting_group=product, defaults=general
        )
    of_place = {column: accounts[column] for column in _BALANCE | _VARIANCES}
    for location in Location.objects.filter(in_transit=False):
        InventoryPostingSetup.objects.get_or_create(location=location, inventory_posting_group=group, defaults=of_place)


def _there(model: type[Row], **values: Any) -> Row:
    """The row with this code or number, made if it is missing."""
    key, *_ = values
    row, _made = model._default_manager.get_or_create(**{key: values.pop(key)}, defaults=values)
    return row
