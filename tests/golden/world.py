"""The company a golden example plays in, made on the fly."""

from datetime import date
from decimal import Decimal
from typing import Any

from costing.cards import set_unit_cost
from costing.models import GeneralPostingSetup, InventoryPostingSetup
from costing.setup_changes import follow_setup
from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.choices import CostingMethod
from inventory.models import (
    GenBusinessPostingGroup,
    GenProductPostingGroup,
    InventoryPostingGroup,
    InventorySetup,
    Item,
    ItemTrackingCode,
    ItemUnitOfMeasure,
    Location,
    Resource,
    StockkeepingUnit,
    UnitOfMeasure,
    Variant,
)
from ledger.choices import GLAccountKind
from ledger.models import GLAccount, StockkeepingUnitState
from posting.models import ItemJournalBatch, ItemJournalTemplate
from users.history import acting
from users.models import User

ROLES = {
    "INVENTORY": "inventory_account",
    "INVENTORY_INTERIM": "inventory_interim_account",
    "WIP": "wip_account",
    "MATERIAL_VARIANCE": "material_variance_account",
    "CAPACITY_VARIANCE": "capacity_variance_account",
    "MFG_OVERHEAD_VARIANCE": "manufacturing_overhead_variance_account",
    "CAP_OVERHEAD_VARIANCE": "capacity_overhead_variance_account",
    "SUBCONTRACTED_VARIANCE": "subcontracted_variance_account",
    "COGS": "cogs_account",
    "COGS_INTERIM": "cogs_interim_account",
    "INVENTORY_ADJMT": "inventory_adjustment_account",
    "DIRECT_COST_APPLIED": "direct_cost_applied_account",
    "OVERHEAD_APPLIED": "overhead_applied_account",
    "PURCHASE_VARIANCE": "purchase_variance_account",
    "INVT_ACCRUAL_INTERIM": "inventory_accrual_interim_account",
}
SETUP_NAMES = {
    "average_cost_calc_type": "average_cost_calculation",
    "earliest_allowed_valuation_date": "earliest_valuation_date",
    "amount_rounding": "amount_rounding",
    "unit_amount_rounding": "unit_cost_rounding",
}


class World:
    """Items, locations, accounts and journals of one example."""

    def __init__(self, profile: dict[str, Any], setup: dict[str, Any]) -> None:
        self.user = User.objects.create_user("golden")
        self.work_date = date.fromisoformat(setup.get("work_date", profile["work_date"]))
        self.items: dict[str, Item] = {}
        self.locations = {"": Location.objects.get(code="")}
        self.roles: dict[int, str] = {}
        with acting(self.user, "golden example"):
            self._accounts(profile["accounts"])
            self._groups(profile["posting_groups"])
            self.unit = UnitOfMeasure.objects.create(code="PCS")
            self.change_setup({**profile["inventory_setup"], **setup.get("inventory_setup", {})})
            self.change_setup({**profile["gl_setup"], **setup.get("gl_setup", {})})
            for values in setup.get("items", []):
                self.add_item(values)
            for values in setup.get("skus", []):
                self._add_unit(values)
            for values in setup.get("resources", []):
                direct = Decimal(values.get("direct_unit_cost", "0"))
                Resource.objects.create(
                    number=values["no"].upper(),
                    name=values["no"],
                    direct_unit_cost=direct,
                    unit_cost=Decimal(values.get("unit_cost", direct)),
                )
            self._boms(setup.get("boms", {}))
        item = ItemJournalTemplate.objects.create(name="ITEM")
        reclass = ItemJournalTemplate.objects.create(name="RECLASS", journal_type="transfer")
        self.item_batch = ItemJournalBatch.objects.create(template=item, name="DEFAULT")
        self.transfer_batch = ItemJournalBatch.objects.create(template=reclass, name="DEFAULT")

    def _boms(self, boms: dict[str, list[dict[str, str]]]) -> None:
        """Lines name items that may have to be made first."""
        changes = []
        for parent, lines in boms.items():
            names = [parent, *(line["no"] for line in lines if line["type"] == "item")]
            for name in names:
                self.item(name)
            found = [
                BOMLine(line["no"], line["type"], Decimal(line["qty_per"]), Decimal(line.get("scrap_pct", "0")))
                for line in lines
            ]
            changes.append(BOMChange(len(changes) + 1, parent, found))
        if changes:
            save_boms(changes, user=self.user, reason="golden example")

    def _accounts(self, accounts: list[dict[str, str]]) -> None:
        self.accounts = {}
        for each in accounts:
            kind = GLAccountKind.BALANCE if each["kind"].startswith("balance") else GLAccountKind.INCOME
            account = GLAccount.objects.create(number=each["no"], name=each["role"], kind=kind)
            self.accounts[each["role"]] = account
            self.roles[account.pk] = each["role"]

    def _groups(self, groups: dict[str, str]) -> None:
        self.inventory_group = InventoryPostingGroup.objects.create(code=groups["inventory"])
        self.product = GenProductPostingGroup.objects.create(code=groups["gen_prod"])
        self.business = GenBusinessPostingGroup.objects.create(code=groups["gen_bus"])
        for business in (None, self.business):
            setup = GeneralPostingSetup(gen_business_posting_group=business, gen_product_posting_group=self.product)
            self._fill(setup)
        self._place(self.locations[""])

    def _fill(self, setup: Any) -> None:
        for role, name in ROLES.items():
            if hasattr(setup, f"{name}_id"):
                setattr(setup, name, self.accounts[role])
        setup.save()

    def _place(self, location: Location) -> None:
        self._fill(InventoryPostingSetup(location=location, inventory_posting_group=self.inventory_group))

    def location(self, code: str) -> Location:
        if code not in self.locations:
            with acting(self.user, "golden example"):
                self.locations[code] = Location.objects.create(code=code)
                self._place(self.locations[code])
        return self.locations[code]

    def transit(self, code: str) -> Location:
        """The place of goods on their way."""
        if code not in self.locations:
            with acting(self.user, "golden example"):
                self.locations[code] = Location.objects.create(code=code, in_transit=True)
                self._place(self.locations[code])
        return self.locations[code]

    def variant(self, item: Item, code: str) -> Variant | None:
        if not code:
            return None
        with acting(self.user, "golden example"):
            return Variant.objects.get_or_create(item=item, code=code)[0]

    def item(self, number: str) -> Item:
        if number not in self.items:
            self.add_item({"no": number, "costing_method": "fifo"})
        return self.items[number]

    def add_item(self, values: dict[str, Any]) -> None:
        method = values["costing_method"]
        unit_cost = Decimal(values.get("unit_cost", "0"))
        with acting(self.user, "golden example"):
            tracking = None
            if method == CostingMethod.SPECIFIC:
                tracking, _ = ItemTrackingCode.objects.get_or_create(
                    code="SNALL", serial_specific=True, serial_purchase_inbound=True, serial_sales_outbound=True
                )
            item = Item.objects.create(
                number=values["no"].upper(),
                description=values["no"],
                costing_method=method,
                base_unit=self.unit,
                item_tracking_code=tracking,
                standard_cost=Decimal(values.get("standard_cost", unit_cost)),
                indirect_cost_percent=Decimal(values.get("indirect_cost_pct", "0")),
                overhead_rate=Decimal(values.get("overhead_rate", "0")),
                scrap_percent=Decimal(values.get("scrap_pct", "0")),
                low_level_code=values.get("low_level_code", 0),
                **{
                    f"single_level_{share}_cost": Decimal(cost)
                    for share, cost in values.get("standard_cost_shares", {}).items()
                },
                inventory_value_zero=values.get("inventory_value_zero", False),
                gen_product_posting_group=self.product,
                inventory_posting_group=self.inventory_group,
            )
            ItemUnitOfMeasure.objects.create(item=item, unit=self.unit)
        self.items[values["no"]] = item
        if unit_cost:
            set_unit_cost(item.pk, unit_cost, by=self.user)

    def _add_unit(self, values: dict[str, Any]) -> None:
        item = self.item(values["item"])
        unit = StockkeepingUnit.objects.create(
            item=item, location=self.location(values["location"]), variant=self.variant(item, values.get("variant", ""))
        )
        if values.get("unit_cost"):
            StockkeepingUnitState.objects.filter(pk=unit.pk).update(unit_cost=Decimal(values["unit_cost"]))

    def change_setup(self, values: dict[str, Any]) -> None:
        names = {SETUP_NAMES.get(name, name): value for name, value in values.items()}
        before = InventorySetup.objects.get()
        with acting(self.user, "golden example"):
            InventorySetup.objects.update(**names)
            follow_setup(before, InventorySetup.objects.get())

    def change_item(self, number: str, values: dict[str, Any]) -> None:
        item = self.item(number)
        for name, value in values.items():
            if name == "unit_cost":
                set_unit_cost(item.pk, Decimal(value), by=self.user)
            else:
                with acting(self.user, "golden example"):
                    Item.objects.filter(pk=item.pk).update(**{name.replace("_pct", "_percent"): Decimal(value)})
