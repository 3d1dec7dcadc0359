"""A viewset that leaves out what it must say does not even start."""

import pytest

from authbridge.shared.views import ApiViewSet, action
from tests.support.api import DATASETS, refusal


def test_an_action_that_declares_nothing_stops_the_start():
    with pytest.raises(TypeError, match=r"Nothing is declared about Things\.list"):

        class Things(ApiViewSet):
            def list(self, request): ...


def test_a_declaration_is_inherited():
    class Things(ApiViewSet):
        @action(scope="datasets:read")
        def list(self, request): ...

    class MoreThings(Things):
        """Declares nothing more."""

    assert MoreThings.list.declared.scope == "datasets:read"


def test_an_action_must_say_which_scope_it_needs():
    with pytest.raises(TypeError, match="scope"):

        class Things(ApiViewSet):
            @action()
            def list(self, request): ...


def test_what_is_about_one_thing_must_say_which():
    with pytest.raises(TypeError, match=r"say in Things\.look_up which"):

        class Things(ApiViewSet):
            @action(scope=None)
            def retrieve(self, request, pk): ...


def test_what_is_about_one_thing_by_a_route_of_its_own_must_say_which():
    with pytest.raises(TypeError, match=r"say in Things\.look_up which"):

        class Things(ApiViewSet):
            @action(detail=True, methods=["post"], scope=None)
            def close(self, request, pk): ...


@pytest.mark.django_db(databases="__all__")
def test_a_method_that_a_path_lacks_is_for_those_who_may_use_one_that_it_has(anonymous_client):
    asked, written = (getattr(anonymous_client, method)(DATASETS) for method in ("options", "put"))

    assert (asked.status_code, refusal(written)) == (200, (401, "authentication_required"))


def test_a_declaration_knows_only_what_is_read_somewhere():
    with pytest.raises(TypeError, match="unlimited"):
        action(scope=None, unlimited=True)
