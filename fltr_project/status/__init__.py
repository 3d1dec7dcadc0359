"""How is this instance? Gathered as one tree in bounded time, and shown as text, as JSON and as a page."""
