"""Every model has one home, and nothing reaches across."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, router

from authbridge.models import Session, User
from credits.models import CreditTransaction
from datasets.models import Dataset, Document
from fltr_project.router import DatabaseRouter

ROOMS_OF_THE_USER_DATABASE = {"authbridge", "credits"}
MODELS = apps.get_models(include_auto_created=True)
APPS = sorted({model._meta.app_label for model in MODELS})

one_database = settings.AUTH_DB == "default"


def home_of(app_label):
    return settings.AUTH_DB if app_label in ROOMS_OF_THE_USER_DATABASE else "default"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_is_read_and_written_at_its_one_home(model):
    home = home_of(model._meta.app_label)

    assert router.db_for_read(model) == home
    assert router.db_for_write(model) == home


@pytest.mark.parametrize("app_label", APPS)
def test_an_app_migrates_on_exactly_one_database(app_label):
    answers = {alias: DatabaseRouter().allow_migrate(alias, app_label) for alias in connections}

    assert answers == {alias: alias == home_of(app_label) for alias in connections}


def test_an_app_nobody_named_migrates_on_fltr_only():
    answers = {alias: DatabaseRouter().allow_migrate(alias, "invented", model_name="x") for alias in connections}

    assert answers == {alias: alias == "default" for alias in connections}


@pytest.mark.parametrize(("one", "other"), [(User, Dataset), (Dataset, CreditTransaction), (Document, Session)])
def test_a_relation_across_is_refused(one, other):
    assert router.allow_relation(one(), other()) is one_database


@pytest.mark.parametrize(("one", "other"), [(User, Session), (User, CreditTransaction), (Dataset, Document)])
def test_a_relation_within_a_home_is_allowed(one, other):
    assert router.allow_relation(one(), other()) is True


def test_no_model_declares_a_relation_across():
    across = [
        str(field)
        for model in MODELS
        for field in model._meta.get_fields()
        if field.related_model and home_of(model._meta.app_label) != home_of(field.related_model._meta.app_label)
    ]

    assert across == []
