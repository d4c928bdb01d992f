"""The door for Celery: beat calls the tick."""

from celery import shared_task

from communications.services.tick import tick as run_tick


@shared_task(name="communications.tasks.tick", ignore_result=True)
def tick() -> None:
    run_tick()
