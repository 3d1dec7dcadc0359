"""The door: an event loop that waits for clients, so that no thread, connection or database ever does.

A request is read here until it is whole, handled by Django in a job of one thread, and sent at its client's pace.
"""
