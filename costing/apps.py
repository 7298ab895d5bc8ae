from django.apps import AppConfig


class CostingConfig(AppConfig):
    name = "costing"
    verbose_name = "Costing"

    def ready(self) -> None:
        """Tell the queue who works it off, costs before the G/L, and which jobs people may start."""
        from costing import jobs  # models are not ready when this module is read
        from costing.item_uses import ORDERS
        from costing.tasks import adjust_queued, post_queued
        from inventory.uses import register_use
        from work.jobs import register_job
        from work.queue import register_worker

        register_use(ORDERS)
        register_worker("adjust costs", adjust_queued)
        register_worker("post costs to the G/L", post_queued)
        register_job(jobs.ADJUST, jobs.adjust, resumable=True)
        register_job(jobs.POST, jobs.post, resumable=True)
