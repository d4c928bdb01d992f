# One image for web, worker and beat; docker-compose.yml says which command each runs.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements/uv.txt requirements/base.txt ./
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --require-hashes --requirement uv.txt \
    && uv pip install --no-cache --python /opt/venv/bin/python --require-hashes --requirement base.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/ci_backbone --shell /usr/sbin/nologin backbone \
    && install --directory --owner backbone /srv/ci_backbone /srv/ci_backbone/var /srv/media /srv/erasures
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 STATIC_ROOT=/srv/static
WORKDIR /srv/ci_backbone
COPY . .
# The static files are part of the image. Nothing of this command's settings stays in it.
RUN SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built DATABASE_URL=sqlite:////tmp/none \
    EMAIL_URL=keep:// PUBLIC_BASE_URL=https://localhost ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --no-input --verbosity 0
USER backbone
ENV HOST=0.0.0.0 PORT=8000
EXPOSE 8000
CMD ["gunicorn", "--config", "python:ci_backbone.gunicorn", "ci_backbone.wsgi"]
