"""What one asks by ids is answered alike on SQLite and on PostgreSQL, whose columns of ids are of two types."""

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import router
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery

from authbridge.models import Session, User
from authbridge.shared.querysets import TwoHomes, WrongHome
from credits.models import ApiKeyCredits, CreditTransaction, Team
from credits.services import create_api_key
from datasets.models import Dataset, Document, ProcessingJob
from tests.support.auth_tables import SHAPES
from tests.support.people import make_session, make_user

pytestmark = pytest.mark.django_db(databases=[settings.AUTH_DB])
UNIMAGINABLE = ("nonsense", "", "'", "00000000-0000-4000-8000-00000000000G", "x" * 500)


@pytest.fixture(params=[None, *SHAPES] if "postgresql" in settings.DATABASES["default"]["ENGINE"] else [None])
def _shape(request: pytest.FixtureRequest, rebuild_auth_tables: Any) -> None:
    """The user database as each site may have made it."""
    if request.param:
        rebuild_auth_tables(**SHAPES[request.param])


@pytest.mark.usefixtures("_shape")
class TestJoins:
    @pytest.fixture
    def people(self) -> tuple[User, User]:
        return make_user("Ada", credits=5), make_user("Bob", credits=6)

    def test_rows_of_users_that_are_looked_for(self, people: Any) -> None:
        users = User.objects.filter(email=people[0].email)

        rows = CreditTransaction.objects.filter(user_id__in=users.values("id"))

        assert [row.user_id for row in rows] == [people[0].id]
        assert list(CreditTransaction.objects.filter(user_id__in=users)) == list(rows)
        assert list(CreditTransaction.objects.filter(user_id=Subquery(users.values("id")[:1]))) == list(rows)
        assert CreditTransaction.objects.exclude(user_id__in=users.values("id")).count() == 1

    def test_users_of_rows_that_are_looked_for(self, people: Any) -> None:
        rows = CreditTransaction.objects.filter(amount=5)

        assert list(User.objects.filter(id__in=rows.values("user_id"))) == [people[0]]
        assert list(User.objects.exclude(id__in=rows.values("user_id"))) == [people[1]]

    def test_whether_there_are_any(self, people: Any) -> None:
        has_user = Exists(User.objects.filter(id=OuterRef("user_id"), email=people[0].email))
        has_rows = Exists(CreditTransaction.objects.filter(user_id=OuterRef("id"), amount=5))
        has_session = Exists(Session.objects.filter(user_id=OuterRef("pk")))
        make_session(people[1])

        assert [row.user_id for row in CreditTransaction.objects.filter(has_user)] == [people[0].id]
        assert list(User.objects.filter(has_rows)) == [people[0]]
        assert list(User.objects.filter(~has_rows)) == [people[1]]
        assert list(User.objects.filter(has_session)) == [people[1]]

    def test_what_a_row_is_beside(self, people: Any) -> None:
        name = User.objects.filter(id=OuterRef("user_id")).values("name")[:1]

        rows = CreditTransaction.objects.annotate(name=Subquery(name)).order_by("name")

        assert [row.name for row in rows] == ["Ada", "Bob"]

    def test_columns_of_one_row_with_each_other(self, people: Any) -> None:
        assert CreditTransaction.objects.filter(user_id=F("account_id")).count() == 2
        assert CreditTransaction.objects.filter(id=F("account_id")).count() == 0

    def test_keys_and_teams_alike(self, people: Any) -> None:
        team = Team.objects.create(name="T", owner_id=people[0].id)
        key, _ = create_api_key(user_id=people[0].id, name="k", team_id=team.id)

        assert list(ApiKeyCredits.objects.filter(team_id__in=Team.objects.filter(name="T").values("id"))) == [key]
        assert list(Team.objects.filter(id__in=ApiKeyCredits.objects.values("team_id"))) == [team]
        assert list(Team.objects.filter(owner_id__in=User.objects.filter(name="Ada"))) == [team]


@pytest.mark.usefixtures("_shape")
class TestIdsThatAreNone:
    @pytest.mark.parametrize("id", UNIMAGINABLE)
    @pytest.mark.parametrize("model", [User, Session, Team, CreditTransaction], ids=lambda model: model.__name__)
    def test_name_nothing(self, model: Any, id: str) -> None:
        with pytest.raises(model.DoesNotExist):
            model.objects.get(id=id)
        assert not model.objects.filter(pk__in=[id, str(uuid.uuid4())]).exists()

    def test_leave_those_beside_them_found(self) -> None:
        user = make_user("Ada")

        assert list(User.objects.filter(id__in=["nonsense", user.id])) == [user]
        assert list(User.objects.filter(id__in=[uuid.UUID(str(user.id))])) == [user]
        assert User.objects.get(id=uuid.UUID(str(user.id))) == user
        assert User.objects.get(id=str(user.id).upper()) == user


@pytest.mark.django_db(databases="__all__")
class TestTwoDatabases:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda: Dataset.objects.filter(owner_id__in=User.objects.filter(name="Ada").values("id")),
            lambda: Dataset.objects.exclude(owner_id__in=User.objects.all()),
            lambda: Dataset.objects.filter(Q(name="x") | ~Q(owner_id__in=User.objects.values("id"))),
            lambda: Dataset.objects.filter(Exists(User.objects.filter(id=OuterRef("owner_id")))),
            lambda: Dataset.objects.annotate(o=Subquery(User.objects.filter(id=OuterRef("owner_id")).values("name"))),
            lambda: Dataset.objects.get(owner_id=Subquery(User.objects.values("id")[:1])),
            lambda: User.objects.filter(id__in=Dataset.objects.values("owner_id")),
            lambda: CreditTransaction.objects.filter(resource_id__in=Document.objects.values("id")),
            lambda: ProcessingJob.objects.filter(Exists(CreditTransaction.objects.all())),
            lambda: Dataset.objects.alias(known=Exists(User.objects.filter(id=OuterRef("owner_id")))),
            lambda: list(Dataset.objects.order_by(Subquery(User.objects.values("name")[:1]))),
            lambda: Dataset.objects.values_list(Subquery(User.objects.values("name")[:1])),
            lambda: Dataset.objects.aggregate(people=Max(Subquery(User.objects.values("credits")[:1]))),
            lambda: Dataset.objects.update(name=Subquery(User.objects.values("name")[:1])),
            lambda: Dataset.objects.values("id").union(User.objects.values("id")),
            lambda: get_user_model().objects.filter(email__in=User.objects.values("email")),
            lambda: User.objects.filter(email__in=get_user_model().objects.values("email")),
            lambda: User.objects.filter(Q(name="x") | Q(email__in=get_user_model().objects.values("email"))),
            lambda: User.objects.filter(Exists(get_user_model().objects.all())),
            lambda: User.objects.annotate(staff=Subquery(get_user_model().objects.values("email")[:1])),
        ],
    )
    @pytest.mark.skipif(settings.AUTH_DB == "default", reason="is about two databases")
    def test_are_not_read_by_one_query(self, ask: Any) -> None:
        with pytest.raises(TwoHomes, match=r"is in the database .* and no query reads both\. Ask .* first, and then"):
            ask()

    @pytest.mark.parametrize(
        "model", [User, CreditTransaction, Dataset, ProcessingJob], ids=lambda model: model.__name__
    )
    def test_are_each_asked_for_their_own(self, model: Any) -> None:
        home = router.db_for_read(model)

        assert list(model.objects.using(home)) == list(model.objects.using(None)) == []
        for other in {"default", "auth", "nowhere"} - {home}:
            with pytest.raises(
                WrongHome, match=rf"{model.__name__} is in the database '{home}', not in '{other}'\. Lea"
            ):
                model.objects.filter(pk=None).using(other)

    def test_are_read_one_after_the_other(self, alice: User) -> None:
        dataset = Dataset.objects.create(owner=alice, name="Hers", slug="hers", embedding_dimension=4)

        assert list(Dataset.objects.filter(owner_id__in=list(User.objects.values_list("id", flat=True)))) == [dataset]
        assert list(User.objects.filter(id__in=list(Dataset.objects.values_list("owner_id", flat=True)))) == [alice]
        assert list(Dataset.objects.filter(id__in=Dataset.objects.filter(name="Hers").values("id"))) == [dataset]
