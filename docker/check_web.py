"""Health check of the web server's container: exit code 0 if it serves."""

import os
import urllib.request

port = os.environ.get("PORT") or "8000"
urllib.request.urlopen(f"http://localhost:{port}/health/live", timeout=4).close()
