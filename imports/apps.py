from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = "Imports"

    def ready(self) -> None:
        """The demo company is a job that any worker can take."""
        from imports.demo import load  # models are not ready when this module is read
        from work.jobs import register_job

        register_job(load.KIND, load.run, resumable=True)
