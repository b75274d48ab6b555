"""Who plays in the demo: staff, shops and buyers. All invented; the accounts share one known password."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from accounts.models import Role, Shop, ShopMember, User

SOURCE = "demo"
PASSWORD = "demo-portal"  # noqa: S105 (public on purpose)
MAIN_SHOP = "lanting"  # the one the `merchant` account answers for
MAIN_BUYER = "buyer"

# Those who can sign in: username, role, name.
ACCOUNTS = (
    ("arbitrator", Role.ARBITRATOR, "王敏"),
    ("senior", Role.SENIOR, "陈立"),
    ("supervisor", Role.SUPERVISOR, "沈岚"),
    ("merchant", Role.MERCHANT, "周文清"),
    (MAIN_BUYER, Role.BUYER, "林小满"),
    ("penalty", Role.PENALTY_OFFICER, "何安"),
    ("auditor", Role.AUDITOR, "苏睿"),
    ("admin", Role.ADMIN, "许洋"),
)
# Colleagues at the desk; they hold cases but cannot sign in.
COLLEAGUES = (
    ("liu_yang", Role.ARBITRATOR, "刘洋"),
    ("zhao_qian", Role.ARBITRATOR, "赵倩"),
    ("sun_haoran", Role.ARBITRATOR, "孙浩然"),
    ("zheng_wan", Role.SENIOR, "郑婉"),
    ("meng_chuan", Role.PENALTY_OFFICER, "孟川"),
    ("bai_lu", Role.PENALTY_OFFICER, "白露"),
)
# Key, shop name, its owner, whether the platform runs it.
SHOPS = (
    (MAIN_SHOP, "兰亭家居生活馆", "周文清", False),
    ("shanye", "山野鲜果园", "罗志强", False),
    ("haiwei", "舟山渔家海味", "陈阿海", False),
    ("norva", "NORVA 轻奢女装", "徐佳", False),
    ("mianmian", "棉绵日记服饰", "吴晓燕", False),
    ("xinghe", "星河数码专营店", "何俊", False),
    ("yinpin", "听澜影音", "郭明", False),
    ("caomu", "草木集护肤", "唐雨", False),
    ("xiaobei", "小贝壳童装", "蒋丽", False),
    ("zaochen", "早晨咖啡杂货", "马远", False),
    ("mujiang", "木匠李家具", "李建国", False),
    ("ziying", "平台自营超市", "冯磊", True),
)
BUYERS = (
    *("张晓雨", "李嘉怡", "刘思远", "陈子墨", "杨帆", "黄蕾", "周子轩", "吴静怡"),
    *("徐文博", "孙雅婷", "马超", "朱琳", "胡一鸣", "郭欣然", "何雨桐", "高志远"),
    *("罗佳琪", "梁晨", "宋佳宁", "唐诗涵", "许可欣", "韩冬", "冯雪", "邓伟"),
)


@dataclass
class Cast:
    """Everybody by key: accounts and colleagues by username, buyers by name, shops by key."""

    people: dict[str, User] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)
    owners: dict[str, User] = field(default_factory=dict)  # by the shop's key


def assemble() -> Cast:
    """Make all of them. Passwords are hashed once: the hash is meant to be slow."""
    hashed = make_password(PASSWORD)
    cast = Cast()
    for username, role, name in ACCOUNTS:
        person = _person(username, role, name, hashed)
        cast.people[username] = person
    for username, role, name in COLLEAGUES:
        cast.people[username] = _person(username, role, name)
    for number, name in enumerate(BUYERS, start=1):
        cast.people[name] = _person(f"buyer_{number:02d}", Role.BUYER, name)
    for key, name, owner, is_self_operated in SHOPS:
        shop = Shop.objects.create(
            name=name, source=SOURCE, external_id=f"shop-{key}", is_self_operated=is_self_operated
        )
        person = (
            cast.people["merchant"]
            if key == MAIN_SHOP
            else _person(f"shop_{key}", Role.MERCHANT, owner)
        )
        ShopMember.objects.create(shop=shop, user=person, role=ShopMember.Role.OWNER)
        cast.shops[key], cast.owners[key] = shop, person
    return cast


def _person(username: str, role: Role, name: str, password: str = "") -> User:
    is_party = role in (Role.BUYER, Role.MERCHANT)
    return User.objects.create(
        username=username,
        email=f"{username}@demo.example",
        password=password or make_password(None),
        role=role,
        display_name=name,
        source=SOURCE if is_party else "",
        external_id=f"user-{username}" if is_party else "",
        is_demo=True,
        is_staff=role == Role.ADMIN,
    )
