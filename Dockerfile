# syntax=docker/dockerfile:1
# The page in a container: docs/container.md says how it is started and how the first user is made.
# tests/test_container.py holds this file against pyproject.toml and the Makefile.

ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# PyPI's own build of torch carries several GB for graphics cards; this index has the one without.
ARG TORCH=torch==2.13.0
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /app
COPY pyproject.toml constraints.txt ./
# torch first, as in the Makefile; then the rest finds it there. The code comes last, so that a change of it alone
# downloads nothing again.
RUN pip install --constraint constraints.txt --index-url ${TORCH_INDEX} ${TORCH}
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
      > /tmp/requirements.txt \
    && pip install --constraint constraints.txt --requirement /tmp/requirements.txt
COPY README.md LICENSE app.py errors.py migration_runner.py settings.py ./
COPY agent agent
COPY curriculum curriculum
COPY evals evals
COPY ingestion ingestion
COPY learner learner
COPY papers papers
COPY sandbox sandbox
COPY ui ui
COPY vectorstore vectorstore
RUN pip install --no-deps --editable . && python -m compileall -q .

FROM ${PYTHON_IMAGE}
# Reads pages that are only pictures.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tesseract-ocr \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin study \
    && install --directory --owner study --group study --mode 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# The root file system may be read-only: data and caches are in the volume, what is brief in /tmp.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    XDG_CACHE_HOME=/data/cache \
    STUDY_HOME=/data/home \
    STUDY_HOST=0.0.0.0 \
    STUDY_PORT=7860
WORKDIR /app
USER study
VOLUME /data
EXPOSE 7860
# Not curl, which the image has not; the page is well while its library is loading.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "ui", "health"]
CMD ["python", "app.py"]
