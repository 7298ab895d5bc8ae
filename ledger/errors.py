"""What the book refuses."""

from work.errors import Refusal


class ItemBusy(Refusal):
    """Somebody else has been posting the same item for longer than we wait."""

    code = "item_busy"

    def __init__(self) -> None:
        super().__init__("Another posting holds one of these items. Nothing was written; try again in a moment.")
