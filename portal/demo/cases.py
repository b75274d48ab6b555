"""The demo's disputes as data: what was bought, what went wrong, how far the case has come."""

from __future__ import annotations

from dataclasses import dataclass

from cases.lifecycle import Side, State
from portal.demo.cast import MAIN_BUYER, MAIN_SHOP


@dataclass(frozen=True)
class Verdict:
    """A ruling; each finding is its text and the exhibits and messages it rests on."""

    outcome: str
    remedy: str
    amount: str
    freight: str
    findings: tuple[tuple[str, tuple[str, ...]], ...]
    reasons: str


@dataclass(frozen=True)
class Plot:
    """One dispute. `hours` is what is left on the clock that runs (negative when late), and in the other
    states how long ago the last step was. `photos` and `replies` name pictures, `=` and `~` the very same
    one used in several cases (see `Script._photo`). A silent merchant's case that is ruled without a
    verdict is ruled by the clock."""

    category: str
    buyer: str
    shop: str
    title: str
    paid: str
    asked: str
    remedy: str
    state: State
    hours: float
    statement: str
    answer: str = ""
    photos: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    holder: str = ""
    silent: bool = False  # the merchant let its time to answer pass
    asks: tuple[str, tuple[str, ...], str] = ("", (), "")  # side, evidence types, note
    verdict: Verdict | None = None
    reason: str = ""  # why not accepted (a code), or why withdrawn (words)
    has_chat: bool = True
    has_counter_chat: bool = False  # the merchant sends its own log, in which two places differ
    carried: str = ""  # how far it is carried out: sent_back, failed (a payment), advanced
    packs_late: bool = False  # the photo of the packing was taken after the parcel had left
    offer: tuple[str, str, str] = ("", "", "")  # remedy, amount, note; the holder's while mediating
    appeal: tuple[str, str, str] = (
        "",
        "",
        "",
    )  # side, ground, text; heard unless the other side has time left
    answer_to_appeal: str = ""
    points: tuple[str, int, str] = ("", 0, "")  # proposed with the ruling: kind, points, reason
    gap: str = ""  # what the rules have no answer to
    beyond: tuple[str, str] = ("", "")  # a remedy outside the rule that is asked for, and why


NEGOTIATING = (
    Plot(
        "price_protection", MAIN_BUYER, "xinghe", "智能手表 GPS 版", "1299.00", "200.00",
        "partial_refund", State.NEGOTIATING, 5,
        "以 1299 元下单，五天后降到 1099 元，页面写明 15 天价保。客服只肯送优惠券，请退还差价 200 元。",
        photos=("order",), offer=("RM-DIFF", "120.00", "活动价含店铺券，券的部分不参加价保，愿退差价 120 元。"),
    ),
    Plot(
        "service", "高志远", "yinpin", "家用空气炸锅 4.5L", "269.00", "30.00",
        "compensation", State.NEGOTIATING, 20,
        "问盖子怎么拆，隔了一天才回，还说“看不懂就别买”“穷讲究”。要求道歉并适当补偿。",
    ),
    Plot(
        "quality", "罗佳琪", MAIN_SHOP, "亚麻四件套 1.8 米床", "328.00", "328.00",
        "return_refund", State.NEGOTIATING, 30,
        "下水一次就缩了一圈，被套套不进被子。商家说是正常缩水，可页面写的是“预缩处理”。",
        photos=("order",), has_chat=False,
    ),
)  # fmt: skip

AWAITING_MERCHANT = (
    Plot(
        "damaged", "张晓雨", MAIN_SHOP, "手作青瓷马克杯 两只装", "168.00", "168.00",
        "refund_only", State.AWAITING_MERCHANT, 0.7,
        "外箱一个角被压穿，两只杯子碎了一只，另一只杯口有裂。商家只肯给 10 元券，让我找快递公司。要求全额退款。",
        photos=("crushed_box", "broken_cup", "waybill"),
    ),
    Plot(
        "missing_parts", "李嘉怡", MAIN_SHOP, "落地置物架 四层", "239.00", "60.00",
        "partial_refund", State.AWAITING_MERCHANT, 7.5,
        "少了两个支架和一包膨胀管，架子装不起来。补寄还要我付 25 元。我自己配齐花了 60 元，请退给我。",
        photos=("missing_parts",),
    ),
    Plot(
        "wrong_item", MAIN_BUYER, MAIN_SHOP, "遮光窗帘 曜石黑 一对", "198.00", "198.00",
        "return_refund", State.AWAITING_MERCHANT, 39,
        "订的是曜石黑，寄来的是米色。商家让我垫付退货运费。错在商家，要求退货退款，运费由商家出。",
        photos=("colour_pair", "order"),
    ),
    Plot(
        "fresh", "刘思远", "shanye", "赣南脐橙 10 斤装", "89.00", "30.00",
        "partial_refund", State.AWAITING_MERCHANT, 0.4,
        "24 个橙子烂了 6 个，还有几个发软，坏的称了三斤多。商家只肯赔 12 元。",
        photos=("oranges", "weight"),
    ),
    Plot(
        "counterfeit", "陈子墨", "norva", "羊绒混纺大衣", "2680.00", "2680.00",
        "return_refund", State.AWAITING_MERCHANT, 52,
        "领标字母歪斜，“MADE IN ITALY”印错了两个字母，专柜查不到吊牌编码。商家拒绝出示授权书和进货单。",
        photos=("fake_label",),
    ),
    Plot(
        "not_as_described", "杨帆", "mianmian", "重磅纯棉短袖 L 码", "79.00", "79.00",
        "return_refund", State.AWAITING_MERCHANT, 18,
        "尺码表写胸围 104 厘米，平铺量出来只有 95 厘米。商家说尺码表仅供参考，还要我出运费。",
        photos=("ruler",),
    ),
    Plot(
        "invoice", "黄蕾", "xinghe", "27 寸显示器", "1599.00", "0.00",
        "fulfilment", State.AWAITING_MERCHANT, 3.2,
        "要了发票，商家先说月底统一开，月底又说开票要加 6 个点。请按实付金额开具发票。",
    ),
    Plot(
        "cold_chain", "周子轩", "haiwei", "冷冻大虾 3 斤装", "188.00", "188.00",
        "refund_only", State.AWAITING_MERCHANT, 11,
        "路上走了 61 个小时，收到时冰袋全化，虾已经软了有味道，温度计量出 9.4 度。",
        photos=("thawed",),
    ),
    Plot(
        "extortion", "邓伟", "yinpin", "桌面蓝牙音箱", "159.00", "0.00",
        "refund_only", State.AWAITING_MERCHANT, 60,
        "商家说我拿差评要挟他，把售后关了。我只是说了句气话，没有真要钱，请平台看聊天记录判断。",
    ),
)  # fmt: skip

QUEUED = (
    Plot(
        "not_received", "吴静怡", MAIN_SHOP, "陶瓷花瓶 三件套", "156.00", "156.00",
        "refund_only", State.QUEUED, 21,
        "物流显示签收，但家里、门卫、驿站都没有，也没有取件码短信。商家拿不出签收底单，又不肯退款。",
        "该件已投递至智能快递柜，系统显示凭码取出，附柜机照片。取件码短信由快递公司发送，买家可自行核对手机拦截记录。",
        replies=("locker",),
    ),
    Plot(
        "expired", "徐文博", "zaochen", "小粒速溶咖啡 40 条", "39.90", "39.90",
        "compensation", State.QUEUED, -2.6,
        "收到的咖啡已经过期八个月，喝了两包才看到日期。要求退款并按规定赔偿。",
        "仓库新人拿错了货位，我们愿意全额退款并补发一盒，但请求不作为恶意售卖处理。",
        photos=("expired_label",),
    ),
    Plot(
        "near_expiry", "孙雅婷", "ziying", "纯牛奶 250ml 24 盒", "69.90", "35.00",
        "partial_refund", State.QUEUED, 0.8,
        "到手只剩九天保质期，一整箱 24 盒，标题和详情页都没写临期。要求退一半。",
        "商品在保质期内，价格为清仓价，不属于未告知。",
        photos=("milk_label",),
    ),
    Plot(
        "lost_in_transit", "马超", "mianmian", "加绒卫衣 两件", "178.00", "178.00",
        "refund_only", State.QUEUED, 2.5,
        "包裹停在武汉转运中心已经八天，商家一直说催件，又不肯退款，说要等快递退回仓库。",
        "已多次催促承运商，尚未收到丢件确认，请求再等三天。",
    ),
    Plot(
        "late_shipping", "朱琳", "mujiang", "实木双人床", "2459.00", "2459.00",
        "refund_only", State.QUEUED, 6,
        "承诺 48 小时发货，六天只有单号没有揽收，是虚假发货。要求退款。",
        silent=True,
    ),
    Plot(
        "quality", "胡一鸣", "norva", "短款羽绒服", "399.00", "399.00",
        "return_refund", State.QUEUED, 33,
        "穿一次腋下就开线，羽绒往外跑。断口在针脚处，不是勾破的。商家只肯补 20 元让我自己缝。",
        "出厂检验合格，照片显示破口边缘不规则，符合外力勾破的特征，不属于质量问题。",
        photos=("torn_coat",), replies=("qc_down=",),
    ),
    Plot(
        "freight", "郭欣然", MAIN_SHOP, "记忆棉枕头", "129.00", "28.00",
        "partial_refund", State.RULED, 130,
        "换货时客服答应运费“凭凭证全报”，我垫了 28 元，现在只肯报 12 元。",
        silent=True,
    ),
    Plot(
        "promise_broken", "何雨桐", "yinpin", "不粘炒锅套装", "329.00", "89.00",
        "compensation", State.QUEUED, 27,
        "页面写送刀具三件套，下单前客服也说“现在拍都送”，收到后没有赠品。没货请按标价 89 元折现。",
        "赠品数量有限，页面已注明送完即止。该客服已离职，口头承诺不代表店铺。",
        photos=("order",),
    ),
    Plot(
        "review_fraud", "宋佳宁", "caomu", "氨基酸洗面奶", "59.00", "0.00",
        "fulfilment", State.QUEUED, 88,
        "我如实写了差评，客服先返现 30、50 元要我删，之后连打三天电话，还暗示知道我的地址。请平台处理。",
        silent=True,
    ),
    Plot(
        "buyer_abuse", "韩冬", "mianmian", "纯色打底衫", "49.00", "49.00",
        "refund_only", State.QUEUED, 70,
        "衣服起球，申请仅退款。商家说我恶意退款把售后冻结了，我不同意。",
        "该买家本月在本店第六次申请仅退款，每次都在签收当天提出，本次照片与上次为同一张。请平台核实。",
        photos=("torn_coat",),
    ),
    Plot(
        "damaged", "唐诗涵", "caomu", "草本洗发露 500ml 两瓶", "98.00", "98.00",
        "refund_only", State.QUEUED, 12,
        "瓶盖没拧紧，一瓶漏掉大半，另一瓶外面也全是。纸箱都泡烂了。",
        "发货前均有瓶口封膜，运输颠簸属承运商责任，愿意补发一瓶。",
        photos=("leaking",), replies=("bench",),
    ),
    Plot(
        "non_cooperation", "许可欣", "xiaobei", "儿童连体羽绒服", "219.00", "0.00",
        "fulfilment", State.QUEUED, 16,
        "前一个案件里商家一直没有交检测报告，期限过了也没有任何说明。",
        silent=True,
    ),
    Plot(
        "refused_delivery", "冯雪", "zaochen", "手冲咖啡壶套装", "239.00", "239.00",
        "refund_only", State.QUEUED, 9,
        "纸箱湿透，快递员在场我拒收了。商家收到退件后要从货款里扣 36 元来回运费。",
        "包装符合标准，雨天淋湿系承运商原因，运费已实际产生，应由拒收方承担。",
        photos=("crushed_box=",),
    ),
)  # fmt: skip

REVIEWING = (
    Plot(
        "damaged", "梁晨", MAIN_SHOP, "玻璃凉水壶 2L", "118.00", "118.00",
        "refund_only", State.REVIEWING, 0.6,
        "快递箱一角塌了，壶身裂成几块。拍了外箱、面单和碎片，商家说出库时完好，不肯退。",
        "出库有打包录像截图，内衬三层气泡膜，外箱贴有易碎标识。请买家向承运商索赔。",
        photos=("crushed_box~", "broken_cup"), replies=("bench", "intact_box="),
        holder="arbitrator", has_counter_chat=True, packs_late=True,
    ),
    Plot(
        "not_as_described", "许可欣", "norva", "圆领毛衣 酒红", "159.00", "159.00",
        "return_refund", State.REVIEWING, 20,
        "页面是酒红色，收到的是豆沙粉，差得不是一点。商家说是显示器色差。",
        "页面已注明因光线与屏幕不同可能存在色差，请以实物为准。",
        photos=("colour_pair",), replies=("qc_coat=",), holder="arbitrator",
        gap="色差到什么程度算与描述不符，规则没有可以量的标准。",
        beyond=("RM-FULL", "毛衣已剪标试穿，退回没有价值；色差明显，建议无需退货直接退款。"),
    ),
    Plot(
        "hidden_defect", "陈子墨", "xinghe", "降噪蓝牙耳机 Pro", "699.00", "699.00",
        "exchange", State.REVIEWING, 71,
        "用了十二天左耳无声。寄回后商家说进液，要收 129 元维修费，又不给检测报告。",
        "检测发现主板有进液痕迹，不在保修范围，维修需付费。",
        photos=("order",), replies=("qc_earphones",), holder="liu_yang",
    ),
    Plot(
        "counterfeit", "杨帆", "norva", "真丝印花连衣裙", "1280.00", "1280.00",
        "return_refund", State.REVIEWING, 50,
        "缝线歪斜、领标印错字母，怀疑是仿冒。请商家出示从品牌方到店铺的完整凭证。",
        "本店商品均由品牌授权渠道购入，附授权文件。",
        photos=("fake_label", "waybill"), replies=("authorisation",), holder="senior",
    ),
    Plot(
        "seven_day_return", "黄蕾", "xinghe", "机械键盘 87 键", "469.00", "469.00",
        "return_refund", State.REVIEWING, -1.3,
        "手感不适应，签收第二天申请七天无理由，配件包装都齐。商家说拆封了不支持，或者扣 20% 折旧费。",
        "商品已拆封通电，影响二次销售，应当扣除折旧。",
        photos=("intact_box",), holder="zhao_qian",
    ),
    Plot(
        "false_advertising", "朱琳", "caomu", "亮肤精华 30ml", "268.00", "268.00",
        "compensation", State.REVIEWING, 3.1,
        "页面宣传“28 天淡斑 90%”，用完一整瓶毫无变化。查了备案只是普通保湿精华，商家随后改了页面。",
        "宣传数据来自品牌实验室，个体效果有差异，页面已注明。",
        photos=("order",), holder="sun_haoran",
    ),
    Plot(
        "forged_evidence", "邓伟", "mujiang", "实木餐椅 两把", "560.00", "560.00",
        "refund_only", State.REVIEWING, 64,
        "商家交的签收底单日期写的是 11 月 31 日，签名不是我的，请平台鉴别。",
        "底单由承运商提供，本店无从伪造。",
        photos=("waybill",), replies=("locker",), holder="zheng_wan",
    ),
    Plot(
        "return_not_refunded", "罗佳琪", "xiaobei", "儿童安全座椅", "2139.00", "2139.00",
        "refund_only", State.REVIEWING, 8,
        "退货签收十天了还不退款，一会儿说质检，一会儿说财务盘点。",
        photos=("waybill",), holder="liu_yang", silent=True,
    ),
)  # fmt: skip

AWAITING_EVIDENCE = (
    Plot(
        "not_received", MAIN_BUYER, "haiwei", "即食海参 10 只", "468.00", "468.00",
        "refund_only", State.AWAITING_EVIDENCE, 31,
        "物流写已签收，签收人是“门卫”，可我们小区没有门卫。快递员也说记不清了。",
        "承运商反馈由物业代收，签收成功，请买家与物业核实。",
        replies=("locker",), holder="arbitrator",
        asks=(Side.BUYER, ("E-STMT",), "请说明当天家中是否有人、小区如何收发包裹；物业如能出具说明请一并提交。"),
    ),
    Plot(
        "quality", "高志远", MAIN_SHOP, "不粘平底锅 28cm", "149.00", "149.00",
        "return_refund", State.AWAITING_EVIDENCE, 5,
        "用了三次涂层就起皮，底下生锈。一直用木铲小火，没有用过钢丝球。",
        "锅具正常使用不会起皮，怀疑干烧或使用了金属铲。",
        photos=("pan",), holder="liu_yang",
        asks=(Side.MERCHANT, ("E-QC", "E-CERT"), "请提交本批次锅具的质检报告或合格证明，批次号须与所售商品一致。"),
    ),
    Plot(
        "return_not_intact", "郭欣然", "xinghe", "半入耳式耳机", "299.00", "299.00",
        "return_refund", State.AWAITING_EVIDENCE, 26,
        "我原样寄回，寄件有一镜到底的录像。商家说序列号对不上，拒绝退款，可他们拆包没有录像。",
        "退回商品序列号尾号 2290，发出的是 7731，并非原物。",
        photos=("intact_box",), holder="zhao_qian",
        asks=(Side.MERCHANT, ("E-RETVID", "E-PACKVID"), "请提交发货时序列号的记录与退货拆包的影像。"),
    ),
    Plot(
        "cold_chain", "马超", "haiwei", "东海带鱼段 5 斤", "128.00", "128.00",
        "refund_only", State.AWAITING_EVIDENCE, 0.7,
        "泡沫箱里没有一块冰，鱼已经有异味，全部扔了。",
        "全程冷链发运，化冻系买家未及时取件。",
        photos=("thawed",), holder="sun_haoran",
        asks=(Side.MERCHANT, ("E-TEMP", "E-LOGI"), "请提交从出库到签收的温度记录。"),
    ),
)  # fmt: skip

AT_THE_TABLE = (
    Plot(
        "missing_parts", MAIN_BUYER, MAIN_SHOP, "北欧实木书架 五层", "459.00", "180.00",
        "partial_refund", State.MEDIATING, 17,
        "少了两块层板和一袋五金，等了十天没有补寄，请退 180 元我自己配。",
        "层板可以补寄，但物流要一周；退款 180 元超过配件价值。",
        photos=("missing_parts",), holder="arbitrator",
        offer=("RM-PART", "120.00", "两块层板与五金的售价约 120 元，双方各退一步可以当天了结。"),
    ),
    Plot(
        "quality", "孙雅婷", "norva", "羊绒围巾", "368.00", "368.00",
        "return_refund", State.MEDIATING, 6,
        "第一次戴就掉毛，黑衣服上全是毛絮。",
        "羊绒制品初次使用掉毛属正常现象，洗护后即可改善。",
        photos=("torn_coat",), replies=("qc_down",), holder="liu_yang",
        offer=("RM-PART", "110.00", "围巾仍可使用，建议退还三成货款，商品由买家保留。"),
    ),
    Plot(
        "counterfeit", "吴静怡", "norva", "真皮单肩包", "980.00", "980.00",
        "return_refund", State.AWAITING_APPROVAL, 3,
        "五金刻字模糊，走线歪斜，专柜说没有这个编号。要求退货退款。",
        "本店货源正规，附品牌授权书，个别批次五金工艺略有差异。",
        photos=("fake_label", "waybill"), replies=("authorisation",), holder="arbitrator",
        verdict=Verdict(
            "full", "RM-RETURN", "980.00", "FR-M",
            (
                ("标牌印刷与品牌规范不符，编号无法查证。", ("E-01", "C-2")),
                ("授权书未载明该型号，不能证明本件商品的来源。", ("E-04",)),
            ),
            "商家未能证明商品来自品牌授权渠道，支持退货退款，运费由商家承担。\n"
            "The shop could not show where the bag came from; it goes back for a full refund.",
        ),
    ),
    Plot(
        "near_expiry", "梁晨", "ziying", "有机燕麦片 三袋", "96.00", "48.00",
        "partial_refund", State.AWAITING_APPROVAL, 7,
        "三袋都只剩两周到期，页面没有任何说明，吃不完只能扔。",
        "商品在保质期内，不影响食用。",
        photos=("milk_label",), holder="zhao_qian",
        verdict=Verdict(
            "part", "RM-PART", "32.00", "FR-N",
            (("包装所印日期距到货不足两周，页面未作提示。", ("E-01", "C-1")),),
            "临期商品应在购买前说明。按剩余期限内难以食用的比例退还 32 元。\n"
            "Goods near their date must be announced; a third of the price goes back.",
        ),
    ),
    Plot(
        "not_as_described", MAIN_BUYER, "mianmian", "速干运动长裤 L 码", "139.00", "139.00",
        "return_refund", State.APPEALED, 20,
        "标注 L 码腰围 82 厘米，量出来只有 74，根本穿不上。",
        "面料有弹力，平铺测量不代表可穿范围。",
        photos=("ruler",), holder="arbitrator",
        verdict=Verdict(
            "part", "RM-PART", "50.00", "FR-N",
            (("测量照片与尺码表相差 8 厘米，面料确有弹性。", ("E-01", "C-2")),),
            "尺码表未注明弹性范围，商家应承担部分责任，退还 50 元，商品由买家保留。\n"
            "The size chart does not mention stretch; part of the price goes back.",
        ),
        appeal=(Side.BUYER, "mistake", "裤子我穿不上，留着没有用。裁决没有说明为什么不能退货。"),
    ),
    Plot(
        "damaged", "徐文博", MAIN_SHOP, "落地穿衣镜", "329.00", "329.00",
        "refund_only", State.APPEALED, 30,
        "开箱镜面从左下角裂到中间，外箱同一个角有凹陷。",
        "出库前检验完好，裂纹方向像是搬动时磕碰。",
        photos=("crushed_box", "broken_cup"), replies=("bench",), holder="sun_haoran",
        verdict=Verdict(
            "full", "RM-FULL", "329.00", "FR-C",
            (("外箱凹陷与裂纹起点在同一角，破损发生在运输途中。", ("E-01", "E-02")),),
            "运输途中的风险由商家承担，支持全额退款，碎裂的镜子无需退回。\n"
            "The dent and the crack begin in one corner; the shop bears the risk of the transport.",
        ),
        appeal=(Side.MERCHANT, "new", "承运商今天回函：签收时外箱完好并有签字，凹陷是签收之后造成的。"),
        answer_to_appeal="签收时快递员没有让我开箱，只在柜机上点了确认，没有任何人检查过外箱。",
    ),
)  # fmt: skip

RULED = (
    Plot(
        "fresh", MAIN_BUYER, "shanye", "大凉山丑橘 8 斤", "76.00", "40.00",
        "partial_refund", State.RULED, 130,
        "打开箱子就有霉味，24 个里坏了 8 个，商家只认其中 3 个。",
        "坏果率在运输合理范围内，已提出赔付 6 元，买家未接受。",
        photos=("oranges", "weight"), holder="arbitrator",
        verdict=Verdict(
            "part", "RM-PART", "28.00", "FR-N",
            (
                ("整箱照片显示霉变与腐烂的果实成片出现，不是个别碰伤。", ("E-01",)),
                ("坏果称重 1830 克，约占全箱净重的三分之一。", ("E-02", "C-1")),
            ),
            "坏损占全箱约三分之一，商家未能说明“合理范围”的依据。按坏损比例退款 28 元，水果无需退回。\n"
            "About a third of the box was spoiled; the refund follows that share.",
        ),
    ),
    Plot(
        "damaged", "孙雅婷", MAIN_SHOP, "骨瓷餐具 16 头", "358.00", "358.00",
        "refund_only", State.RULED, 20,
        "16 件里碎了 5 件，外箱被压扁一角。商家让我找快递。",
        "打包影像显示发货时完好，应由承运商负责。",
        photos=("crushed_box", "broken_cup"), replies=("bench",), holder="arbitrator",
        verdict=Verdict(
            "part", "RM-PART", "120.00", "FR-M",
            (
                ("外箱受压变形，破损发生在签收之前。", ("E-01", "E-02")),
                ("商家的打包影像只说明出库时完好，不能免除交付前的责任。", ("E-04",)),
            ),
            "运输途中的风险由商家承担。16 件中破损 5 件，其余完好可用，按比例退还 120 元。\n"
            "The merchant bears the risk until delivery; five of sixteen pieces were broken.",
        ),
    ),
    Plot(
        "not_as_described", "吴静怡", "mianmian", "重磅纯棉短袖 XL 码", "79.00", "79.00",
        "return_refund", State.RULED, 75,
        "尺码表与实物差 9 厘米，拿尺子量的照片在附件里。",
        "手工测量存在误差，尺码不合适属个人原因。",
        photos=("ruler",), holder="zhao_qian",
        verdict=Verdict(
            "full", "RM-RETURN", "79.00", "FR-M",
            (("测量照片中刻度清楚，胸围与尺码表相差 9 厘米，超出页面自述的 1 至 3 厘米误差。", ("E-01", "C-2")),),
            "实物与页面尺码表不符，支持退货退款，退货运费由商家承担。\n"
            "The measured width is far outside the tolerance stated on the page.",
        ),
    ),
    Plot(
        "promise_broken", "徐文博", "yinpin", "电动牙刷礼盒", "259.00", "80.00",
        "compensation", State.RULED, 160,
        "页面写送替换刷头四支，收到没有，客服说送完了。",
        "赠品先到先得，送完即止。",
        photos=("order",), holder="liu_yang",
        verdict=Verdict(
            "part", "RM-COMP", "50.00", "FR-N",
            (("客服在成交前明确答应赠送，且未提及数量限制。", ("C-3",)),),
            "客服的答复构成承诺，对店铺有约束力。赠品已无法补寄，按其市场价酌情补偿 50 元。\n"
            "What staff promised in chat binds the shop.",
        ),
        points=("general", 4, "成交前明确承诺的赠品未寄，也未主动补偿。"),
    ),
)  # fmt: skip

# Ruled at the very end of the building, so that for a minute it can still be taken back.
JUST_RULED = (
    Plot(
        "freight", "何雨桐", MAIN_SHOP, "折叠晾衣架", "89.00", "18.00",
        "partial_refund", State.RULED, 168,
        "退换时客服答应承担 18 元运费，换完就不认了。",
        "运费承担仅限质量问题，本次换货属个人原因。",
        photos=("order",), holder="arbitrator",
        verdict=Verdict(
            "full", "RM-FRT", "18.00", "FR-N",
            (("客服在换货前明确答应承担运费。", ("C-3",)),),
            "客服的答复对店铺有约束力，18 元运费由商家承担。\n"
            "What staff promised in chat binds the shop.",
        ),
    ),
)  # fmt: skip

CARRIED_OUT = (
    Plot(
        "wrong_item", "朱琳", MAIN_SHOP, "羊毛地毯 灰色 1.6 米", "289.00", "289.00",
        "return_refund", State.EXECUTING, 9,
        "订灰色来了驼色，请退货退款。",
        photos=("colour_pair",),
    ),
    Plot(
        "lost_in_transit", "黄蕾", "mianmian", "男士保暖内衣套装", "109.00", "109.00",
        "refund_only", State.EXECUTING, 15,
        "十天没有物流更新，应该是丢件了。",
        "已联系承运商，尚在查找。",
        holder="liu_yang",
        verdict=Verdict(
            "full", "RM-FULL", "109.00", "FR-N",
            (("包裹十天前起再无流转记录，商家多次答复催件而无结果。", ("C-1", "C-8")),),
            "物流长期停滞，视为丢失，商家应全额退款后向承运商追偿。\nThe parcel counts as lost.",
        ),
        carried="failed",
    ),
    Plot(
        "late_shipping", "刘思远", "mujiang", "松木书架", "329.00", "329.00",
        "refund_only", State.EXECUTING, 3,
        "四天只有单号没有揽收，不想等了。",
        has_chat=True,
    ),
    Plot(
        "damaged", MAIN_BUYER, "caomu", "玫瑰身体乳 两瓶", "88.00", "88.00",
        "refund_only", State.CLOSED, 50,
        "一瓶泵头断了，漏得到处都是。",
        "愿意补发一瓶。",
        photos=("leaking",), holder="arbitrator",
        verdict=Verdict(
            "part", "RM-PART", "44.00", "FR-N",
            (("照片显示其中一瓶泄漏，另一瓶未见破损。", ("E-01",)),),
            "两瓶中一瓶泄漏不能使用，退还一半货款 44 元。\nOne of two bottles leaked.",
        ),
        carried="advanced",
    ),
    Plot(
        "hidden_defect", "何雨桐", "yinpin", "手机 128G 蓝色", "2199.00", "2199.00",
        "return_refund", State.CLOSED, 30,
        "没有摔过，放在桌上屏幕自己裂开，还有一条亮线。",
        "屏幕破裂属人为损坏，不在保修范围。",
        photos=("cracked_screen",), replies=("qc_earphones",), holder="senior",
        verdict=Verdict(
            "none", "RM-REJECT", "0.00", "FR-B",
            (("裂纹自一点向外辐射，是外力撞击的典型形态，与自行开裂不符。", ("E-01",)),),
            "现有证据不能证明屏幕因自身缺陷破裂，对买家的诉求不予支持。如取得鉴定报告可再申请。\n"
            "The crack pattern shows an impact; the claim is dismissed.",
        ),
    ),
    Plot(
        "expired", "唐诗涵", "zaochen", "挂耳咖啡 30 包", "59.00", "59.00",
        "compensation", State.CLOSED, 100,
        "收到就是过期的，日期照片在附件。",
        "拿错货位，愿意退款。",
        photos=("expired_label",), holder="senior",
        verdict=Verdict(
            "full", "RM-FULL", "59.00", "FR-N",
            (("包装所印保质期在发货前已经届满。", ("E-01", "C-3")),),
            "出售过期食品，货款全额退还；法定赔偿可另行主张。\nThe food was past its date when shipped.",
        ),
    ),
    Plot(
        "seven_day_return", "张晓雨", "xiaobei", "婴儿推车 轻便款", "599.00", "599.00",
        "return_refund", State.CLOSED, 72,
        "太重了不适合我们家，包装没拆，申请七天无理由。",
        photos=("intact_box",),
    ),
)  # fmt: skip

PENALISED = (
    Plot(
        "false_advertising", "冯雪", MAIN_SHOP, "磁石护颈枕", "268.00", "268.00",
        "return_refund", State.CLOSED, 30,
        "页面写“三天告别颈椎病”“医院推荐”，用了一个月毫无变化，客服也拿不出依据。",
        "文案由供应商提供，现已修改。",
        photos=("order",), holder="liu_yang",
        verdict=Verdict(
            "full", "RM-RETURN", "268.00", "FR-M",
            (("页面宣称疗效与医院推荐，商家未提交任何依据。", ("E-01", "C-2")),),
            "普通日用品不得宣称疗效，宣传没有依据，支持退货退款。\n"
            "Everyday goods must not claim to heal; the claim had no basis.",
        ),
        points=("serious", 12, "以疗效与医院推荐宣传普通日用品，且拿不出依据。"),
    ),
)  # fmt: skip

ENDED_EARLY = (
    Plot(
        "freight", "陈子墨", "mujiang", "折叠餐桌", "699.00", "45.00",
        "partial_refund", State.WITHDRAWN, 26,
        "送货上门另收了 45 元，下单时说包邮。",
        reason="商家已把 45 元退给我，不再需要处理。",
    ),
    Plot(
        "service", "周子轩", "yinpin", "便携榨汁杯", "99.00", "20.00",
        "compensation", State.WITHDRAWN, 70,
        "客服三天不回消息。",
        reason="客服主管打电话道歉了。",
    ),
    Plot(
        "missing_parts", "胡一鸣", MAIN_SHOP, "北欧风台灯", "139.00", "30.00",
        "reship", State.WITHDRAWN, 44,
        "少了灯泡和说明书。",
        photos=("missing_parts",),
        reason="今天收到了补寄的灯泡。",
    ),
    Plot(
        "out_of_scope", "韩冬", "xinghe", "二手平板（微信转账）", "800.00", "800.00",
        "refund_only", State.REJECTED, 18,
        "加了卖家微信转了 800 元，没收到货。",
        holder="zhao_qian",
        reason="private_transaction",
    ),
    Plot(
        "review_fraud", "冯雪", "caomu", "保湿面膜 20 片", "79.00", "0.00",
        "fulfilment", State.REJECTED, 50,
        "客服让我删差评，同一件事我上周已经提过一次。",
        holder="liu_yang",
        reason="duplicate",
    ),
)  # fmt: skip

MORE = (
    Plot(
        "fresh", "邓伟", "shanye", "阳光玫瑰葡萄 4 斤", "99.00", "99.00",
        "refund_only", State.AWAITING_MERCHANT, 20,
        "整箱被压得稀烂，汁水渗出纸箱，没有一串能吃。",
        photos=("leaking",), has_chat=False,
    ),
    Plot(
        "price_protection", "高志远", "xinghe", "机械硬盘 4TB", "729.00", "60.00",
        "partial_refund", State.QUEUED, 14,
        "价保期内降了 60 元，客服说直播价不算，可我看的是商品页。",
        "直播间专享价不参加价保，活动页已注明。",
        photos=("order",),
    ),
    Plot(
        "not_received", "李嘉怡", "mianmian", "抽纸 24 包", "59.90", "59.90",
        "refund_only", State.RULED, 101,
        "显示放在门口，可门口什么都没有，楼道监控也没拍到快递员上楼。",
        silent=True,
    ),
    Plot(
        "wrong_item", "何雨桐", "xiaobei", "儿童雨靴 28 码", "69.00", "69.00",
        "return_refund", State.REVIEWING, 30,
        "订 28 码粉色，来了 24 码黄色，孩子穿不了。",
        "面单与拣货记录一致，请买家核对是否收错他人包裹。",
        photos=("colour_pair", "waybill"), holder="zhao_qian",
    ),
    Plot(
        "missing_parts", "张晓雨", "mujiang", "儿童书桌", "899.00", "120.00",
        "partial_refund", State.RULED, 100,
        "少一块抽屉滑轨和一包螺丝，抽屉装不上。",
        "发货重量无误，配件齐全。",
        photos=("missing_parts",), holder="sun_haoran",
        verdict=Verdict(
            "part", "RM-PART", "80.00", "FR-N",
            (("照片中配件逐一摆开并与清单对照，缺少的数量清楚。", ("E-01", "C-3")),),
            "商家只提供总重，未能证明小配件齐全。参考配件价格与安装不便，退还 80 元。\n"
            "The total weight does not show that the small parts were there.",
        ),
    ),
    Plot(
        "quality", "梁晨", "mianmian", "针织开衫", "128.00", "128.00",
        "return_refund", State.CLOSED, 20,
        "第一次洗就脱线，袖口散开。",
        photos=("torn_coat",),
    ),
)  # fmt: skip

PLOTS = (
    *NEGOTIATING,
    *AWAITING_MERCHANT,
    *QUEUED,
    *REVIEWING,
    *AWAITING_EVIDENCE,
    *AT_THE_TABLE,
    *RULED,
    *JUST_RULED,
    *CARRIED_OUT,
    *PENALISED,
    *ENDED_EARLY,
    *MORE,
)
