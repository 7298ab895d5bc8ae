from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        """Exports and bulk edits are jobs that any worker can take."""
        from web import jobs  # models are not ready when this module is read
        from work.jobs import register_job

        register_job(jobs.EXPORT, jobs.run_export, resumable=True)
