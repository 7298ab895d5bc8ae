"""The kinds of entries, as the field names them (ledger-model.md §3)."""

from django.db import models


class EntryType(models.TextChoices):
    """What moved an item."""

    PURCHASE = "purchase", "Purchase"
    SALE = "sale", "Sale"
    POSITIVE_ADJUSTMENT = "positive_adjmt", "Positive adjmt."
    NEGATIVE_ADJUSTMENT = "negative_adjmt", "Negative adjmt."
    TRANSFER = "transfer", "Transfer"
    CONSUMPTION = "consumption", "Consumption"
    OUTPUT = "output", "Output"
    ASSEMBLY_CONSUMPTION = "assembly_consumption", "Assembly consumption"
    ASSEMBLY_OUTPUT = "assembly_output", "Assembly output"


class ValueEntryType(models.TextChoices):
    """What changed a worth."""

    DIRECT = "direct", "Direct cost"
    REVALUATION = "revaluation", "Revaluation"
    ROUNDING = "rounding", "Rounding"
    INDIRECT = "indirect", "Indirect cost"
    VARIANCE = "variance", "Variance"


class VarianceType(models.TextChoices):
    """Which cost element a variance belongs to."""

    PURCHASE = "purchase", "Purchase"
    MATERIAL = "material", "Material"
    CAPACITY = "capacity", "Capacity"
    CAPACITY_OVERHEAD = "capacity_overhead", "Capacity overhead"
    MANUFACTURING_OVERHEAD = "manufacturing_overhead", "Manufacturing overhead"
    SUBCONTRACTED = "subcontracted", "Subcontracted"


class DocumentType(models.TextChoices):
    """The document a posting was made from; blank for a journal."""

    JOURNAL = "", "Journal"
    RECEIPT = "receipt", "Receipt"
    SHIPMENT = "shipment", "Shipment"
    INVOICE = "invoice", "Invoice"
    CREDIT_MEMO = "credit_memo", "Credit memo"


class OrderType(models.TextChoices):
    """The order whose movements belong together."""

    NONE = "", "None"
    PURCHASE = "purchase", "Purchase"
    SALE = "sale", "Sale"
    TRANSFER = "transfer", "Transfer"
    ASSEMBLY = "assembly", "Assembly"
    PRODUCTION = "production", "Production"


class SourceCode(models.TextChoices):
    """The verb that wrote a register."""

    ITEM_JOURNAL = "item_journal", "Item journal"
    RECLASSIFICATION = "reclassification", "Item reclassification"
    REVERSAL = "reversal", "Reversal"
    MOVEMENTS = "movements", "Movements and invoices"
    REVALUATION = "revaluation", "Revaluation"
    APPLICATION = "application", "Application worksheet"
    COST_ADJUSTMENT = "cost_adjustment", "Cost adjustment"
    INVENTORY_TO_GL = "inventory_to_gl", "Inventory cost to G/L"


class GLAccountType(models.TextChoices):
    """Only posting accounts carry entries; the others give the chart its shape."""

    POSTING = "posting", "Posting"
    HEADING = "heading", "Heading"
    TOTAL = "total", "Total"


class GLAccountKind(models.TextChoices):
    """Where an account stands in the statements."""

    BALANCE = "balance", "Balance sheet"
    INCOME = "income", "Income statement"
