"""Build the demo: the cast, then every plot acted out by the real verbs at instants in the past."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, partial
from io import BytesIO
from itertools import count

from django.utils import timezone
from PIL import ExifTags, Image, ImageEnhance, ImageOps

from accounts.models import Shop, User
from cases import actions, calendar, cashier, rulebook, sweep
from cases.actions import Filing, Finding, RulingDraft
from cases.actions.obstacles import second_look
from cases.calendar import WorkingHours
from cases.lifecycle import Side, State
from cases.models import Case
from cases.simulator import Mood, Simulator
from cases.terms import desk_hours
from evidence.intake import Submission, submit_exhibit
from evidence.matching import add_listing_images, mark_match
from evidence.models import Match
from evidence.photos import read_photo
from portal.demo import around, artwork
from portal.demo.canvas import jpeg
from portal.demo.cases import JUST_RULED, PLOTS, Plot
from portal.demo.cast import MAIN_SHOP, SOURCE, Cast, assemble
from portal.demo.dialogues import EXPORTS, dialogue, spoken

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
WAREHOUSE = "浙江省杭州市余杭区仓前街道 18 号 退货组 0571-8800 0000"
PARCEL = {"carrier": "顺丰速运", "tracking": "SF1402299017"}
CLOCK_CASE_WINDOW = timedelta(seconds=90)
NEVER_ARRIVED = ("lost_in_transit", "late_shipping")
CARRIERS = (("中通快递", "ZT"), ("圆通速递", "YT"), ("顺丰速运", "SF"), ("韵达快递", "YD"))
FREIGHT_REASON = "按本案双方的责任，运费由该方承担更为公平。"
# Clocks a case ends up with: what is left of them tells when the last step was taken.
JUST_ANSWERED = (State.QUEUED, State.REVIEWING)


@dataclass(frozen=True)
class Picture:
    draw: Callable[[date], bytes]  # from the day of the demo: what is dated must fit it
    caption: str
    evidence_type: str


PARCELS_WAY = (  # hours before the parcel was signed for, and what its carrier says
    (47, "快件已揽收"),
    (30, "快件到达转运中心"),
    (5, "快件正在派送"),
)
PICTURES: dict[str, Picture] = {
    "order": Picture(
        lambda today: artwork.order_screenshot(
            "2611188840271955",
            "官方店铺",
            "订单商品",
            Decimal("299.00"),
            datetime.combine(today - timedelta(days=9), time(20, 14, 9)),
            ("交易成功", "Completed"),
        ),
        "订单页面截图",
        "E-ORDER",
    ),
    "crushed_box": Picture(lambda today: artwork.crushed_box(5), "外箱一角被压穿", "E-PHOTO-WHOLE"),
    "broken_cup": Picture(
        lambda today: artwork.broken_cup(2), "破损的商品与碎片", "E-PHOTO-DEFECT"
    ),
    "waybill": Picture(
        lambda today: artwork.waybill(
            20,
            "SF1402215588",
            ("张* 138****5521\n浙江省杭州市余杭区\n****小区", "Z* 138****5521\nHangzhou\n****"),
        ),
        "快递面单",
        "E-PHOTO-LABEL",
    ),
    "missing_parts": Picture(
        lambda today: artwork.missing_parts(11), "收到的全部配件与清单", "E-PHOTO-WHOLE"
    ),
    "colour_pair": Picture(
        lambda today: artwork.colour_pair(
            3,
            (150, 40, 50),
            (214, 120, 130),
            (("酒红", "Wine"), ("豆沙粉", "Pink")),
        ),
        "左为商品页颜色，右为实物",
        "E-PHOTO-WHOLE",
    ),
    "oranges": Picture(lambda today: artwork.fruit_box(8), "开箱整箱照片", "E-PHOTO-WHOLE"),
    "weight": Picture(
        lambda today: artwork.scale_reading(14, 1830, ("坏果", "Spoiled")), "坏果称重", "E-WEIGH"
    ),
    "fake_label": Picture(lambda today: artwork.brand_label(1), "领标特写", "E-PHOTO-LABEL"),
    "ruler": Picture(lambda today: artwork.size_with_ruler(15, 47.5), "平铺测量胸围", "E-MEASURE"),
    "thawed": Picture(lambda today: artwork.thawed_seafood(18), "开箱时的状态", "E-PHOTO-WHOLE"),
    "expired_label": Picture(
        lambda today: artwork.expiry_label(
            7,
            ("云南小粒咖啡", "Coffee"),
            today - timedelta(days=600),
            today - timedelta(days=235),
        ),
        "包装上的日期",
        "E-DATE",
    ),
    "milk_label": Picture(
        lambda today: artwork.expiry_label(
            27,
            ("纯牛奶 250ml", "Milk"),
            today - timedelta(days=171),
            today + timedelta(days=9),
        ),
        "箱体上的日期",
        "E-DATE",
    ),
    "torn_coat": Picture(lambda today: artwork.torn_coat(19), "破口特写", "E-PHOTO-DEFECT"),
    "leaking": Picture(lambda today: artwork.leaking_bottle(10), "漏液的瓶子", "E-PHOTO-DEFECT"),
    "pan": Picture(lambda today: artwork.stained_pan(16), "涂层起皮生锈", "E-PHOTO-DEFECT"),
    "cracked_screen": Picture(
        lambda today: artwork.cracked_screen(4), "碎裂的屏幕", "E-PHOTO-DEFECT"
    ),
    "intact_box": Picture(lambda today: artwork.intact_box(9), "包裹外观", "E-PHOTO-WHOLE"),
    "bench": Picture(
        lambda today: artwork.packing_bench(
            12,
            "YT8840271955",
            datetime.combine(today - timedelta(days=8), time(10, 31, 26)),
        ),
        "打包台影像截图",
        "E-PACKVID",
    ),
    "locker": Picture(
        lambda today: artwork.delivered_locker(6, "YT8840271955"), "快递柜投递记录", "E-SIGN"
    ),
    "qc_coat": Picture(
        lambda today: artwork.qc_report(13, "女装秋冬系列", "NW2610-07"), "出厂检验报告", "E-QC"
    ),
    "qc_down": Picture(
        lambda today: artwork.qc_report(29, "女装秋冬系列", "NW2611-02"), "出厂检验报告", "E-QC"
    ),
    "qc_earphones": Picture(
        lambda today: artwork.qc_report(23, "数码产品", "XH2609-18"), "出厂检验报告", "E-QC"
    ),
    "authorisation": Picture(
        lambda today: artwork.document(
            31,
            ("品牌销售授权书", "AUTHORISATION"),
            (
                ("授权方", "NORVA（上海）服饰有限公司"),
                ("被授权方", "NORVA 轻奢女装"),
                ("授权范围", "线上零售"),
                ("有效期至", f"{today.year + 1}-12-31"),
            ),
            ("品牌管理部", "BRAND"),
        ),
        "品牌授权书",
        "E-AUTH",
    ),
}


def build_demo(progress: Callable[[str], None]) -> None:
    """Fill an empty database with the demo. Takes some seconds, most of them for drawing."""
    now = timezone.now()
    today = timezone.localdate(now)
    cast = assemble()
    progress("Drawing the photographs")
    with ThreadPoolExecutor() as pool:  # most of the drawing happens outside Python's lock
        list(pool.map(partial(drawn, today=today), PICTURES))
    list_pictures(cast, today, now)
    progress(f"Acting out {len(PLOTS)} cases")
    takes: dict[str, count[int]] = defaultdict(count)
    earlier = [plot for plot in PLOTS if plot not in JUST_RULED]
    scripts = sorted((Script(plot, cast, now, takes) for plot in earlier), key=lambda s: s.filed_at)
    for number, script in enumerate(scripts, start=1):
        script.play(number)
        if number % 20 == 0:
            progress(f"{number} of {len(scripts)} cases")
    sweep.run(now)
    judge_the_forms(cast, now)
    around.begin_a_version(cast, now)
    for number, plot in enumerate(JUST_RULED, start=len(scripts) + 1):
        Script(plot, cast, timezone.now(), takes).play(number)


def list_pictures(cast: Cast, today: date, now: datetime) -> None:
    """The main shop shows its parcels on its pages; one of them turns up among its proofs."""
    original = drawn("intact_box", today)
    digest = hashlib.sha256(original).hexdigest()
    picture = ("包装展示.jpg", digest, read_photo(original).thumbnail)
    add_listing_images(cast.shops[MAIN_SHOP], [picture], now=now)


def judge_the_forms(cast: Cast, now: datetime) -> None:
    """Two reports on one form look alike; the arbitrator has already said that it means nothing."""
    holder = cast.people["arbitrator"]
    found = Match.objects.filter(exhibit__evidence_type="E-QC", exhibit__case__holder=holder)
    for match in found.select_related("exhibit__case", "other__case"):
        mark_match(
            match, by=holder, mark="coincidence", note="同一检验机构的表格，批号不同", now=now
        )


def file_clock_case(now: datetime) -> Case:
    """A fresh case against the demo merchant whose time to answer is nearly over."""
    shop = Shop.objects.get(source=SOURCE, external_id=f"shop-{MAIN_SHOP}")
    buyer = User.objects.get(username="buyer_06")
    filing = Filing(
        source=SOURCE,
        external_id=f"clock-{now.timestamp():.6f}",
        category="damaged",
        buyer=buyer,
        shop=shop,
        order_number=f"{now:%y%m%d%H%M%S%f}",
        items=[{"title": "香薰蜡烛礼盒", "kind": "", "quantity": 1, "unit_price": "128.00"}],
        paid=Decimal("128.00"),
        placed_at=now - 120 * HOUR,
        shipped_at=now - 100 * HOUR,
        delivered_at=now - 50 * HOUR,
        carrier="中通快递",
        tracking_number="ZT8840275512",
        requested_remedy="refund_only",
        requested_amount=Decimal("128.00"),
        statement="玻璃罐碎了，蜡油沾得到处都是。联系客服两天没有回复，要求全额退款。",
    )
    case = actions.file_case(filing, by=buyer, now=now)
    actions.request_intervention(case, by=buyer, now=now, window=CLOCK_CASE_WINDOW)
    return again(case)


def again(case: Case) -> Case:
    """The case as stored; after a verb the one at hand is thrown away."""
    stored: Case = Case.objects.get(pk=case.pk)
    return stored


@cache
def drawn(name: str, today: date) -> bytes:
    return PICTURES[name].draw(today)


def taken_again(original: bytes, take: int) -> bytes:
    """The n-th photo of the same thing, each held more askew and nearer, so that no two are one picture."""
    image = Image.open(BytesIO(original)).convert("RGB")
    tilt = 4 + 5 * (take // 2)
    image = image.rotate(tilt if take % 2 else -tilt, Image.Resampling.BILINEAR)
    # Far enough in that no corner turned in from outside shows.
    share = 0.82 - tilt * 0.012
    left, top = (1 - share) * (0.3 + take % 3 * 0.2), (1 - share) * (0.7 - take % 2 * 0.4)
    width, height = image.size
    image = image.crop((width * left, height * top, width * (left + share), height * (top + share)))
    return jpeg(ImageEnhance.Brightness(image).enhance(0.92 + take % 9 * 0.02))


def dated(original: bytes, at: datetime) -> bytes:
    """The same JPEG with the time a camera would write, in Beijing and without a zone."""
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = f"{timezone.localtime(at):%Y:%m:%d %H:%M:%S}"
    written = exif.tobytes()
    return (
        original[:2] + b"\xff\xe1" + (len(written) + 2).to_bytes(2, "big") + written + original[2:]
    )


def passed_off(original: bytes) -> bytes:
    """The same photo once more, mirrored and saved anew, as one who uses it twice would send it."""
    return jpeg(ImageOps.mirror(Image.open(BytesIO(original))).resize((960, 720)))


def opening_of(now: datetime, used: timedelta, hours: WorkingHours) -> datetime:
    """When a clock of the desk began of which so much is used now."""
    early, late = now - 30 * timedelta(days=1), now
    while late - early > SECOND:
        middle = early + (late - early) / 2
        if calendar.spent(middle, now, working=hours) >= used:
            early = middle
        else:
            late = middle
    return early


class Script:
    """One plot with its instants, worked out backwards from what its clock shows at `now`."""

    case: Case

    def __init__(self, plot: Plot, cast: Cast, now: datetime, takes: dict[str, count[int]]) -> None:
        self.plot, self.cast, self.now, self.takes = plot, cast, now, takes
        self.book = rulebook.load()
        self.rule = self.book.rule_for(plot.category)
        self.grace = timedelta(minutes=self.book.windows.upload_grace_minutes)
        self.response = timedelta(hours=self.rule.response_hours or 24)
        self.buyer = cast.people[plot.buyer]
        self.shop = cast.shops[plot.shop]
        self.owner = cast.owners[plot.shop]
        self._work_out()

    def _work_out(self) -> None:
        plot, hours = self.plot, timedelta(hours=self.plot.hours)
        windows = self.book.windows
        appeal = timedelta(days=windows.appeal_days)
        target = timedelta(hours=windows.ruling_target_hours[self.rule.complexity])
        desk = desk_hours(windows.desk_opens_hour, windows.desk_closes_hour)
        self.ended_at = self.now - hours
        self.appealed_at = self.ended_at
        if plot.state == State.NEGOTIATING:
            self.filed_at = self.now - hours
            return
        if plot.state == State.AWAITING_MERCHANT:
            self.intervened_at = self.now - self.response + hours
        else:
            if plot.state in JUST_ANSWERED:
                # The desk works half the day: a plot's hours are hours of the day.
                self.answered_at = opening_of(self.now, target - hours / 2, desk)
            elif plot.state == State.AWAITING_EVIDENCE:
                supplement = timedelta(hours=self.rule.supplement_hours)
                self.asked_at = self.now - supplement + hours
                self.answered_at = self.asked_at - target * 0.4
            elif plot.state == State.MEDIATING:
                self.ruled_at = self.now - timedelta(hours=windows.offer_hours) + hours
                self.answered_at = self.ruled_at - target * 0.4
            elif plot.state == State.AWAITING_APPROVAL:
                self.ruled_at = self.ended_at + HOUR
                self.answered_at = self.ruled_at - target * 0.6
            elif plot.state == State.APPEALED:
                self.ruled_at = self.appealed_at - 26 * HOUR
                self.answered_at = self.ruled_at - target * 0.6
            elif plot.state == State.RULED:
                self.ruled_at = self.now - appeal + hours
                self.answered_at = self.ruled_at - (
                    target * 0.6 if plot.verdict else self.grace + SECOND
                )
            elif plot.verdict:
                self.final_at = (
                    self.now - hours - (14 * HOUR if plot.state == State.CLOSED else timedelta())
                )
                hold = timedelta(seconds=windows.hold_seconds)
                self.ruled_at = self.final_at - appeal - hold - SECOND
                self.answered_at = self.ruled_at - target * 0.6
            else:
                self.answered_at = self.ended_at - (
                    9 * HOUR if plot.state == State.CLOSED else timedelta()
                )
            share = 1.0 if plot.silent else 0.45
            self.intervened_at = self.answered_at - self.response * share
            if plot.silent:
                self.intervened_at -= SECOND
        self.filed_at = self.intervened_at - 3 * HOUR

    def play(self, number: int) -> None:
        """Act the plot out to its state."""
        self.number = number
        self._file(number)
        state = self.plot.state
        if state == State.NEGOTIATING:
            half_way = self.filed_at + (self.now - self.filed_at) / 2
            around.offer(self.case, self.plot, actions.offer, self.owner, half_way)
            return
        self._step(actions.request_intervention, by=self.buyer, now=self.intervened_at)
        if state == State.AWAITING_MERCHANT:
            return
        if state in (State.WITHDRAWN, State.REJECTED):
            self._end_early()
        elif self.plot.verdict is None and state in (State.EXECUTING, State.CLOSED):
            self._step(actions.concede, by=self.owner, now=self.answered_at)
        else:
            self._answer()
            self._hear()
        if state == State.CLOSED and self.case.state != State.CLOSED:
            self._carry_out()
        if state == State.EXECUTING:
            self._half_way()
        cashier.relay(self.ended_at)

    def _carry_out(self) -> None:
        """All that was decided, spread over the last hours before the case closed."""
        if self.plot.carried == "advanced":
            self._paid_first()
            return
        began = self.case.deadlines.order_by("-opened_at")[0].opened_at
        at = [began + (self.ended_at - began) * part / 4 for part in range(1, 4)]
        if self.case.owes_return:
            self._step(actions.give_address, by=self.owner, address=WAREHOUSE, now=at[0])
            self._step(actions.send_return, by=self.buyer, **PARCEL, now=at[1])
            self._step(actions.confirm_receipt, by=self.owner, now=at[2])
        self._step(actions.refund, by=self.owner, now=self.ended_at)
        cashier.relay(self.ended_at)
        self.case = again(self.case)

    def _paid_first(self) -> None:
        """The merchant let its time pass, and has repaid a part since."""
        late = self.case.deadlines.running().earliest("due_at").due_at + SECOND
        sweep.run(late)
        cashier.relay(late)
        self.case = again(self.case)
        booked = self.case.recoveries.get()
        supervisor = self.cast.people["supervisor"]
        actions.repay(
            booked,
            by=supervisor,
            amount=booked.amount / 4,
            reference="TT-0071-2206",
            now=late + 20 * HOUR,
        )

    def _half_way(self) -> None:
        """As far as the plot says: the goods under way back, or a payment that fails."""
        plot, at = self.plot, self.ended_at
        if plot.carried == "sent_back":
            self._step(actions.give_address, by=self.owner, address=WAREHOUSE, now=at)
            self._step(actions.send_return, by=self.buyer, **PARCEL, now=at + HOUR)
        elif plot.carried == "failed":
            self._step(actions.refund, by=self.owner, now=at)
            cashier.relay(at + SECOND, through=Simulator(Mood.REFUSES))

    def _step(self, verb: Callable[..., object], **facts: object) -> None:
        verb(self.case, **facts)
        self.case = again(self.case)

    def _end_early(self) -> None:
        plot = self.plot
        if plot.state == State.WITHDRAWN:
            self._step(actions.withdraw, by=self.buyer, reason=plot.reason, now=self.ended_at)
            return
        holder = self.cast.people[plot.holder]
        self._step(actions.reject, by=holder, reason=plot.reason, note="", now=self.ended_at)

    def _answer(self) -> None:
        if self.plot.silent:
            sweep.run(self.answered_at)
            self.case = again(self.case)
            return
        for name in self.plot.replies:
            self._photo(name, self.owner, self.answered_at - SECOND * 240)
        if self.plot.has_counter_chat:
            self._counter_chat(self.number)
        self._step(actions.respond, by=self.owner, text=self.plot.answer, now=self.answered_at)

    def _hear(self) -> None:
        plot = self.plot
        if plot.state == State.QUEUED:
            return
        if plot.state == State.RULED and plot.verdict is None:
            sweep.run(self.ruled_at)
            self.case = again(self.case)
            return
        holder = self.cast.people[plot.holder]
        upto = {
            State.REVIEWING: self.now,
            State.AWAITING_EVIDENCE: getattr(self, "asked_at", self.now),
        }.get(plot.state) or self.ruled_at
        claimed_at = self.answered_at + (upto - self.answered_at) * 0.3
        self._step(actions.claim, by=holder, now=claimed_at)
        if plot.state == State.AWAITING_EVIDENCE:
            side, types, note = plot.asks
            self._step(
                actions.request_evidence,
                by=holder,
                sides=(side,),
                evidence_types=types,
                note=note,
                now=self.asked_at,
            )
        if plot.state == State.MEDIATING:
            around.offer(self.case, plot, actions.propose, holder, self.ruled_at)
        around.question_the_rules(self.case, plot, holder, claimed_at + (upto - claimed_at) / 2)
        if plot.verdict:
            self._rule(holder)
        if plot.verdict and plot.state != State.AWAITING_APPROVAL:
            self._after_the_ruling(holder)

    def _after_the_ruling(self, holder: User) -> None:
        around.propose_points(self.case, self.plot, holder, self.ruled_at + HOUR / 4)
        self.case = again(self.case)
        if self.plot.state == State.RULED:
            return
        if self.plot.state == State.APPEALED:
            parties: dict[str, User] = {Side.BUYER: self.buyer, Side.MERCHANT: self.owner}
            around.appeal(self.case, self.plot, parties, self.appealed_at)
            return
        around.approve_points(self.case, self.cast, self.ruled_at + 20 * HOUR)
        sweep.run(self.final_at)
        self.case = again(self.case)

    def _rule(self, holder: User) -> None:
        """Where two people must look, a senior lets it out who did not write it."""
        draft = self._draft()
        if not second_look(self.case, draft):
            self._step(actions.issue_ruling, by=holder, draft=draft, now=self.ruled_at)
            return
        sent_at = self.ruled_at - HOUR
        self._step(actions.submit_for_approval, by=holder, draft=draft, now=sent_at)
        if self.plot.state == State.AWAITING_APPROVAL:
            return
        [waiting] = self.case.submissions.filter(decided_at=None)
        seniors = (self.cast.people[name] for name in ("senior", "zheng_wan"))
        approver = next(each for each in seniors if each != holder)
        self._step(actions.approve, by=approver, content=waiting.content_hash, now=self.ruled_at)

    def _draft(self) -> RulingDraft:
        verdict = self.plot.verdict
        assert verdict is not None  # noqa: S101 (asked by the caller)
        return RulingDraft(
            outcome=verdict.outcome,
            remedies=(verdict.remedy,),
            amount=Decimal(verdict.amount),
            freight=verdict.freight,
            freight_reason="" if verdict.freight == self.rule.freight else FREIGHT_REASON,
            findings=tuple(
                Finding(text, self.rule.code, citations) for text, citations in verdict.findings
            ),
            reasons=verdict.reasons,
        )

    def _file(self, number: int) -> None:
        plot = self.plot
        carrier, letters = CARRIERS[number % len(CARRIERS)]
        talk = dialogue(plot.category)[-1].at if plot.has_chat else timedelta()
        delivered_at = self.filed_at - talk - 4 * HOUR
        arrived = plot.category not in NEVER_ARRIVED
        filing = Filing(
            source=SOURCE,
            external_id=f"dispute-{number:04d}",
            category=plot.category,
            buyer=self.buyer,
            shop=self.shop,
            order_number=f"{delivered_at:%y%m%d}{number * 7919 % 10**8:08d}",
            items=[{"title": plot.title, "kind": "", "quantity": 1, "unit_price": plot.paid}],
            paid=Decimal(plot.paid),
            placed_at=delivered_at - 76 * HOUR,
            shipped_at=None if plot.category == "late_shipping" else delivered_at - 50 * HOUR,
            delivered_at=delivered_at if arrived else None,
            carrier=carrier,
            tracking_number=f"{letters}{number * 104729 % 10**10:010d}",
            scans=[
                {"at": (delivered_at - hours * HOUR).isoformat(), "words": words}
                for hours, words in PARCELS_WAY
            ]
            if arrived and plot.category != "late_shipping"
            else [],
            requested_remedy=plot.remedy,
            requested_amount=Decimal(plot.asked),
            statement=plot.statement,
        )
        self.case = actions.file_case(filing, by=self.buyer, now=self.filed_at)
        for name in plot.photos:
            self._photo(name, self.buyer, self.filed_at + SECOND * 90)
        if plot.has_chat:
            self._chat(number, self.filed_at - talk - HOUR)

    def _photo(self, name: str, by: User, at: datetime) -> None:
        """Send a picture: a take of its own, `name=` the picture as drawn, `name~` that one passed off."""
        known = name.rstrip("=~")
        take = next(self.takes[known])
        picture = PICTURES[known]
        original = drawn(known, today=timezone.localdate(self.now))
        if name.endswith("~"):
            original = passed_off(original)
        elif not name.endswith("="):
            original = taken_again(original, take)
        submission = Submission(
            dated(original, self._taken(picture, by, at)),
            f"IMG_{at:%Y%m%d}_{at:%H%M}{take % 60:02d}.jpg",
            claimed_type="image/jpeg",
            evidence_type=picture.evidence_type,
            caption=picture.caption,
        )
        submit_exhibit(self.case, submission, by=by, now=at)

    def _taken(self, picture: Picture, by: User, at: datetime) -> datetime:
        """When the camera says: a buyer's photo before it is sent, packing before it is picked up."""
        shipped = self.case.shipped_at
        if picture.evidence_type == "E-PACKVID" and shipped:
            return shipped + (HOUR * 26 if self.plot.packs_late else -2 * HOUR)
        return at - HOUR / 2

    def _counter_chat(self, number: int) -> None:
        """The merchant's own log of the conversation, with one answer in other words and one line left out."""
        talk = dialogue(self.plot.category)[-1].at
        said = spoken(
            self.plot.category,
            began_at=self.filed_at - talk - HOUR,
            buyer=str(self.buyer),
            shop=self.shop.name,
        )
        answers = [place for place, line in enumerate(said) if line.side == "merchant"]
        said[answers[-1]] = replace(said[answers[-1]], text="亲，已经为您加急登记，请耐心等待哦。")
        del said[answers[-2]]
        submission = Submission(
            EXPORTS[number % len(EXPORTS)][1](said),
            "店铺聊天记录.txt",
            kind="chat_log",
            evidence_type="E-CHAT",
            caption="店铺导出的聊天记录",
            is_confirmed=True,
        )
        submit_exhibit(self.case, submission, by=self.owner, now=self.answered_at - SECOND * 120)

    def _chat(self, number: int, began_at: datetime) -> None:
        name, write = EXPORTS[number % len(EXPORTS)]
        said = spoken(
            self.plot.category,
            began_at=began_at,
            buyer=str(self.buyer),
            shop=self.shop.name,
        )
        submission = Submission(
            write(said),
            name,
            evidence_type="E-CHAT",
            caption="与商家的聊天记录",
            is_confirmed=True,
        )
        submit_exhibit(self.case, submission, by=self.buyer, side=Side.BUYER, now=self.filed_at)
