# One image for the web server, the worker and the migrations; docker-compose.yml shows how they go together.
FROM python:3.12.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app \
    DATA_DIR=/data

WORKDIR /app
COPY requirements.txt constraints.txt ./
# Wheels only, so that nothing has to be compiled and no compiler has to be removed again.
RUN pip install --no-cache-dir --only-binary :all: --requirement requirements.txt

COPY . .
# The user that runs it can write to /data alone.
RUN python -m compileall -q . \
    && useradd --uid 10001 --home-dir /data fltr \
    && install --directory --owner fltr --group fltr /data
USER fltr
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "docker/check_web.py"]

# The same server as `make run` starts; PORT and WEB_WORKERS are settings.
CMD ["python", "manage.py", "runweb", "--host", "0.0.0.0"]
