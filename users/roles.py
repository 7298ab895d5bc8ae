"""The roles and the permissions each grants; `manage.py sync_roles` writes them (decision 25)."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

_LOOK = (
    "inventory.view_item", "inventory.view_variant", "inventory.view_location", "inventory.view_unitofmeasure",
    "inventory.view_itemunitofmeasure", "ledger.view_itemledgerentry", "ledger.view_itemapplicationentry",
    "ledger.view_itemregister", "ledger.view_registers", "inventory.view_resource", "inventory.view_assemblybom",
)  # fmt: skip
_SEE_COST = ("costing.view_cost", "ledger.view_valueentry", "inventory.view_standardcostversion")
_JOURNALS = (
    "posting.view_itemjournalbatch", "posting.add_itemjournalbatch", "posting.change_itemjournalbatch",
    "posting.use_item_journal", "posting.post_item_journal", "posting.view_standarditemjournal",
    "posting.change_standarditemjournal",
)  # fmt: skip
_GENERAL = (
    "ledger.view_glaccount", "ledger.view_glentry", "ledger.view_glregister", "ledger.view_accountingperiod",
    "ledger.view_inventoryperiod", "inventory.view_inventorysetup", "costing.view_inventorypostingsetup",
    "costing.view_generalpostingsetup", "costing.view_costrun", "inventory.view_inventorypostinggroup",
    "inventory.view_genbusinesspostinggroup", "inventory.view_genproductpostinggroup", "inventory.view_numberseries",
    "inventory.view_itemtemplate", "inventory.view_itemtrackingcode", "inventory.view_reasoncode",
    "inventory.view_responsibilitycenter",
)  # fmt: skip
_GROUPS = (
    "inventory.add_inventorypostinggroup", "inventory.change_inventorypostinggroup",
    "inventory.add_genbusinesspostinggroup", "inventory.change_genbusinesspostinggroup",
    "inventory.add_genproductpostinggroup", "inventory.change_genproductpostinggroup",
)  # fmt: skip
_VENDORS = ("inventory.view_vendor", "inventory.add_vendor", "inventory.change_vendor")
_CUSTOMERS = ("inventory.view_customer", "inventory.add_customer", "inventory.change_customer")
_ITEMS = (
    "inventory.add_item", "inventory.change_item", "inventory.delete_item", "inventory.add_variant",
    "inventory.change_variant",
    "inventory.add_unitofmeasure", "inventory.change_unitofmeasure", "inventory.add_itemunitofmeasure",
    "inventory.change_itemunitofmeasure", "inventory.add_location", "inventory.change_location",
    "inventory.view_itemtemplate", "inventory.add_itemtemplate", "inventory.change_itemtemplate",
    "inventory.view_itemtrackingcode", "inventory.add_itemtrackingcode", "inventory.change_itemtrackingcode",
    "inventory.add_numberseries", "inventory.change_numberseries", "inventory.add_reasoncode",
    "inventory.change_reasoncode", "inventory.add_resource", "inventory.change_resource",
    "inventory.add_assemblybom", "inventory.change_assemblybom", "inventory.delete_assemblybom",
)  # fmt: skip

ROLES: dict[str, tuple[str, ...]] = {
    "viewer": _LOOK,
    "warehouse worker": (*_LOOK, *_JOURNALS),
    "purchaser": (*_LOOK, *_SEE_COST, *_JOURNALS, *_VENDORS, "inventory.change_item"),
    "salesperson": (*_LOOK, *_JOURNALS, *_CUSTOMERS),
    "inventory accountant": (
        *_LOOK, *_SEE_COST, *_JOURNALS, *_GENERAL, "posting.reverse_register", "posting.post_revaluation",
        "posting.change_applications",
        "inventory.implement_standard_cost", "costing.adjust_cost", "costing.post_to_gl", "web.share_savedview",
        *_GROUPS,
        "ledger.add_inventoryperiod", "ledger.change_inventoryperiod",
        "ledger.change_accountingperiod", "ledger.add_accountingperiod",
        "costing.add_inventorypostingsetup", "costing.change_inventorypostingsetup",
        "costing.add_generalpostingsetup", "costing.change_generalpostingsetup", "ledger.add_glaccount",
        "ledger.change_glaccount",
    ),
    "inventory manager": (
        *_LOOK, *_SEE_COST, *_JOURNALS, *_GENERAL, *_ITEMS, "posting.reverse_register", "posting.post_revaluation",
        "posting.change_applications",
        "inventory.implement_standard_cost", "costing.adjust_cost", "costing.post_to_gl", "web.share_savedview",
        *_GROUPS, *_VENDORS,
        *_CUSTOMERS, "imports.import_items", "imports.import_journal", "inventory.change_inventorysetup",
    ),
}  # fmt: skip
ADMINISTRATOR = "administrator"
BACK_OFFICE = frozenset({ADMINISTRATOR, "inventory accountant", "inventory manager"})


@transaction.atomic
def sync_roles() -> list[str]:
    """Bring the groups to what this file says; returns the permissions it names that do not exist.

    The administrator has every permission there is.
    """
    known = {
        permission.named: permission
        for permission in Permission.objects.annotate(
            named=Concat(F("content_type__app_label"), Value("."), F("codename"))
        )
    }
    unknown = set()
    for role, names in {**ROLES, ADMINISTRATOR: tuple(known)}.items():
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set([known[name] for name in names if name in known])
        unknown |= {name for name in names if name not in known}
    return sorted(unknown)
