"""The credits API: translate requests, call services, shape answers."""

from credits.views.account import CreditsViewSet
from credits.views.keys import ApiKeyViewSet
from credits.views.service_calls import ServiceCallViewSet
from credits.views.teams import TeamMemberViewSet, TeamViewSet
