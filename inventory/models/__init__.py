"""What exists: items, units, locations, partners and setup."""

from inventory.models.bom import AssemblyBOM
from inventory.models.dimension import Dimension, DimensionSet, DimensionValue
from inventory.models.item import Item, ItemTemplate, Variant
from inventory.models.location import Location, StockkeepingUnit
from inventory.models.numbering import NumberSeries, NumberSeriesLine
from inventory.models.partner import Customer, Vendor
from inventory.models.resource import Resource
from inventory.models.setup import (
    GenBusinessPostingGroup,
    GenProductPostingGroup,
    InventoryPostingGroup,
    InventorySetup,
    ReasonCode,
    ResponsibilityCenter,
    UserSetup,
)
from inventory.models.standard import StandardCostVersion
from inventory.models.tracking import ItemTrackingCode
from inventory.models.unit import ItemUnitOfMeasure, UnitOfMeasure

__all__ = [
    "AssemblyBOM",
    "Customer",
    "Dimension",
    "DimensionSet",
    "DimensionValue",
    "GenBusinessPostingGroup",
    "GenProductPostingGroup",
    "InventoryPostingGroup",
    "InventorySetup",
    "Item",
    "ItemTemplate",
    "ItemTrackingCode",
    "ItemUnitOfMeasure",
    "Location",
    "NumberSeries",
    "NumberSeriesLine",
    "ReasonCode",
    "Resource",
    "ResponsibilityCenter",
    "StandardCostVersion",
    "StockkeepingUnit",
    "UnitOfMeasure",
    "UserSetup",
    "Variant",
    "Vendor",
]
