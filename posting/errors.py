"""What posting refuses: which line and field, what is wrong and what to do."""

from typing import ClassVar

from work.errors import Refusal


class PostingError(Refusal):
    """A refusal of one line; `template` is filled with the facts."""

    template: ClassVar[str] = ""
    at: ClassVar[str] = ""

    def __init__(self, *, line: int | None = None, **facts: str) -> None:
        super().__init__(self.template.format(**facts), line=line, field=self.at or None, **facts)


class QuantityIsZero(PostingError):
    code, at = "quantity_is_zero", "quantity"
    template = "The quantity is zero or missing. Type a quantity, or delete the line."


class TooLarge(PostingError):
    code = "too_large"
    template = "{name} would be {value}, which is more than the books hold ({most}). Check quantity, unit and amount."


class QuantityTooFine(PostingError):
    code, at = "quantity_too_fine", "quantity"
    template = "{quantity} {unit} is finer than {item} is counted in ({precision}). Round the quantity."


class UnknownUnit(PostingError):
    code, at = "unknown_unit", "unit"
    template = "{unit} is not a unit of item {item}. Choose one of its units, or add it on the item card."


class LineNotUnderstood(PostingError):
    code = "not_understood"
    template = "“{value}” in {name} was not understood. Correct it before posting."


class ValueMissing(PostingError):
    code = "value_missing"
    template = "{name} is missing. Fill it in before posting."


class DocumentNumberMissing(PostingError):
    code, at = "value_missing", "document_number"
    template = "The document number is missing. Fill it in before posting."


class LineChanged(PostingError):
    code = "line_changed"
    template = "This line was changed or posted by someone else meanwhile. Look at it again before posting."


class NothingToPost(PostingError):
    code = "nothing_to_post"
    template = "The journal has no lines to post. Enter a line first."


class ItemBlocked(PostingError):
    code, at = "item_blocked", "item"
    template = "Item {item} is blocked for {use}. Unblock it on the item card, or remove the line."


class VariantBlocked(PostingError):
    code, at = "variant_blocked", "variant"
    template = "Variant {variant} of item {item} is blocked for {use}. Unblock it, or choose another variant."


class VariantMissing(PostingError):
    code, at = "variant_missing", "variant"
    template = "Item {item} has variants, and one must be named. Choose a variant."


class VariantOfAnotherItem(PostingError):
    code, at = "variant_of_another_item", "variant"
    template = "Variant {variant} does not belong to item {item}. Choose one of its variants."


class ItemTypeNotAllowed(PostingError):
    code, at = "item_type_not_allowed", "item"
    template = "Item {item} is of type {type} and cannot be moved between locations. Remove the line."


class EntryTypeNotAllowed(PostingError):
    code, at = "entry_type_not_allowed", "entry_type"
    template = "Entry type “{entry_type}” cannot be posted in this journal. Choose {allowed}."


class PostingDateNotAllowed(PostingError):
    code, at = "posting_date_not_allowed", "posting_date"
    template = "Posting is allowed from {first} to {last}; the line says {date}. Change the date or the allowed range."


class PeriodClosed(PostingError):
    code, at = "period_closed", "posting_date"
    template = "{date} lies in a closed period. The first date that may be posted is {first}."


class ValuationBeforeCutoff(PostingError):
    code, at = "valuation_date_before_cutoff", "posting_date"
    template = "{date} lies before {cutoff}, the earliest valuation date allowed. Choose a later date."


class LocationMissing(PostingError):
    code, at = "location_missing", "location"
    template = "Item {item} needs a location, since locations are mandatory. Choose one."


class LocationInTransit(PostingError):
    code, at = "location_in_transit", "location"
    template = "Location {location} is for goods in transit; only transfer orders post there. Choose another."


class SameLocation(PostingError):
    code, at = "same_location", "new_location"
    template = "The new location is the old one ({location}). Choose where the goods go."


class QuantityNegative(PostingError):
    code, at = "quantity_negative", "quantity"
    template = "A reclassification needs a quantity above zero. To move goods back, swap the locations."


class DiscountNotAllowed(PostingError):
    code, at = "discount_not_allowed", "discount_amount"
    template = "An adjustment has no discount. Clear the discount."


class SerialMissing(PostingError):
    code, at = "serial_no_required", "serial_number"
    template = "Item {item} needs a serial number. Enter one, one line for each piece."


class SerialNotSingle(PostingError):
    code, at = "serial_not_single", "serial_number"
    template = "Serial number {serial} is one piece, but the line moves {quantity}. Use one line for each piece."


class SerialOnInventory(PostingError):
    code, at = "serial_on_inventory", "serial_number"
    template = "Serial number {serial} of item {item} is on inventory already. Check the number."


class LotMissing(PostingError):
    code, at = "lot_no_required", "lot_number"
    template = "Item {item} needs a lot number. Enter one."


class PostingGroupMissing(PostingError):
    code, at = "posting_group_missing", "item"
    template = "Item {item} has no {group}. Choose one on the item card."


class PostingSetupMissing(PostingError):
    code, at = "posting_setup_missing", "item"
    template = "{setup} lacks the {account} for {groups}. Complete the setup, then post."


class AppliesToMismatch(PostingError):
    code, at = "applies_to_mismatch", "applies_to_entry"
    template = "Entry {entry} cannot be applied to: {reason}. Choose another entry."


class AppliesFromMismatch(PostingError):
    code, at = "applies_from_mismatch", "applies_from_entry"
    template = "Entry {entry} cannot be returned from: {reason}. Choose another entry."


class InsufficientRemaining(PostingError):
    code, at = "insufficient_remaining_quantity", "applies_to_entry"
    template = "Entry {entry} has {remaining} left, {needed} are needed. Lower the quantity or choose another entry."


class FixedApplicationPrevents(PostingError):
    code, at = "fixed_application_prevents", "applies_to_entry"
    template = "Entry {entry} has {remaining} left, {needed} are needed; the rest is held by fixed applications."


class ReturnedMoreThanShipped(PostingError):
    code, at = "returned_more_than_shipped", "applies_from_entry"
    template = "Entry {entry} has {returnable} left to return, the line returns {needed}. Lower the quantity."


class NotOnInventory(PostingError):
    code, at = "not_on_inventory", "quantity"
    template = (
        "Item {item} at {location}: {needed} needed, {on_hand} on hand, {missing} missing. "
        "Lower the quantity, or post the receipt first."
    )


class DisplacedNotCovered(NotOnInventory):
    template = (
        "Entry {entry} of item {item} at {location} would give up its goods to this line, and {missing} of it would "
        "find no others. Lower the quantity, or choose another entry."
    )


class DropShipmentUneven(PostingError):
    code, at = "drop_shipment_uneven", "quantity"
    template = "The drop shipment delivers {received}, the sale takes {needed}. Post the same quantity on both lines."


class OverInvoiced(PostingError):
    code, at = "over_invoiced", "quantity"
    template = "Entry {entry} has {left} left to invoice, the line invoices {quantity}. Lower the quantity."


class AlreadyInvoiced(PostingError):
    code, at = "over_invoiced", "entry"
    template = "Entry {entry} is completely invoiced. Post a charge or a credit memo for what is still to change."


class NothingToInvoice(PostingError):
    code, at = "nothing_to_invoice", "entry"
    template = "Entry {entry} is no receipt, shipment or return, so there is nothing to invoice. Choose another entry."


class UndoOfInvoiced(PostingError):
    code, at = "already_invoiced", "entry"
    template = (
        "Entry {entry} of item {item} is invoiced, or was taken back before, and cannot be undone. Post a return and a"
        " credit memo against an invoice; there is nothing left to take back of what was undone."
    )


class UndoNotPossible(PostingError):
    code, at = "undo_not_possible", "entry"
    template = "Entry {entry} is no receipt, shipment or return of a document. Reverse its register instead."


class UnknownEntry(PostingError):
    code, at = "unknown_entry", "entry"
    template = "There is no item ledger entry {entry}. Choose one from the list of entries."


class SameOrderApplication(PostingError):
    code, at = "same_order_application", "applies_to_entry"
    template = "Entry {entry} was made by the same order line that would consume it. Choose another entry."


class OrderMissing(PostingError):
    code, at = "order_missing", "order_number"
    template = "Entry type “{entry_type}” belongs to an order, and none is named. Name the order."


class OrderFinished(PostingError):
    code, at = "order_finished", "order_number"
    template = "Order {order} is finished, and nothing more can be posted to it. Post to another order."


class OrderMakesAnother(PostingError):
    code, at = "order_makes_another", "order_number"
    template = "Order {order} makes item {made}, not {item}. Name the right order, or the right item."


class UnknownOrder(PostingError):
    code, at = "unknown_order", "order_number"
    template = "Nothing was posted to production order {order}, so there is nothing to finish. Check the number."


class ReversalNotNamed(PostingError):
    code, at = "reversal_not_named", "applies_to_entry"
    template = "{what} below zero takes back an earlier one. Name the entry that it takes back."


class PartInvoiced(PostingError):
    code, at = "over_invoiced", "invoiced"
    template = "{invoiced} are to be invoiced of {quantity}. Invoice no more than is moved."


class NumberOutOfOrder(PostingError):
    code, at = "number_out_of_order", "document_number"
    template = "The next number of series {series} is {expected}, the line says {number}. Renumber the journal."


class UnknownItem(PostingError):
    code, at = "unknown_item", "item"
    template = "There is no item {item}. Look its number up."


class EntryNotRevaluable(PostingError):
    code, at = "entry_not_revaluable", "entry"
    template = "Entry {entry} cannot be revalued: {reason}."


class ItemNotRevaluable(PostingError):
    code, at = "item_not_revaluable", "item"
    template = "Item {item} cannot be revalued: {reason}."


class NothingToRevalue(PostingError):
    code, at = "nothing_to_revalue", "posting_date"
    template = "On {date} nothing is left of {what}. Choose another date, or leave the line out."


class OneWorthOnly(PostingError):
    code, at = "one_worth_only", "new_unit_cost"
    template = "The line gives {given} of new unit cost, new value and change of value. Give exactly one."


class WorthIsNegative(PostingError):
    code, at = "worth_is_negative", "new_value"
    template = "{what} would be worth {value}. Goods cannot be worth less than nothing."


class RevaluedTwice(PostingError):
    code, at = "revalued_twice", "entry"
    template = "Entry {entry} is revalued by another line as well. Leave one of them out, or post one after the other."


class DateNotPeriodEnd(PostingError):
    code, at = "date_not_period_end", "posting_date"
    template = (
        "Item {item} is valued by average: it is revalued on the last day of an averaging period, such as {end}, "
        "and not on {date}."
    )


class OpenIssuePrevents(PostingError):
    code, at = "open_outbound_entry", "item"
    template = "Entry {entry} of item {item} took more than was on hand. Post the receipt it waits for first."


class CostsNotAdjusted(PostingError):
    code, at = "unadjusted_entries", "item"
    template = "Costs of item {item} are still to be adjusted{why}. Adjust costs, then revalue."


class StandardCostOnly(PostingError):
    code, at = "standard_cost_only", "update_standard_cost"
    template = "Item {item} has no standard cost that a revaluation could set: {reason}."


class AlreadyReversed(PostingError):
    code = "already_reversed"
    template = "Register {register} was reversed already, by register {by}."


class NotReversible(PostingError):
    code = "not_reversible"
    template = "Register {register} was written by “{source}” and cannot be reversed. {instead}"


class AlreadyApplied(PostingError):
    code = "already_applied"
    template = (
        "Entry {entry} of item {item} has been used or returned by later entries. "
        "Post the opposite movement in a journal instead."
    )


class UnknownRegister(PostingError):
    code = "unknown_register"
    template = "There is no item register {register}. Look the number up in the list of registers."


class NoApplication(PostingError):
    code = "no_application"
    template = "Entry {outbound} is not applied to entry {inbound}. Look at the applications of either entry again."


class NothingLeft(PostingError):
    code = "insufficient_remaining_quantity"
    template = "Nothing is left of entry {entry}. Take one of its applications back first."


class TransferApplication(PostingError):
    code = "transfer_application"
    template = "Entry {entry} is part of a transfer, whose halves stay together. Move the goods by another transfer."


class CorrectionEntry(PostingError):
    code = "correction_entry"
    template = "Entry {entry} takes another one back, and the two stay together. Post the goods again instead."


class DropShipment(PostingError):
    code = "drop_shipment"
    template = "Entry {entry} belongs to a drop shipment, whose two sides stay together. Return the goods instead."


class ApplicationClosed(PostingError):
    code = "period_closed"
    template = (
        "The application of entry {outbound} to entry {inbound} lies on {date}, in a closed period. "
        "Reopen the period first, or leave it as it is."
    )


class CircularApplication(PostingError):
    code = "applies_to_mismatch"
    template = "Entry {entry} cannot take goods of entry {source}, which were its own before. Choose another entry."
