"""The queue against the same list in Django's administration, both through gunicorn, by turns."""

from __future__ import annotations

import re
from statistics import median

from accounts.models import Role, User
from bench.lab import Lab, Result, insist
from bench.servers import Visitor, crowd, per_second, session_of, web
from portal.arbitrators import ROWS

ROUNDS, CLIENTS, SECONDS = 3, 8, 5.0
PAGES = {  # the same rows here and there
    "queue_vs_admin": ("/queue/", "/admin/cases/case/?state__exact=queued"),
    "queue_vs_admin_filter": (
        "/queue/?view=defaulted",
        "/admin/cases/case/?state__exact=queued&silent=1",
    ),
}
REFERENCE = re.compile(r"A-\d{4}-\d{6}")


def references(page: str) -> list[str]:
    """The cases in a page's last table, in its order."""
    return list(dict.fromkeys(REFERENCE.findall(page.rpartition("<tbody>")[2])))


def queue_vs_admin(lab: Lab) -> tuple[Result, ...]:
    with lab.copy(lab.filled(lab.largest, lab.most_due)) as name:
        reader = User.objects.filter(role=Role.ARBITRATOR).order_by("pk")[0]
        clerk = User.objects.create_superuser("bench-clerk", role=Role.ADMIN)
        ours, peer = session_of(reader), session_of(clerk)
        address = lab.address(name)
        with web(address) as here, web(address, "bench.admin.settings") as there:
            return tuple(
                compare(title, (here, ours, path), (there, peer, path_there))
                for title, (path, path_there) in PAGES.items()
            )


Side = tuple[int, str, str]  # port, session, path


def compare(title: str, ours: Side, peer: Side) -> Result:
    """Requests a second of both, A B A B; each side is asked once beforehand and must show the same."""
    shown = {}
    for port, cookie, path in (ours, peer):
        status, page = Visitor(port, cookie).get(path)
        insist(status == 200, f"{path}: {status}")
        shown[port] = references(page)
    listed = shown[peer[0]]
    insist(len(listed) == ROWS, f"the peer lists {len(listed)} rows")
    insist(shown[ours[0]] == listed, "the two pages list different cases")
    rates: dict[int, list[float]] = {ours[0]: [], peer[0]: []}
    for _round in range(ROUNDS):
        for port, cookie, path in (ours, peer):
            answers = crowd(port, cookie, path, clients=CLIENTS, seconds=SECONDS)
            insist({answer.status for answer in answers} == {200}, f"{path}: not all were answered")
            rates[port].append(per_second(answers))
    own, limit = median(rates[ours[0]]), median(rates[peer[0]])
    unit = f"requests/s, {CLIENTS} clients"
    return Result(title, own, limit, unit, own / limit, ">= 50")
