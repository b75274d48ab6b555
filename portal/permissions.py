"""The one permission table: who may use which address, and which steps of the lifecycle have a button.

Pages, files, exports and the generated tests read it; an address without a row here fails the suite.
What a person may do to a case in a given state is the lifecycle's own business (`lifecycle.may_take`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from accounts.models import Role

ANYBODY = frozenset(Role.values)
PARTIES = frozenset({Role.BUYER.value, Role.MERCHANT.value})
DESK = frozenset({Role.ARBITRATOR.value, Role.SENIOR.value})
SUPERVISORS = frozenset({Role.SUPERVISOR.value})
OFFICERS = frozenset({Role.PENALTY_OFFICER.value})
AUDIT = frozenset({Role.SUPERVISOR.value, Role.AUDITOR.value})
RULE_OWNERS = frozenset({Role.SENIOR.value})
SECOND_PEOPLE = frozenset({Role.SENIOR.value, Role.SUPERVISOR.value})
RULE_READERS = RULE_OWNERS | AUDIT
READERS = frozenset({Role.SUPERVISOR.value, Role.AUDITOR.value, Role.PENALTY_OFFICER.value})


class Scope(Enum):
    """Which cases an address reaches."""

    NONE = "no case"
    VISIBLE = "cases the person may see; others do not exist for them"
    HELD = "cases the person holds"


@dataclass(frozen=True)
class Permission:
    roles: frozenset[str]
    scope: Scope = Scope.NONE
    methods: tuple[str, ...] = ("GET", "HEAD")
    anonymous: bool = False


READ = ("GET", "HEAD")
WRITE = ("POST",)

# URL name → who may use it. Outside parties get 404 for what is not theirs, staff 403.
TABLE: dict[str, Permission] = {
    "login": Permission(ANYBODY, methods=(*READ, "POST"), anonymous=True),
    "logout": Permission(ANYBODY, methods=WRITE),
    "set_theme": Permission(ANYBODY, methods=WRITE, anonymous=True),
    "healthz": Permission(ANYBODY, anonymous=True),
    "home": Permission(ANYBODY),
    # Rule owners write, supervisors publish; the rules in force are for everybody.
    "rules": Permission(ANYBODY, anonymous=True),
    "rules_version": Permission(ANYBODY, anonymous=True),
    "rulebook": Permission(RULE_READERS),
    "rulebook_version": Permission(RULE_READERS),
    "rulebook_draft": Permission(RULE_OWNERS, methods=WRITE),
    "rulebook_rule": Permission(RULE_OWNERS, methods=(*READ, "POST")),
    "rulebook_text": Permission(RULE_OWNERS, methods=(*READ, "POST")),
    "rulebook_discard": Permission(RULE_OWNERS, methods=WRITE),
    "rulebook_publish": Permission(SUPERVISORS, methods=WRITE),
    "rulebook_withdraw": Permission(SUPERVISORS, methods=WRITE),
    "rule_gaps": Permission(RULE_READERS),
    "close_gap": Permission(RULE_OWNERS, methods=WRITE),
    "decide_override": Permission(SUPERVISORS, methods=WRITE),
    "flag_gap": Permission(DESK | SUPERVISORS, Scope.VISIBLE, WRITE),
    "ask_override": Permission(DESK, Scope.HELD, WRITE),
    "notices": Permission(ANYBODY, methods=(*READ, "POST")),
    "queue": Permission(DESK),
    "next_case": Permission(DESK, methods=WRITE),
    "skip_case": Permission(DESK, Scope.VISIBLE, WRITE),
    "supervisor": Permission(frozenset({Role.SUPERVISOR.value, Role.AUDITOR.value})),
    "ladder": Permission(frozenset({Role.SUPERVISOR.value, Role.AUDITOR.value})),
    "drawn_ruling": Permission(SUPERVISORS, methods=WRITE),
    "hand_over": Permission(SUPERVISORS, methods=WRITE),
    "pauses": Permission(frozenset({Role.SUPERVISOR.value, Role.AUDITOR.value})),
    "declare_pause": Permission(frozenset({Role.SUPERVISOR.value}), methods=WRITE),
    "end_pause": Permission(frozenset({Role.SUPERVISOR.value}), methods=WRITE),
    "engine": Permission(frozenset({Role.SUPERVISOR.value, Role.AUDITOR.value})),
    "engine_messages": Permission(SUPERVISORS, methods=WRITE),
    "engine_resume": Permission(SUPERVISORS, methods=WRITE),
    "engine_try": Permission(SUPERVISORS, methods=WRITE),
    "engine_payments": Permission(SUPERVISORS, methods=WRITE),
    "recoveries": Permission(AUDIT),
    "repay": Permission(SUPERVISORS, methods=WRITE),
    "recoveries_csv": Permission(AUDIT),
    # Auditors change nothing of a case: what they have checked or take away is theirs to post.
    "audit": Permission(AUDIT),
    "audit_verify": Permission(AUDIT, methods=WRITE),
    "audit_lines": Permission(AUDIT),
    "audit_script": Permission(AUDIT | DESK),
    "audit_case": Permission(AUDIT, Scope.VISIBLE),
    "audit_docket": Permission(AUDIT, Scope.VISIBLE, WRITE),
    "appeals": Permission(AUDIT | {Role.SENIOR.value}),
    "overturn": Permission(frozenset({Role.SENIOR.value}), Scope.VISIBLE, WRITE),
    "overturn_draft": Permission(frozenset({Role.SENIOR.value}), Scope.VISIBLE, WRITE),
    "overturn_preview": Permission(frozenset({Role.SENIOR.value}), Scope.VISIBLE, WRITE),
    "correct_ruling": Permission(SUPERVISORS | {Role.SENIOR.value}, Scope.VISIBLE, (*READ, "POST")),
    "case_export": Permission(AUDIT | {Role.SENIOR.value}, Scope.VISIBLE, WRITE),
    "case": Permission(DESK | READERS, Scope.VISIBLE),
    "case_talk": Permission(DESK | READERS, Scope.VISIBLE),
    "standstill": Permission(DESK | {Role.SUPERVISOR.value}, Scope.VISIBLE, WRITE),
    "decide_report": Permission(DESK | SUPERVISORS, Scope.VISIBLE, WRITE),
    "extend": Permission(DESK | {Role.SUPERVISOR.value}, Scope.VISIBLE, WRITE),
    # A supervisor recalls what they have approved.
    "act": Permission(DESK | SUPERVISORS | PARTIES, Scope.VISIBLE, WRITE),
    "ruling": Permission(DESK | READERS | PARTIES, Scope.VISIBLE),
    # Of no case until the code names one; then of those the person may see.
    "verify": Permission(DESK | READERS | PARTIES),
    "approvals": Permission(SECOND_PEOPLE),
    "approval": Permission(SECOND_PEOPLE, Scope.VISIBLE, (*READ, "POST")),
    "ruling_preview": Permission(DESK, Scope.HELD, WRITE),
    "ruling_draft": Permission(DESK, Scope.HELD, WRITE),
    "draft_choice": Permission(DESK, Scope.HELD, WRITE),
    "log_diff": Permission(DESK | READERS, Scope.VISIBLE),
    "unmask": Permission(DESK | READERS, Scope.VISIBLE, WRITE),
    "chat_search": Permission(DESK | READERS),
    # Of a case that may not be the reader's, and of that nothing but the picture.
    "match_picture": Permission(DESK | READERS, Scope.VISIBLE),
    "match_mark": Permission(DESK, Scope.HELD, WRITE),
    "exhibits": Permission(PARTIES, Scope.VISIBLE, WRITE),
    "upload_ticket": Permission(PARTIES, Scope.VISIBLE, WRITE),
    "exhibit_confirm": Permission(PARTIES, Scope.VISIBLE, (*READ, "POST")),
    "exhibit_flag": Permission(DESK, Scope.VISIBLE, WRITE),
    "exhibit_retype": Permission(PARTIES, Scope.VISIBLE, WRITE),
    "exhibit_withdraw": Permission(PARTIES, Scope.VISIBLE, WRITE),
    "exhibit_preview": Permission(DESK | READERS | PARTIES, Scope.VISIBLE),
    "exhibit_window": Permission(DESK | READERS | PARTIES, Scope.VISIBLE),
    "exhibit_thumb": Permission(DESK | READERS | PARTIES, Scope.VISIBLE),
    # GET alone: opening it is an act, and one that leaves a docket line
    "exhibit_original": Permission(DESK | READERS, Scope.VISIBLE, ("GET",)),
    "exhibit_custody": Permission(DESK | READERS, Scope.VISIBLE),
    "exhibit_check": Permission(DESK | AUDIT, Scope.VISIBLE, WRITE),
    "exhibit_admit": Permission(DESK, Scope.HELD, WRITE),
    "penalties": Permission(READERS),
    "ledgers": Permission(READERS),
    "case_penalty": Permission(READERS, Scope.VISIBLE),
    "propose_penalty": Permission(DESK, Scope.HELD, WRITE),
    "decide_penalty": Permission(OFFICERS, Scope.VISIBLE, WRITE),
    "hear_penalty_appeal": Permission(OFFICERS, Scope.VISIBLE, WRITE),
    "penalty_appeal": Permission(frozenset({Role.MERCHANT.value}), Scope.VISIBLE, WRITE),
    "merchant_ledger": Permission(frozenset({Role.MERCHANT.value})),
    "merchant_home": Permission(frozenset({Role.MERCHANT.value})),
    "merchant_case": Permission(frozenset({Role.MERCHANT.value}), Scope.VISIBLE, (*READ, "POST")),
    "buyer_home": Permission(frozenset({Role.BUYER.value})),
    "buyer_case": Permission(frozenset({Role.BUYER.value}), Scope.VISIBLE, (*READ, "POST")),
}

# What a list of the staff may be asked for in its address; anything else is refused in words. Addresses of
# the parties and of everybody are not here: what letters and chats append to a link is not theirs to mend.
PAGED = frozenset({"page"})
OF_SHOP = frozenset({"shop"})
OF_DOCKET = frozenset({"case", "person", "act", "since", "until", "before"})
ASKED: dict[str, frozenset[str]] = {
    "queue": PAGED | {"view", "category", "least", "most", "q", "after", "before"},
    "supervisor": PAGED | {"due", "holder", "tick"},
    "ladder": PAGED,
    "engine": frozenset({"tick"}),
    "pauses": frozenset(),
    "recoveries": OF_SHOP,
    "recoveries_csv": OF_SHOP,
    "audit": OF_DOCKET,
    "audit_lines": OF_DOCKET,
    "appeals": frozenset(),
    "approvals": frozenset(),
    "penalties": frozenset(),
    "ledgers": PAGED | OF_SHOP,
    "rulebook": frozenset(),
    "rule_gaps": frozenset(),
    "chat_search": frozenset({"q"}),
}

HOMES: dict[str, str] = {
    Role.ARBITRATOR: "queue",
    Role.SENIOR: "queue",
    Role.SUPERVISOR: "supervisor",
    Role.AUDITOR: "supervisor",
    Role.MERCHANT: "merchant_home",
    Role.BUYER: "buyer_home",
    Role.ADMIN: "admin:index",
    Role.PENALTY_OFFICER: "penalties",
}
