"""What has happened: item, value and general ledger."""

from ledger.models.capacity import CapacityLedgerEntry
from ledger.models.general import GLAccount, GLEntry, GLRegister, GLRelation, ValuePosting
from ledger.models.item import ItemApplicationEntry, ItemLedgerEntry, ItemRegister
from ledger.models.period import AccountingPeriod, InventoryPeriod
from ledger.models.state import EntryBalance, ItemState, StockkeepingUnitState
from ledger.models.value import ValuationChange, ValueEntry

__all__ = [
    "AccountingPeriod",
    "CapacityLedgerEntry",
    "EntryBalance",
    "GLAccount",
    "GLEntry",
    "GLRegister",
    "GLRelation",
    "InventoryPeriod",
    "ItemApplicationEntry",
    "ItemLedgerEntry",
    "ItemRegister",
    "ItemState",
    "StockkeepingUnitState",
    "ValuationChange",
    "ValueEntry",
    "ValuePosting",
]
