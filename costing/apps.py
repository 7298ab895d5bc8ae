from django.apps import AppConfig


class CostingConfig(AppConfig):
    name = "costing"
    verbose_name = "Costing"

    def ready(self) -> None:
        """Tell the queue who works it off, costs before the G/L."""
        from costing.tasks import adjust_queued, post_queued  # models are not ready when this module is read
        from work.queue import register_worker

        register_worker("adjust costs", adjust_queued)
        register_worker("post costs to the G/L", post_queued)
