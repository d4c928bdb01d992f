"""Every fault by its name."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import by_process, by_row, by_server
from tests.faults.judge import Verdict
from tests.faults.stage import Limit, Stage, TimeUp


@dataclass(frozen=True)
class Fault:
    name: str
    run: Callable[[Stage], Verdict]
    # It counts as failed when it takes longer.
    seconds: int = 600

    @property
    def words(self) -> str:
        return (self.run.__doc__ or "").strip().splitlines()[0]


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("killed", by_process.killed),
        Fault("stopped", by_process.stopped),
        Fault("stopped-long", by_process.stopped_long),
        Fault("told-to-end", by_process.told_to_end),
        Fault("crashed", by_process.crashed, seconds=900),
        Fault("redis-gone", by_server.redis_gone),
        Fault("cut", by_server.cut),
        Fault("at-once", by_server.at_once),
        Fault("refusing-451", by_server.refusing_recipients, seconds=900),
        Fault("refusing-connect", by_server.refusing_connections),
        Fault("refusing-535", by_server.refusing_sign_in),
        Fault("refusing-571", by_server.refusing_us),
        Fault("answers", by_server.answers, seconds=900),
        Fault("spoilt-facts", by_row.spoilt_facts),
        Fault("spoilt-rows", by_row.spoilt_rows),
        Fault("clock", by_row.clock),
    )
}


def outcome(fault: Fault, stage: Stage) -> Verdict:
    """What the fault did; a fault that breaks off or takes too long is broken too."""
    stage.limit = Limit(time.monotonic() + fault.seconds)
    try:
        return fault.run(stage)
    except TimeUp:
        return Verdict(broken=[f"not over within {fault.seconds} seconds; the ledger has {stage.counts()}"])
    except Exception:  # noqa: BLE001  # The other faults are still to be done.
        return Verdict(broken=[traceback.format_exc()])
    finally:
        stage.processes.close()
        stage.processes = stage.new_processes()
