"""The verbs: everything that can be done to a case, whoever asks and through whatever door.

Each takes the person as `by` (None is the clock) and the instant it was accepted as `now`. Raises
`Refused` with a sentence for the user, `PermissionDenied` when it is not this person's to do, and
`ConcurrentTransition` when somebody else moved the case first.
"""

from cases.actions.answering import concede, note_exhibit, respond, supply_evidence
from cases.actions.appeal_decision import overturn, uphold
from cases.actions.appealing import (
    answer_appeal,
    appeal,
    lapse_appeal_answer,
    takes_appeal_evidence,
)
from cases.actions.approving import (
    Stale,
    approve,
    retract,
    send_back,
    submit_for_approval,
    take_over,
)
from cases.actions.correcting import Wording, correct_ruling
from cases.actions.custody import note_admission, note_damage, note_export, note_repair
from cases.actions.defaulting import audit_ruling, decide_by_default, escalate
from cases.actions.drafts import (
    Finding,
    RulingDraft,
    choose_draft,
    left_behind,
    save_draft,
)
from cases.actions.ending import reject, withdraw
from cases.actions.engine import put_aside, send_again, try_now
from cases.actions.executing import (
    complete,
    confirm_delivery,
    confirm_receipt,
    enforce,
    forfeit_return,
    fulfil,
    give_address,
    refund,
    send_return,
    ship,
)
from cases.actions.extending import extend_deadline
from cases.actions.filing import AlreadyFiled, Filing, file_case, request_intervention
from cases.actions.handover import Handed, hand_over, reassign
from cases.actions.hearing import claim, release, request_evidence
from cases.actions.next_case import claim_next, press_next
from cases.actions.obstacles import Obstacle, allowed_remedies, obstacles
from cases.actions.offering import accept, counter, decline, offer, propose
from cases.actions.passage import Refused, advance, own_side
from cases.actions.pausing import declare_pause, end_pause_early, preview_pause
from cases.actions.paying import pay_again
from cases.actions.penalising import (
    appeal_penalty,
    decide_penalty,
    decide_penalty_appeal,
    lapse_penalty,
    propose_penalty,
    record_silence,
    void_penalties,
)
from cases.actions.recalling import recall
from cases.actions.recovering import repay
from cases.actions.reporting import decide_report, report_goods
from cases.actions.ruling import issue_ruling
from cases.actions.standstill import let_clock_run, stop_clock

__all__ = [
    "AlreadyFiled",
    "Filing",
    "Finding",
    "Handed",
    "Obstacle",
    "Refused",
    "RulingDraft",
    "Stale",
    "Wording",
    "accept",
    "advance",
    "allowed_remedies",
    "answer_appeal",
    "appeal",
    "appeal_penalty",
    "approve",
    "audit_ruling",
    "choose_draft",
    "claim",
    "claim_next",
    "complete",
    "concede",
    "confirm_delivery",
    "confirm_receipt",
    "correct_ruling",
    "counter",
    "decide_by_default",
    "decide_penalty",
    "decide_penalty_appeal",
    "decide_report",
    "declare_pause",
    "decline",
    "end_pause_early",
    "enforce",
    "escalate",
    "extend_deadline",
    "file_case",
    "forfeit_return",
    "fulfil",
    "give_address",
    "hand_over",
    "issue_ruling",
    "lapse_appeal_answer",
    "lapse_penalty",
    "left_behind",
    "let_clock_run",
    "note_admission",
    "note_damage",
    "note_exhibit",
    "note_export",
    "note_repair",
    "obstacles",
    "offer",
    "overturn",
    "own_side",
    "pay_again",
    "press_next",
    "preview_pause",
    "propose",
    "propose_penalty",
    "put_aside",
    "reassign",
    "recall",
    "record_silence",
    "refund",
    "reject",
    "release",
    "repay",
    "report_goods",
    "request_evidence",
    "request_intervention",
    "respond",
    "retract",
    "save_draft",
    "send_again",
    "send_back",
    "send_return",
    "ship",
    "stop_clock",
    "submit_for_approval",
    "supply_evidence",
    "take_over",
    "takes_appeal_evidence",
    "try_now",
    "uphold",
    "void_penalties",
    "withdraw",
]
