"""The faults by the names of the reliability table, each on a database of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from faults import doubling, outages, pressing, sweeping, telling
from faults.lab import Lab, Verdict

Fault = Callable[[Lab], Verdict]


def alone(fault: Callable[[], Verdict]) -> Fault:
    """A fault that needs nothing but a database."""

    @wraps(fault)
    def on_its_own(lab: Lab) -> Verdict:
        with lab.database():
            return fault()

    return on_its_own


def with_web(fault: Callable[..., Verdict]) -> Fault:
    """A fault that is also tried through a web server."""

    @wraps(fault)
    def through_pages(lab: Lab) -> Verdict:
        with lab.database():
            return fault(address=lab.web())

    return through_pages


FAULTS: dict[str, Fault] = {
    "F1": alone(sweeping.killed_in_mid_sweep),
    "F2": alone(sweeping.killed_between_two_statements),
    "F3": outages.doubled_clocks,
    "F4": outages.broker_flushed,
    "F5": outages.broker_gone,
    "F6": outages.database_restarted,
    "F7": alone(sweeping.clock_set_wrong),
    "F8": outages.beat_dead,
    "F11": with_web(doubling.pressed_again),
    "F12": with_web(pressing.one_case_claimed),
    "F13": alone(pressing.next_cases),
    "F14": alone(pressing.at_the_same_instant),
    "F18": alone(pressing.ruled_and_given_up),
    "F19": telling.nobody_listens,
    "F20": alone(sweeping.broken_row),
    "F27": Lab.embedded,
}
