"""The door for Celery: beat calls the tick, and has the mailbox for bounces read."""

from celery import shared_task

from communications.services.mailbox import read_and_log
from communications.services.tick import tick as run_tick


@shared_task(name="communications.tasks.tick", ignore_result=True)
def tick() -> None:
    run_tick()


@shared_task(name="communications.tasks.read_bounces", ignore_result=True)
def read_bounces() -> None:
    read_and_log()
