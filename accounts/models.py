"""The parties and the staff. Knows nothing of cases."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    BUYER = "buyer", _("Buyer")
    MERCHANT = "merchant", _("Merchant")
    ARBITRATOR = "arbitrator", _("Arbitrator")
    SENIOR = "senior", _("Senior arbitrator")
    SUPERVISOR = "supervisor", _("Supervisor")
    PENALTY_OFFICER = "penalty_officer", _("Penalty officer")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("Administrator")


ARBITRATING_ROLES = frozenset({Role.ARBITRATOR, Role.SENIOR})
STAFF_ROLES = frozenset(
    {Role.ARBITRATOR, Role.SENIOR, Role.SUPERVISOR, Role.PENALTY_OFFICER, Role.AUDITOR}
)


class User(AbstractUser):
    """One person with one role; several roles for one person are several accounts.

    `source` and `external_id` name the same person on the marketplace; both are empty for staff.
    """

    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.BUYER)
    display_name = models.CharField(_("display name"), max_length=80, blank=True)
    source = models.CharField(_("source"), max_length=20, blank=True)
    external_id = models.CharField(_("external id"), max_length=64, blank=True)
    heads_desk = models.BooleanField(
        _("heads the desk"),
        default=False,
        help_text=_("A supervisor who is told what is late twice over."),
    )
    is_demo = models.BooleanField(
        _("demo account"),
        default=False,
        help_text=_("Its password is public; refused in production."),
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="user_role_is_known"
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="user_is_once_per_source",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def masked_name(self) -> str:
        """The name the other party sees: its first character and a star."""
        name = str(self)
        return f"{name[:1]}*" if len(name) <= 3 else f"{name[:1]}***{name[-1:]}"

    @property
    def is_arbitrating(self) -> bool:
        return self.role in ARBITRATING_ROLES

    @property
    def is_case_staff(self) -> bool:
        return self.role in STAFF_ROLES

    def belongs_to(self, shop_id: int) -> bool:
        """Whether this person answers for the shop. Asked once per request, then remembered."""
        if self.role != Role.MERCHANT:
            return False
        if not hasattr(self, "_shop_ids"):
            self._shop_ids = frozenset(self.memberships_now().values_list("shop_id", flat=True))
        return shop_id in self._shop_ids

    def memberships_now(self) -> models.QuerySet[ShopMember]:
        """The shops this person answers for today, by name."""
        now = self.memberships.filter(ended_at=None)
        return now.select_related("shop").order_by("shop__name")


class Shop(models.Model):
    name = models.CharField(_("name"), max_length=120)
    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("external id"), max_length=64)
    is_self_operated = models.BooleanField(
        _("self-operated"),
        default=False,
        help_text=_("Run by the platform: a second person looks at every ruling."),
    )
    members = models.ManyToManyField(User, through="ShopMember", related_name="shops")

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="shop_is_once_per_source"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ShopMember(models.Model):
    """Somebody who answers for a shop, or once did: an ended membership stays, so that nobody judges
    a shop they belonged to.
    """

    class Role(models.TextChoices):
        STAFF = "staff", _("Staff")
        OWNER = "owner", _("Owner")

    shop = models.ForeignKey(
        Shop, models.CASCADE, related_name="memberships", verbose_name=_("shop")
    )
    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STAFF)
    ended_at = models.DateTimeField(
        _("ended"),
        null=True,
        blank=True,
        help_text=_("Since when this person no longer acts for the shop."),
    )

    class Meta:
        verbose_name = _("shop member")
        verbose_name_plural = _("shop members")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shop", "user"], name="member_is_once_per_shop")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.shop}"
