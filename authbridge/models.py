"""Better Auth's tables, as Drizzle makes them: read here, owned and migrated by the Next.js site."""

from django.db import models

from authbridge.shared.model_fields import IdReferenceField, TextIdField, UtcDateTimeField
from authbridge.shared.querysets import OneHomeQuerySet


class User(models.Model):
    """A person. Only their credits are ever written here, by the ledger, and `team_id`, by services/membership.py."""

    id = TextIdField(primary_key=True)
    name = models.TextField()
    email = models.TextField(unique=True)
    email_verified = models.BooleanField(default=False)
    image = models.TextField(null=True, blank=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    credits = models.IntegerField(default=0)
    total_credits_purchased = models.IntegerField(default=0)
    team_id = IdReferenceField(null=True, blank=True)
    stripe_customer_id = models.TextField(null=True, blank=True)

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "users"

    def __str__(self) -> str:
        return self.email


class Session(models.Model):
    """A sign-in. Its row decides whether a token is good."""

    id = TextIdField(primary_key=True)
    expires_at = UtcDateTimeField()
    token = models.TextField(unique=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    ip_address = models.TextField(null=True, blank=True)
    user_agent = models.TextField(null=True, blank=True)
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="sessions")

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "sessions"

    def __str__(self) -> str:
        return f"session of {self.user_id}"


class Account(models.Model):
    """A way to sign in. Passwords and OAuth tokens are not declared, so that no query can read them."""

    id = TextIdField(primary_key=True)
    account_id = models.TextField()
    provider_id = models.TextField()
    user = models.ForeignKey(User, models.DO_NOTHING, db_constraint=False, related_name="accounts")
    scope = models.TextField(null=True, blank=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "accounts"

    def __str__(self) -> str:
        return f"{self.provider_id} of {self.user_id}"


class Verification(models.Model):
    """A pending e-mail verification or password reset."""

    id = TextIdField(primary_key=True)
    identifier = models.TextField(db_index=True)
    value = models.TextField()
    expires_at = UtcDateTimeField()
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "verifications"

    def __str__(self) -> str:
        return f"verification {self.id}"


class Subscription(models.Model):
    """A Stripe plan. Only deployments with the Stripe plugin have this table."""

    id = TextIdField(primary_key=True)
    plan = models.TextField()
    reference_id = IdReferenceField()
    stripe_customer_id = models.TextField(null=True, blank=True)
    stripe_subscription_id = models.TextField(null=True, blank=True)
    status = models.TextField(default="incomplete")
    period_start = UtcDateTimeField(null=True, blank=True)
    period_end = UtcDateTimeField(null=True, blank=True)
    trial_start = UtcDateTimeField(null=True, blank=True)
    trial_end = UtcDateTimeField(null=True, blank=True)
    cancel_at_period_end = models.BooleanField(null=True, default=False)
    cancel_at = UtcDateTimeField(null=True, blank=True)
    canceled_at = UtcDateTimeField(null=True, blank=True)
    ended_at = UtcDateTimeField(null=True, blank=True)
    seats = models.IntegerField(null=True, blank=True)
    billing_interval = models.TextField(null=True, blank=True)
    stripe_schedule_id = models.TextField(null=True, blank=True)

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "subscriptions"

    def __str__(self) -> str:
        return f"{self.plan} of {self.reference_id}"
