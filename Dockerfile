# One image for web, worker and clock. Nothing secret is in it; it runs as a user without rights.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --require-hashes -r requirements.lock

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/data STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --home-dir /nonexistent portal && install -d -o portal -g portal /data /srv/static
COPY --from=build /venv /venv
WORKDIR /srv/portal
COPY . .
# Gathering the static files reads settings, but needs neither a database nor a secret.
RUN DEBUG=false SECRET_KEY=only-while-building ALLOWED_HOSTS=localhost PUBLIC_URL=http://localhost \
    DATABASE_URL=sqlite:///:memory: REDIS_URL=none EMAIL_HOST=localhost MAIL_FROM=portal@localhost \
    python manage.py collectstatic --noinput
USER portal
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "cop_portal.serve"]
