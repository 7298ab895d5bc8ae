"""Which standard cost held from which date."""

from django.conf import settings
from django.db import models

from inventory.fields import UnitCostField


class StandardCostVersion(models.Model):
    """A change of an item's standard cost or its shares, to explain variances (revaluation file §7).

    The database adds a row with every change of the item, whichever door it came through; rows never change.
    """

    item = models.ForeignKey("inventory.Item", models.PROTECT, related_name="standard_cost_versions")
    from_date = models.DateField()
    old_cost = UnitCostField()
    new_cost = UnitCostField()
    material_cost = UnitCostField()
    capacity_cost = UnitCostField()
    subcontracted_cost = UnitCostField()
    capacity_overhead_cost = UnitCostField()
    manufacturing_overhead_cost = UnitCostField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_constraint=False, related_name="+")
    reason = models.CharField(max_length=250, blank=True)
    known_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("item", "from_date", name="standard_cost_by_date")]
        permissions = [("implement_standard_cost", "Can implement standard costs")]

    def __str__(self) -> str:
        return f"Standard cost of item {self.item_id} from {self.from_date}"
