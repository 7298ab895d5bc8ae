"""What has happened: item, value and general ledger."""

from ledger.models.general import GLAccount, GLEntry, GLRegister, GLRelation, ValuePosting
from ledger.models.item import ItemApplicationEntry, ItemLedgerEntry, ItemRegister
from ledger.models.period import AccountingPeriod, InventoryPeriod
from ledger.models.state import EntryBalance, ItemState
from ledger.models.value import ValuationChange, ValueEntry

__all__ = [
    "AccountingPeriod",
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
    "ValuationChange",
    "ValueEntry",
    "ValuePosting",
]
