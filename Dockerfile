# One file, one target a program: operator, scraper, dashboard, demo-erp. The base is a build argument, so that the same
# file serves those who can pull and those who build their base from packages. What belongs to the building host (CA
# bundle, package settings) comes in as secrets that are all optional, and never lands in a layer.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS python
ENV LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/sincro
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/99host \
    export DEBIAN_FRONTEND=noninteractive && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
 && groupadd --gid 10001 sincro && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin sincro \
 && python3 -m venv /opt/venv
WORKDIR /opt/sincro

FROM python AS operator
COPY requirements/operator.lock /tmp/requirements.lock
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip \
    pip install -q --disable-pip-version-check --require-hashes -r /tmp/requirements.lock
COPY contract/ /opt/sincro/
COPY operator/ /opt/sincro/
RUN python -m compileall -q /opt/sincro /opt/venv/lib
USER 10001:10001
LABEL org.opencontainers.image.title="Sincro operator" org.opencontainers.image.description="Decides which sync runs when, and makes its Job" \
      org.opencontainers.image.version="0.1.0" org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["python", "-m", "sincro_operator"]

FROM python AS scraper
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/99host \
    export DEBIAN_FRONTEND=noninteractive && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends chromium-headless-shell libatomic1 fonts-liberation locales >/dev/null \
 && sed -i -E 's/^# (it_IT|en_US|en_GB|de_DE|fr_FR)(\.UTF-8)/\1\2/' /etc/locale.gen && locale-gen >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
COPY requirements/scraper.lock /tmp/requirements.lock
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip \
    pip install -q --disable-pip-version-check --require-hashes -r /tmp/requirements.lock
COPY contract/ /opt/sincro/
COPY scraper_job/ /opt/sincro/
RUN python -m compileall -q /opt/sincro /opt/venv/lib
ENV SINCRO_CHROMIUM=/usr/bin/chromium-headless-shell HOME=/tmp
USER 10001:10001
LABEL org.opencontainers.image.title="Sincro scraper" org.opencontainers.image.description="Reads an ERP with a browser and loads a database" \
      org.opencontainers.image.version="0.1.0" org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["python", "-m", "sincro_scraper"]
CMD ["job"]

FROM ${BASE} AS web
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=apt,target=/etc/apt/apt.conf.d/99host \
    export DEBIAN_FRONTEND=noninteractive && apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
WORKDIR /web
COPY dashboard/web/package.json dashboard/web/package-lock.json /web/
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=npm,target=/etc/npmrc \
    --mount=type=cache,target=/root/.npm \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt NPM_CONFIG_GLOBALCONFIG=/etc/npmrc npm ci --no-audit --no-fund --loglevel=error
COPY dashboard/web/ /web/
RUN npm run build

FROM python AS dashboard
COPY requirements/dashboard.lock /tmp/requirements.lock
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip \
    pip install -q --disable-pip-version-check --require-hashes -r /tmp/requirements.lock
COPY contract/ /opt/sincro/
COPY dashboard/sincro_dashboard/ /opt/sincro/sincro_dashboard/
COPY --from=web /web/dist/ /opt/sincro/web/
RUN python -m compileall -q /opt/sincro /opt/venv/lib
ENV SINCRO_DASHBOARD_WEB_FOLDER=/opt/sincro/web
USER 10001:10001
LABEL org.opencontainers.image.title="Sincro dashboard" org.opencontainers.image.description="REST and Socket.IO API, and the pages" \
      org.opencontainers.image.version="0.1.0" org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["python", "-m", "sincro_dashboard"]

FROM python AS demo-erp
COPY requirements/erp.lock /tmp/requirements.lock
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip \
    pip install -q --disable-pip-version-check --require-hashes -r /tmp/requirements.lock
COPY dev/demo_erp/ /opt/sincro/
RUN python -m compileall -q /opt/sincro /opt/venv/lib
USER 10001:10001
LABEL org.opencontainers.image.title="Sincro demo ERP" org.opencontainers.image.description="An ERP to try Sincro out on" \
      org.opencontainers.image.version="0.1.0" org.opencontainers.image.licenses="Apache-2.0"
ENTRYPOINT ["python", "-m", "demo_erp"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
