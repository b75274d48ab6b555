"""The whole state machine of a case on one page.

Transitions are declared once, here. Their bodies set fields of the case and do nothing else: rows,
docket lines and notices are written by the verbs in `cases.actions`, which call these through
`advance()`. Guards see the case only; what depends on the clock or on a draft is refused by the verb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext_noop as _
from django_fsm import ConcurrentTransition, ConcurrentTransitionMixin, FSMField, transition

from accounts.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from cases.rulebook import Rulebook


class State(models.TextChoices):
    NEGOTIATING = "negotiating", gettext_lazy("Negotiating")
    AWAITING_MERCHANT = "awaiting_merchant", gettext_lazy("Awaiting the merchant")
    AWAITING_EVIDENCE = "awaiting_evidence", gettext_lazy("Awaiting evidence")
    QUEUED = "queued", gettext_lazy("Queued")
    REVIEWING = "reviewing", gettext_lazy("Under review")
    MEDIATING = "mediating", gettext_lazy("Mediating")
    AWAITING_APPROVAL = "awaiting_approval", gettext_lazy("Awaiting approval")
    RULED = "ruled", gettext_lazy("Ruled")
    APPEALED = "appealed", gettext_lazy("Appealed")
    EXECUTING = "executing", gettext_lazy("Being carried out")
    CLOSED = "closed", pgettext_lazy("case state", "Closed")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")
    REJECTED = "rejected", gettext_lazy("Not accepted")


ENDED = frozenset({State.CLOSED, State.WITHDRAWN, State.REJECTED})
BEFORE_RULING = (
    State.NEGOTIATING,
    State.AWAITING_MERCHANT,
    State.AWAITING_EVIDENCE,
    State.QUEUED,
    State.REVIEWING,
    State.MEDIATING,
    State.AWAITING_APPROVAL,
)
OPEN_TO_EVIDENCE = frozenset(BEFORE_RULING)
DEFAULTED_PRIORITY = 100
LATE_PRIORITY = 200


class MoneyState(models.TextChoices):
    HELD = "held", gettext_lazy("Held by the platform")
    REFUNDED = "refunded", gettext_lazy("Refunded")
    ADVANCED = "advanced", gettext_lazy("Advanced by the platform")
    RELEASED = "released", gettext_lazy("Released to the merchant")


class Side(models.TextChoices):
    BUYER = "buyer", gettext_lazy("Buyer")
    MERCHANT = "merchant", gettext_lazy("Merchant")
    PLATFORM = "platform", gettext_lazy("Platform")


Guard = Callable[[Any], bool]


def refuses(sentence: str) -> Callable[[Guard], Guard]:
    """Give a guard its docstring: the sentence the user reads when it refuses."""

    def name(guard: Guard) -> Guard:
        guard.__doc__ = sentence
        return guard

    return name


@refuses(
    _("Evidence was already requested as often as the rules allow; decide on what is on file.")
)
def rounds_left(case: Lifecycle) -> bool:
    return case.evidence_round < case.book.windows.supplement_rounds


@refuses(_("The merchant has already answered."))
def unanswered(case: Lifecycle) -> bool:
    return case.answered_at is None


@refuses(_("The merchant has answered; an arbitrator decides."))
def silent(case: Lifecycle) -> bool:
    return case.defaulted_at is not None and case.answered_at is None


@refuses(_("No offer is on the table."))
def on_the_table(case: Lifecycle) -> bool:
    return case.offered_by is not None


@refuses(_("An offer is on the table already; it is answered first."))
def nothing_offered(case: Lifecycle) -> bool:
    return case.offered_by is None


@refuses(_("The buyer has no address to send the goods to yet."))
def address_known(case: Lifecycle) -> bool:
    return bool(case.return_address)


@refuses(_("The address is already given."))
def address_unknown(case: Lifecycle) -> bool:
    return not case.return_address


@refuses(_("The goods are already on their way."))
def not_returned(case: Lifecycle) -> bool:
    return case.returned_at is None


@refuses(_("The goods are not on their way back."))
def under_way(case: Lifecycle) -> bool:
    return case.returned_at is not None and case.received_at is None


@refuses(_("No goods are on their way to the buyer."))
def shipped(case: Lifecycle) -> bool:
    return case.goods_sent_at is not None and case.goods_arrived_at is None


@refuses(_("Not everything is carried out yet."))
def carried_out(case: Lifecycle) -> bool:
    return case.carried_out_at is not None


@refuses(_("A file on record is no longer what was sealed. Nothing is ruled until it is restored."))
def intact(case: Lifecycle) -> bool:
    return case.integrity_failed_at is None


# Who may take a step. `user` is never the clock: the clock is not asked.


def claimant(case: Lifecycle, user: User) -> bool:
    return case.buyer_id == user.pk


def respondent(case: Lifecycle, user: User) -> bool:
    return user.belongs_to(case.shop_id)


def either_party(case: Lifecycle, user: User) -> bool:
    return claimant(case, user) or respondent(case, user)


def other_side(side: str) -> Side:
    return Side.MERCHANT if side == Side.BUYER else Side.BUYER


def side_of(case: Lifecycle, user: User) -> Side:
    """For whom this person speaks in the case: a party, or else the platform."""
    if claimant(case, user):
        return Side.BUYER
    return Side.MERCHANT if respondent(case, user) else Side.PLATFORM


def hearer(case: Lifecycle, user: User) -> bool:
    return user.is_arbitrating


def its_holder(case: Lifecycle, user: User) -> bool:
    return user.is_arbitrating and case.holder_id == user.pk


def hearer_unless_held(case: Lifecycle, user: User) -> bool:
    return user.is_arbitrating and case.holder_id in (None, user.pk)


def supervising(case: Lifecycle, user: User) -> bool:
    return user.role == "supervisor"


def hearer_unless_held_or_supervising(case: Lifecycle, user: User) -> bool:
    return hearer_unless_held(case, user) or supervising(case, user)


def its_holder_or_supervising(case: Lifecycle, user: User) -> bool:
    return its_holder(case, user) or supervising(case, user)


def hearer_or_supervising(case: Lifecycle, user: User) -> bool:
    return hearer(case, user) or supervising(case, user)


def other_senior(case: Lifecycle, user: User) -> bool:
    return user.role == "senior" and case.holder_id != user.pk


def second_person(case: Lifecycle, user: User) -> bool:
    return user.role in ("senior", "supervisor") and case.holder_id != user.pk


def asked_party(case: Lifecycle, user: User) -> bool:
    return (Side.BUYER in case.evidence_asked_of and claimant(case, user)) or (
        Side.MERCHANT in case.evidence_asked_of and respondent(case, user)
    )


def respondent_or_desk(case: Lifecycle, user: User) -> bool:
    return respondent(case, user) or its_holder_or_supervising(case, user)


def nobody(case: Lifecycle, user: User) -> bool:
    """Steps of the clock."""
    return False


def step(
    label: str,
    source: State | tuple[State, ...],
    target: State,
    permission: Callable[[Any, Any], bool],
    *conditions: Guard,
    clock: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`django_fsm.transition` in this page's words: label of the button, states, who, guards.

    `clock`: whether the step may also be taken by the clock, which acts as nobody.
    """
    declared: Callable[[Callable[..., None]], Callable[..., None]] = transition(
        field="state",
        source=list(source) if isinstance(source, tuple) else source,
        target=target,
        conditions=list(conditions),
        permission=permission,
        custom={"label": label, "clock": clock},
    )
    return declared


class Lifecycle(ConcurrentTransitionMixin, models.Model):
    state = FSMField(
        choices=State.choices, default=State.NEGOTIATING, protected=True, max_length=20
    )
    # Moved by the gateway's answers (`cases.actions.paying`), whatever the case's own state; by the end
    # of the case alone where there is nothing to ask the gateway for (`cases.purse`).
    money_state = models.CharField(max_length=12, choices=MoneyState, default=MoneyState.HELD)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="held_cases"
    )
    # Whom the clock took the case from; it is not offered to this person again.
    taken_from = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    priority = models.PositiveSmallIntegerField(default=0)
    # Counts the transitions. Saving compares it, so two people never move one case from one version.
    version = models.PositiveIntegerField(default=0)

    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_is_late = models.BooleanField(default=False)
    defaulted_at = models.DateTimeField(null=True, blank=True)
    # When the clock decides by default; until then nobody is offered the case.
    default_at = models.DateTimeField(null=True, blank=True)
    evidence_round = models.PositiveSmallIntegerField(default=0)
    evidence_asked_of = models.CharField(max_length=20, blank=True)  # sides, separated by a comma
    # Whose offer is on the table: a side, or None. Null, so that adding it rewrote no case.
    offered_by = models.CharField(  # noqa: DJ001
        max_length=10, choices=Side, null=True, blank=True
    )
    ruled_at = models.DateTimeField(null=True, blank=True)
    # From when on the parties may read the ruling; until then whoever decided may take it back.
    told_at = models.DateTimeField(null=True, blank=True)
    return_address = models.TextField(blank=True)
    return_carrier = models.CharField(max_length=40, blank=True)
    return_tracking = models.CharField(max_length=64, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    # Of what the merchant sends to the buyer: new goods, repaired ones, what was missing.
    goods_sent_at = models.DateTimeField(null=True, blank=True)
    goods_arrived_at = models.DateTimeField(null=True, blank=True)
    # When the last duty of the decision was done; then the clock closes the case.
    carried_out_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Since when a stored file of the case differs from its hash. Kept by evidence, first failure wins.
    integrity_failed_at = models.DateTimeField(null=True, blank=True)

    if TYPE_CHECKING:
        buyer_id: int
        shop_id: int

        @property
        def book(self) -> Rulebook: ...

    class Meta:
        abstract = True

    def heard_at(self, at: datetime) -> datetime:
        """When the parties hear of what is done at `at`: then, or with the ruling that is held back."""
        return at if self.told_at is None else max(at, self.told_at)

    def is_held_back(self, now: datetime) -> bool:
        """Whether there is a ruling that the parties do not read yet."""
        return self.told_at is not None and now < self.told_at

    def _do_update(  # type: ignore[override]  # Django 5.2's signature; the stubs describe 6
        self,
        base_qs: QuerySet[Any],
        using: str | None,
        pk_val: Any,
        values: Any,
        update_fields: Any,
        forced_update: bool,
    ) -> bool:
        """Compare the version as well as the state: a step that keeps the state is guarded too."""
        unmoved = base_qs.filter(pk=pk_val, version=self.version - 1)
        updated = super()._do_update(unmoved, using, pk_val, values, update_fields, forced_update)
        if forced_update and not updated:
            raise ConcurrentTransition("Somebody else moved this case first.")
        return bool(updated)

    # --- Until the merchant has answered ---------------------------------------------------------

    @step(
        _("Ask the platform to step in"),
        State.NEGOTIATING,
        State.AWAITING_MERCHANT,
        claimant,
        clock=True,
    )
    def request_intervention(self, *, now: datetime) -> None:
        pass

    @step(_("Contest with evidence"), State.AWAITING_MERCHANT, State.QUEUED, respondent, unanswered)
    def respond(self, *, now: datetime, text: str) -> None:
        self.answer, self.answered_at = text, now

    @step(
        _("Agree and refund"),
        (State.NEGOTIATING, State.AWAITING_MERCHANT, State.MEDIATING),
        State.EXECUTING,
        respondent,
    )
    def concede(self, *, now: datetime) -> None:
        self.answered_at = self.answered_at or now

    @step(
        _("Go on without the merchant"), State.AWAITING_MERCHANT, State.QUEUED, nobody, clock=True
    )
    def escalate(self, *, now: datetime, default_at: datetime | None = None) -> None:
        self.defaulted_at, self.default_at = now, default_at
        self.priority = max(self.priority, DEFAULTED_PRIORITY)

    # --- Settling: among the parties where they stand, or on the arbitrator's proposal ---------------

    @step(
        _("Offer another amount"),
        State.NEGOTIATING,
        State.NEGOTIATING,
        either_party,
        nothing_offered,
    )
    @step(
        _("Offer another amount"),
        State.AWAITING_MERCHANT,
        State.AWAITING_MERCHANT,
        either_party,
        nothing_offered,
    )
    def offer(self, *, now: datetime, side: str) -> None:
        self.offered_by = side

    @step(_("Propose a settlement"), State.REVIEWING, State.MEDIATING, its_holder)
    def propose(self, *, now: datetime, side: str = Side.PLATFORM) -> None:
        self.offered_by = side

    @step(
        _("Make a counter-offer"), State.NEGOTIATING, State.NEGOTIATING, either_party, on_the_table
    )
    @step(
        _("Make a counter-offer"),
        State.AWAITING_MERCHANT,
        State.AWAITING_MERCHANT,
        either_party,
        on_the_table,
    )
    @step(_("Make a counter-offer"), State.MEDIATING, State.MEDIATING, either_party, on_the_table)
    def counter(self, *, now: datetime, side: str) -> None:
        self.offered_by = side

    @step(
        _("Accept the offer"),
        (State.NEGOTIATING, State.AWAITING_MERCHANT, State.MEDIATING),
        State.EXECUTING,
        either_party,
        on_the_table,
    )
    def accept(self, *, now: datetime) -> None:
        self.answered_at, self.offered_by = self.answered_at or now, None

    @step(
        _("Decline the offer"),
        State.NEGOTIATING,
        State.NEGOTIATING,
        either_party,
        on_the_table,
        clock=True,
    )
    @step(
        _("Decline the offer"),
        State.AWAITING_MERCHANT,
        State.AWAITING_MERCHANT,
        either_party,
        on_the_table,
        clock=True,
    )
    @step(
        _("Decline the offer"),
        State.MEDIATING,
        State.REVIEWING,
        either_party,
        on_the_table,
        clock=True,
    )
    def decline(self, *, now: datetime) -> None:
        self.offered_by = None

    # --- Hearing ---------------------------------------------------------------------------------

    @step(_("Claim"), State.QUEUED, State.REVIEWING, hearer)
    def claim(self, *, now: datetime, holder: User) -> None:
        self.holder, self.default_at = holder, None

    @step(_("Release"), State.REVIEWING, State.QUEUED, its_holder_or_supervising)
    def release(self, *, now: datetime) -> None:
        self.holder = None

    @step(_("Hand over"), State.REVIEWING, State.REVIEWING, supervising)
    @step(_("Hand over"), State.AWAITING_EVIDENCE, State.AWAITING_EVIDENCE, supervising)
    def reassign(self, *, now: datetime, holder: User) -> None:
        self.holder = holder

    @step(_("Request evidence"), State.REVIEWING, State.AWAITING_EVIDENCE, its_holder, rounds_left)
    def request_evidence(self, *, now: datetime, sides: tuple[str, ...]) -> None:
        self.evidence_round += 1
        self.evidence_asked_of = ",".join(sides)

    @step(_("Everything is sent"), State.AWAITING_EVIDENCE, State.REVIEWING, asked_party)
    def supply_evidence(self, *, now: datetime) -> None:
        self.evidence_asked_of = ""

    @step(_("Go on without it"), State.AWAITING_EVIDENCE, State.REVIEWING, nobody, clock=True)
    def lapse_evidence(self, *, now: datetime) -> None:
        self.evidence_asked_of = ""

    @step(_("Take the case back"), State.REVIEWING, State.QUEUED, nobody, clock=True)
    def take_back(self, *, now: datetime) -> None:
        self.taken_from, self.holder = self.holder, None

    # --- Ruling ----------------------------------------------------------------------------------

    @step(_("Decide by default"), State.QUEUED, State.RULED, nobody, silent, intact, clock=True)
    def decide_by_default(self, *, now: datetime) -> None:
        self.ruled_at, self.told_at, self.default_at = now, now, None

    @step(_("Send for approval"), State.REVIEWING, State.AWAITING_APPROVAL, its_holder)
    def submit_for_approval(self, *, now: datetime) -> None:
        pass

    @step(_("Take it back"), State.AWAITING_APPROVAL, State.REVIEWING, its_holder)
    def retract(self, *, now: datetime) -> None:
        pass

    @step(_("Return with comments"), State.AWAITING_APPROVAL, State.REVIEWING, second_person)
    def send_back(self, *, now: datetime) -> None:
        pass

    @step(_("Take over"), State.AWAITING_APPROVAL, State.REVIEWING, other_senior)
    def take_over(self, *, now: datetime, holder: User) -> None:
        self.holder = holder

    @step(_("Issue the ruling"), State.REVIEWING, State.RULED, its_holder, intact)
    def issue(self, *, now: datetime, told_at: datetime | None = None) -> None:
        self.ruled_at, self.told_at = now, told_at or now

    @step(_("Approve"), State.AWAITING_APPROVAL, State.RULED, second_person, intact)
    def approve(self, *, now: datetime, told_at: datetime | None = None) -> None:
        self.ruled_at, self.told_at = now, told_at or now

    @step(_("Recall the ruling"), State.RULED, State.REVIEWING, hearer_or_supervising)
    def recall(self, *, now: datetime) -> None:
        self.ruled_at, self.told_at = None, None

    @step(_("Appeal"), (State.RULED, State.APPEALED), State.APPEALED, either_party)
    def appeal(self, *, now: datetime) -> None:
        pass

    @step(_("Uphold"), State.APPEALED, State.EXECUTING, other_senior, intact)
    def uphold(self, *, now: datetime) -> None:
        pass

    @step(_("Overturn"), State.APPEALED, State.EXECUTING, other_senior, intact)
    def overturn(self, *, now: datetime) -> None:
        pass

    @step(_("Make final"), State.RULED, State.EXECUTING, nobody, clock=True)
    def finalize(self, *, now: datetime) -> None:
        pass

    # --- Carrying out ----------------------------------------------------------------------------

    @step(
        _("Give the return address"),
        State.EXECUTING,
        State.EXECUTING,
        respondent,
        address_unknown,
        not_returned,
    )
    def give_address(self, *, now: datetime, address: str) -> None:
        self.return_address = address

    @step(
        _("Send the goods back"),
        State.EXECUTING,
        State.EXECUTING,
        claimant,
        address_known,
        not_returned,
    )
    def send_return(self, *, now: datetime, carrier: str, tracking: str) -> None:
        self.return_carrier, self.return_tracking, self.returned_at = carrier, tracking, now

    @step(
        _("Confirm the receipt"),
        State.EXECUTING,
        State.EXECUTING,
        respondent,
        under_way,
        clock=True,
    )
    def confirm_receipt(self, *, now: datetime) -> None:
        self.received_at = now

    @step(_("Refund now"), State.EXECUTING, State.EXECUTING, respondent)
    def refund(self, *, now: datetime) -> None:
        pass

    @step(_("The goods are sent"), State.EXECUTING, State.EXECUTING, respondent)
    def ship(self, *, now: datetime) -> None:
        self.goods_sent_at, self.goods_arrived_at = now, None

    @step(
        _("Confirm the delivery"),
        State.EXECUTING,
        State.EXECUTING,
        claimant,
        shipped,
        clock=True,
    )
    def confirm_delivery(self, *, now: datetime) -> None:
        self.goods_arrived_at = now

    @step(_("Report it done"), State.EXECUTING, State.EXECUTING, respondent_or_desk)
    def fulfil(self, *, now: datetime) -> None:
        pass

    @step(
        _("Go on without the return"),
        State.EXECUTING,
        State.EXECUTING,
        nobody,
        not_returned,
        clock=True,
    )
    def forfeit_return(self, *, now: datetime) -> None:
        pass

    @step(_("Platform pays first"), State.EXECUTING, State.EXECUTING, nobody, clock=True)
    def enforce(self, *, now: datetime) -> None:
        pass

    # --- Ends ------------------------------------------------------------------------------------

    @step(_("Close"), State.EXECUTING, State.CLOSED, nobody, carried_out, clock=True)
    def complete(self, *, now: datetime) -> None:
        self.ended_at = now

    @step(_("Withdraw"), BEFORE_RULING, State.WITHDRAWN, claimant)
    def withdraw(self, *, now: datetime) -> None:
        self.ended_at = now

    @step(
        _("Not accepted"),
        (State.AWAITING_MERCHANT, State.QUEUED, State.REVIEWING),
        State.REJECTED,
        hearer_unless_held,
    )
    def reject(self, *, now: datetime) -> None:
        self.ended_at = now


@dataclass(frozen=True)
class Step:
    """One arrow of the diagram: a transition from one source state."""

    name: str
    source: State
    target: State
    label: str
    conditions: tuple[Guard, ...]
    permission: Callable[[Lifecycle, User], bool]
    clock: bool


def steps() -> Iterator[Step]:
    """Every arrow, in the order of this page. Pages, tests and the README's diagram read it."""
    for name, member in vars(Lifecycle).items():
        declared = getattr(member, "_django_fsm", None)
        if declared is None:
            continue
        for source, arrow in declared.transitions.items():
            yield Step(
                name=name,
                source=State(source),
                target=State(arrow.target),
                label=arrow.custom["label"],
                conditions=tuple(arrow.conditions),
                permission=arrow.permission,
                clock=arrow.custom["clock"],
            )


STEPS: dict[tuple[str, str], Step] = {(step.name, step.source): step for step in steps()}
TRANSITIONS: tuple[str, ...] = tuple(dict.fromkeys(name for name, _source in STEPS))


def may_take(case: Lifecycle, name: str, user: User) -> bool:
    """Whether the step is this person's to take in this state, guards aside."""
    here = STEPS.get((name, case.state))
    return here is not None and here.permission(case, user)


def why_not(case: Lifecycle, name: str) -> str | None:
    """The sentence that says why the step cannot be taken now; None when it can."""
    here = STEPS.get((name, case.state))
    if here is None:
        return gettext("Not while the case stands at “%(state)s”.") % {
            "state": State(case.state).label
        }
    for guard in here.conditions:
        if not guard(case):
            return gettext(guard.__doc__ or "")
    return None
