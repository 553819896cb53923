# One image for web, workers, beat and migrations; it serves as an ordinary user and needs no writable folder but /tmp.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS packages
COPY requirements-server.lock /build/
# Pinned and hashed; every package has a wheel, so there is no compiler here and none in the image.
RUN python -m venv /opt/busy \
 && /opt/busy/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: \
      -r /build/requirements-server.lock

FROM python:${PYTHON}-slim
ENV PATH=/opt/busy/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=busy.settings
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin busy
COPY --from=packages /opt/busy /opt/busy
WORKDIR /app
COPY . .
# Translations and static files are made once, here. The values are of no use anywhere else.
RUN python -m tools.messages --compile \
 && BUSY_SECRET_KEY=build BUSY_CREDENTIAL_KEYS=build DATABASE_URL=postgresql://build@/build REDIS_URL=redis://build \
    python manage.py collectstatic --no-input --verbosity 0 \
 && python -m compileall -q busy timesheets orders integrations
USER busy
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "deploy/healthcheck.py"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", \
     "--backpressure", "64", "--respawn-failed-workers", "--no-ws", "busy.wsgi:application"]
