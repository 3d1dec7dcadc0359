"""The ledger and its totals, key pools and teams: tables of the user database that Django migrates.

The site reads and inserts here too, so every column of ours that it does not know is nullable or defaulted.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Now

from authbridge.shared.ids import new_id
from authbridge.shared.model_fields import (
    IdReferenceField,
    TextIdField,
    TextReferenceField,
    UtcDateTimeField,
    UuidTextField,
)
from authbridge.shared.querysets import OneHomeQuerySet


def are_whole(*columns: str) -> Q:
    """Return the condition that these columns hold whole numbers or nothing: SQLite's hold anything."""
    return Q(*(Q(**{column: Cast(F(column), models.IntegerField())}) for column in columns))


class AccountType(models.TextChoices):
    """The kinds of account that hold credits."""

    USER = "user"
    API_KEY = "api_key"
    TEAM = "team"


class TransactionType(models.TextChoices):
    """Why a balance moved."""

    PURCHASE = "purchase"
    USAGE = "usage"
    REFUND = "refund"
    BONUS = "bonus"
    TRANSFER = "transfer"
    EXPIRY = "expiry"
    OPENING = "opening"
    ADJUSTMENT = "adjustment"


class CreditOperation(models.TextChoices):
    """What credits are spent on. What each costs is in credits/prices.py; settings.PRICES may name more."""

    DATASET_CREATE = "dataset_create"
    DOCUMENT_UPLOAD = "document_upload"
    VECTOR_QUERY = "vector_query"
    KEYWORD_QUERY = "keyword_query"
    HYBRID_QUERY = "hybrid_query"
    PREMIUM_QUERY = "premium_query"
    EMBEDDING_SEARCH = "embedding_search"


class Scope(models.TextChoices):
    """What an API key may be limited to."""

    DATASETS_READ = "datasets:read"
    DATASETS_WRITE = "datasets:write"
    DATASETS_DELETE = "datasets:delete"
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_WRITE = "documents:write"
    DOCUMENTS_DELETE = "documents:delete"
    MCP_QUERY = "mcp:query"
    CREDITS_READ = "credits:read"


class CreditTransaction(models.Model):
    """One ledger row: appended by credits/ledger.py, never changed, never deleted; the database refuses it.

    Only its free text, `metadata`, may be erased for a person who leaves: credits/free_text.py.
    """

    id = UuidTextField(primary_key=True, default=new_id, editable=False)
    user_id = IdReferenceField()
    team_id = IdReferenceField(null=True, blank=True)
    amount = models.IntegerField()
    type = models.TextField(choices=TransactionType.choices)
    operation = models.TextField(null=True, blank=True)
    resource_id = TextReferenceField(null=True, blank=True)
    api_key_id = IdReferenceField(null=True, blank=True)
    metadata = models.JSONField(null=True, blank=True)
    created_at = UtcDateTimeField(db_default=Now())
    account_type = models.TextField(null=True, blank=True, choices=AccountType.choices)
    account_id = IdReferenceField(null=True, blank=True)
    idempotency_key = models.TextField(null=True, blank=True)
    balance_after = models.IntegerField(null=True, blank=True)
    refund_of = IdReferenceField(null=True, blank=True)
    # What a charge was for, if it was for a dataset; rows from before this column have none.
    dataset_id = IdReferenceField(null=True, blank=True)

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "credit_transactions"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["account_type", "account_id", "idempotency_key"], name="credit_entry_key_once_per_account"
            )
        ]
        indexes = [
            models.Index(
                "account_type", "account_id", F("created_at").desc(), F("id").desc(), name="credit_entry_by_account"
            ),
            models.Index(
                fields=["api_key_id", "created_at"], name="credit_entry_by_key", condition=Q(api_key_id__isnull=False)
            ),
            models.Index(fields=["refund_of"], name="credit_entry_by_refund_of", condition=Q(refund_of__isnull=False)),
            models.Index(fields=["user_id", "created_at"], name="credit_entry_by_user"),
            models.Index(F("created_at").desc(), F("id").desc(), name="credit_entry_by_time"),
            models.Index(
                fields=["resource_id"], name="credit_entry_by_resource", condition=Q(resource_id__isnull=False)
            ),
            # Nearly all rows are of use, and are found without these.
            models.Index(
                "type",
                F("created_at").desc(),
                F("id").desc(),
                name="credit_entry_of_type",
                condition=~Q(type=TransactionType.USAGE),
            ),
            models.Index(
                "account_type",
                "account_id",
                "type",
                F("created_at").desc(),
                F("id").desc(),
                name="credit_entry_by_type",
                condition=~Q(type=TransactionType.USAGE),
            ),
            models.Index(
                "account_type",
                "account_id",
                "operation",
                F("created_at").desc(),
                F("id").desc(),
                name="credit_entry_by_operation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d} {self.operation or self.type}"


class ApiKeyCredits(models.Model):
    """An API key: its hash, what it may do and, if `credits` is set, a pool of its own."""

    api_key = models.TextField(primary_key=True)
    id = UuidTextField(unique=True, default=new_id, editable=False)
    user_id = IdReferenceField()
    team_id = IdReferenceField(null=True, blank=True)
    credits = models.IntegerField(null=True, blank=True)
    daily_limit = models.IntegerField(null=True, blank=True)
    monthly_limit = models.IntegerField(null=True, blank=True)
    name = models.TextField(default="", db_default="")
    prefix = models.TextField(default="", db_default="")
    scopes = models.JSONField(null=True, blank=True)
    expires_at = UtcDateTimeField(null=True, blank=True)
    revoked_at = UtcDateTimeField(null=True, blank=True)
    last_used_at = UtcDateTimeField(null=True, blank=True)
    created_at = UtcDateTimeField(db_default=Now())
    updated_at = UtcDateTimeField(db_default=Now())

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "api_key_credits"
        verbose_name = "API key"
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["user_id", "created_at"], name="api_key_by_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(credits__isnull=True) | Q(credits__gte=0), name="api_key_balance_not_negative"
            ),
            models.CheckConstraint(
                condition=are_whole("credits", "daily_limit", "monthly_limit"), name="api_key_numbers_whole"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Team(models.Model):
    """People who share a balance. Membership is `users.team_id`."""

    id = UuidTextField(primary_key=True, default=new_id, editable=False)
    name = models.TextField()
    credits = models.IntegerField(default=0, db_default=0)
    owner_id = TextIdField()
    deleted_at = UtcDateTimeField(null=True, blank=True)
    created_at = UtcDateTimeField(db_default=Now())
    updated_at = UtcDateTimeField(db_default=Now())

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "teams"
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(credits__gte=0), name="team_balance_not_negative"),
            models.CheckConstraint(condition=are_whole("credits"), name="team_balance_whole"),
        ]

    def __str__(self) -> str:
        return self.name


class Total(models.Model):
    """What ledger rows of one kind add up to. A trigger keeps it with each row: see credits/triggers/totals.py."""

    entries = models.BigIntegerField()
    amount = models.BigIntegerField()

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.amount:+d} in {self.entries} rows"


class QuarterTotal(Total):
    """By quarter of an hour, of which every time zone's days are made. Empty texts stand for what rows do not name."""

    pk = models.CompositePrimaryKey(
        "account_type", "account_id", "quarter", "type", "operation", "api_key_id", "dataset_id", "user_id"
    )
    account_type = models.TextField()
    account_id = IdReferenceField()
    quarter = UtcDateTimeField()
    type = models.TextField()
    operation = models.TextField()
    api_key_id = IdReferenceField()
    dataset_id = IdReferenceField()
    user_id = IdReferenceField()

    class Meta:
        db_table = "fltr_quarter_totals"


class DayTotal(Total):
    """By UTC day, of which there are few enough to be added up for all time."""

    pk = models.CompositePrimaryKey("account_type", "account_id", "day", "type", "operation")
    account_type = models.TextField()
    account_id = IdReferenceField()
    day = models.DateField()
    type = models.TextField()
    operation = models.TextField()

    class Meta:
        db_table = "fltr_day_totals"


class KeyTotal(Total):
    """What calls with an API key cost on a UTC day, refunds taken off, whoever paid: limits look here."""

    pk = models.CompositePrimaryKey("api_key_id", "day")
    api_key_id = IdReferenceField()
    day = models.DateField()

    class Meta:
        db_table = "fltr_key_totals"


class LedgerVerification(models.Model):
    """One run of verify_ledger that found nothing: everything before `until` was right when it ended."""

    id = UuidTextField(primary_key=True, default=new_id, editable=False)
    finished_at = UtcDateTimeField(db_default=Now())
    until = UtcDateTimeField()
    rows = models.BigIntegerField()

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "fltr_verifications"
        ordering = ["-finished_at", "-id"]

    def __str__(self) -> str:
        return f"{self.rows} rows, to {self.until:%Y-%m-%d}"


class AuditAction(models.TextChoices):
    """What is noted in the audit trail. Its column takes any text, so that a new one needs no migration."""

    GRANT = "grant", "Granted credits"
    REFUND = "refund", "Gave a charge back"
    EXPLAIN = "explain", "Explained a balance"
    RECOUNT = "recount", "Counted the totals anew"
    ERASE_TEXT = "erase_text", "Erased a person's text"
    REVOKE_KEY = "revoke_key", "Revoked an API key"
    CANCEL_JOB = "cancel_job", "Cancelled a job"
    DELETE_DATASET = "delete_dataset", "Deleted a dataset"
    RESET = "reset", "Reset the databases"
    RESTORE = "restore", "Restored a backup"
    CHANGE_PRICES = "change_prices", "Changed prices"
    SIGN_IN = "sign_in", "Signed in"
    SIGN_OUT = "sign_out", "Signed out"
    FAIL_SIGN_IN = "fail_sign_in", "Failed to sign in"


class AuditEntry(models.Model):
    """One act of a person or an operator: who, when, from where, to what; the database refuses to change or delete it.

    `user_id` is the person whom it concerns, `subject_id` the thing; `before` and `after` are what it changed.
    """

    id = UuidTextField(primary_key=True, default=new_id, editable=False)
    created_at = UtcDateTimeField(db_default=Now())
    action = models.TextField()
    actor_type = models.TextField()
    actor = models.TextField(blank=True)
    place = models.TextField(blank=True)
    subject_type = models.TextField(blank=True)
    subject_id = IdReferenceField(null=True, blank=True)
    user_id = IdReferenceField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    details = models.JSONField(null=True, blank=True)

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "fltr_audit"
        verbose_name_plural = "audit entries"
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="audit_by_time"),
            models.Index("action", F("created_at").desc(), F("id").desc(), name="audit_by_action"),
            models.Index("actor_type", F("created_at").desc(), F("id").desc(), name="audit_by_actor_type"),
            models.Index("actor", F("created_at").desc(), name="audit_by_actor"),
            models.Index("place", F("created_at").desc(), name="audit_by_place"),
            models.Index("subject_id", F("created_at").desc(), name="audit_by_subject"),
            models.Index("user_id", F("created_at").desc(), name="audit_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_type} {self.actor}".strip()


class Departure(models.Model):
    """A person of the ledger or of a key who is no user any more; `erased_at`: no text of before then is left."""

    user_id = IdReferenceField(primary_key=True)
    missed_at = UtcDateTimeField()
    erased_at = UtcDateTimeField(null=True, blank=True)

    objects = OneHomeQuerySet.as_manager()

    class Meta:
        db_table = "fltr_departures"

    def __str__(self) -> str:
        return f"{self.user_id}, missed since {self.missed_at:%Y-%m-%d}"
