"""Small worlds for tests: plain functions and one company, with defaults that work."""

from datetime import date
from decimal import Decimal
from typing import Any

from costing.models import GeneralPostingSetup, InventoryPostingSetup
from inventory.models import (
    GenProductPostingGroup,
    InventoryPostingGroup,
    InventorySetup,
    Item,
    ItemTrackingCode,
    ItemUnitOfMeasure,
    Location,
    UnitOfMeasure,
)
from ledger.models import GLAccount
from posting.journals import LineVersion, PostingAnswer, post_journal
from posting.models import ItemJournalBatch, ItemJournalLine, ItemJournalTemplate
from users.history import acting
from users.models import User

JANUARY = date(2026, 1, 5)


def seed() -> None:
    """The migrations' rows again, after a test with several connections emptied all tables."""
    if not InventorySetup.objects.exists():
        with acting(None, "the rows every company starts with"):
            InventorySetup.objects.create(pk=1)
            Location.objects.create(code="", name="No location")


class Company:
    """A company that can post: one product group, one inventory group, all accounts."""

    def __init__(self, user: User) -> None:
        self.user = user
        with acting(user, "test"):
            self.unit = UnitOfMeasure.objects.create(code="PCS")
            self.box = UnitOfMeasure.objects.create(code="BOX")
            self.product = GenProductPostingGroup.objects.create(code="RETAIL")
            self.group = InventoryPostingGroup.objects.create(code="RESALE")
            self.serials = ItemTrackingCode.objects.create(
                code="SNALL", serial_specific=True, serial_purchase_inbound=True, serial_sales_outbound=True
            )
            setup = GeneralPostingSetup(gen_product_posting_group=self.product)
            self._accounts(setup, 5000)
            self.blank = Location.objects.get(code="")
            self.east, self.west = (Location.objects.create(code=code) for code in ("EAST", "WEST"))
            for number, location in enumerate((self.blank, self.east, self.west)):
                setup_here = InventoryPostingSetup(location=location, inventory_posting_group=self.group)
                self._accounts(setup_here, 1000 + 100 * number)
        template = ItemJournalTemplate.objects.create(name="ITEM")
        reclass = ItemJournalTemplate.objects.create(name="RECLASS", journal_type="transfer")
        self.batch = ItemJournalBatch.objects.create(template=template, name="DEFAULT")
        self.transfers = ItemJournalBatch.objects.create(template=reclass, name="DEFAULT")
        self._lines = 0

    def _accounts(self, setup: Any, first: int) -> None:
        for number, field in enumerate(f for f in setup._meta.fields if f.name.endswith("_account")):
            account = GLAccount.objects.create(number=str(first + number), name=field.name, kind="balance")
            setattr(setup, field.name, account)
        setup.save()

    def at(self, location: Location) -> None:
        """Give a further location the accounts of the east."""
        with acting(self.user, "test"):
            setup = InventoryPostingSetup.objects.get(location=self.east)
            setup.pk, setup.location = None, location
            setup.save(force_insert=True)

    def item(self, number: str, costing_method: str = "fifo", **values: Any) -> Item:
        """An item counted in pieces, bought by the box of six."""
        with acting(self.user, "test"):
            if costing_method == "specific":
                values.setdefault("item_tracking_code", self.serials)
            stock = values.get("type", "inventory") == "inventory"
            item = Item.objects.create(
                number=number,
                description=number,
                costing_method=costing_method,
                base_unit=self.unit,
                gen_product_posting_group=self.product,
                inventory_posting_group=self.group if stock else None,
                **values,
            )
            ItemUnitOfMeasure.objects.create(item=item, unit=self.unit, rounding_precision=values.pop("precision", 0))
            ItemUnitOfMeasure.objects.create(item=item, unit=self.box, quantity_per_unit=6)
        return item

    def line(self, entry_type: str, item: Item | None, quantity: object, **values: Any) -> ItemJournalLine:
        """A journal line, not posted yet; quantities and amounts as text or numbers."""
        self._lines += 1
        batch = self.transfers if entry_type == "transfer" else self.batch
        for name in ("unit_amount", "amount", "unit_cost"):
            if name in values:
                values[name] = Decimal(values[name])
        return ItemJournalLine.objects.create(
            batch=batch,
            line_number=self._lines * 10000,
            entry_type=entry_type,
            item=item,
            quantity=Decimal(str(quantity)),
            posting_date=values.pop("posting_date", JANUARY),
            document_number=values.pop("document_number", "T1"),
            **values,
        )

    def post(self, *lines: ItemJournalLine, **options: Any) -> PostingAnswer:
        """Post these lines, or all of the item journal."""
        batch = lines[0].batch_id if lines else self.batch.pk
        return post_journal(
            batch, [LineVersion(line.pk, line.version) for line in lines], posted_by=self.user, **options
        )

    def change_setup(self, **values: Any) -> None:
        with acting(self.user, "test"):
            InventorySetup.objects.update(**values)

    def change(self, row: Any, **values: Any) -> None:
        with acting(self.user, "test"):
            type(row).objects.filter(pk=row.pk).update(**values)
