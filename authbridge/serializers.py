"""Shapes of what the auth API answers."""

from rest_framework import serializers


class UserSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()


class SessionSerializer(serializers.Serializer):
    user = UserSerializer()
    method = serializers.ChoiceField(choices=["session", "api_key"])
    expires_at = serializers.DateTimeField(allow_null=True)
