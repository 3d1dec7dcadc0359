"""What a backup or a restore can be refused for."""


class Refused(Exception):
    """It cannot be done; the message says why and what to do. Nothing has been changed."""
