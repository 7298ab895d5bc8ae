"""The choices of items and of the company."""

from django.db import models


class ItemType(models.TextChoices):
    """What an item can do; see the capability matrix in items.md §1.2."""

    INVENTORY = "inventory", "Inventory"
    NON_INVENTORY = "non_inventory", "Non-inventory"
    SERVICE = "service", "Service"


class ResourceType(models.TextChoices):
    """Who or what works."""

    PERSON = "person", "Person"
    MACHINE = "machine", "Machine"


class BOMLineType(models.TextChoices):
    """What a line of a bill of materials asks for."""

    ITEM = "item", "Item"
    RESOURCE = "resource", "Resource"


class CostingMethod(models.TextChoices):
    """How issues are valued (costing-methods.md §1.1)."""

    FIFO = "fifo", "FIFO"
    LIFO = "lifo", "LIFO"
    AVERAGE = "average", "Average"
    STANDARD = "standard", "Standard"
    SPECIFIC = "specific", "Specific"


class Tri(models.TextChoices):
    """A setting of an item that may leave the choice to the company."""

    DEFAULT = "default", "As the company"
    NO = "no", "No"
    YES = "yes", "Yes"


class AverageCostCalculation(models.TextChoices):
    """Which goods share an average."""

    ITEM = "item", "Item"
    ITEM_LOCATION_VARIANT = "item_location_variant", "Item, location and variant"


class AverageCostPeriod(models.TextChoices):
    """How long a time shares an average."""

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    QUARTER = "quarter", "Quarter"
    YEAR = "year", "Year"
    ACCOUNTING_PERIOD = "accounting_period", "Accounting period"


class AutomaticCostAdjustment(models.TextChoices):
    """How far back the worker adjusts costs by itself."""

    NEVER = "never", "Never"
    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"
    QUARTER = "quarter", "Quarter"
    YEAR = "year", "Year"
    ALWAYS = "always", "Always"
