# `make demo` and `make test` need Python 3.10 or newer, and the package index for the first run.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help env demo test test-lowest browser experiments soak lint results bench notebooks site clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

env: $(VENV)/.installed  ## make the environment in .venv

# uv installs in seconds what takes pip minutes; pip is the fallback, and knows a configured mirror. Compiled at
# once, as by pip, or else every start compiles torch again where Python may not keep what it has compiled.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed, this is " + sys.version) if sys.version_info < (3, 10) else None'
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make an environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "installing torch, torchvision and the rest into $(VENV) (several GB, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv \
		&& $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable '.[dev]' \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: env  ## train the MLP, from scratch and concisely, on the embedded digits
	@for variant in scratch concise; do \
		$(BIN)/d2lcore run mlp $$variant --data digits --lr 0.5 --batch-size 32 --num-epochs 20 || exit; done
	@echo && echo "the figures: $(CURDIR)/runs/mlp/*/*.png"

# Side by side, one process a core: a thread each then, or they wait for one another.
test: env lint  ## lint, types, and the tests but for the published experiments
	@OMP_NUM_THREADS=1 $(BIN)/pytest -m "not experiment" --numprocesses auto --dist worksteal

test-lowest:  ## the tests with the lowest versions that pyproject.toml allows, in .venv-lowest (several GB)
	@$(PYTHON) -m venv .venv-lowest && .venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv-lowest/bin/uv pip install --quiet --resolution lowest-direct --python .venv-lowest/bin/python --editable '.[test]'
	@OMP_NUM_THREADS=1 .venv-lowest/bin/pytest -m "not experiment" --numprocesses auto --dist worksteal

browser:  ## install Chromium by apt, for the tests of the players' pages
	@command -v chromium chromium-browser google-chrome | grep . || { \
		command -v apt-get > /dev/null || { echo "there is no apt here: install Chromium in another way" >&2; exit 1; }; \
		root=$$([ $$(id -u) = 0 ] || echo sudo); \
		$$root apt-get update --quiet && $$root apt-get install --yes --no-install-recommends chromium; }

experiments: env  ## repeat published experiments at their full size
	@$(BIN)/pytest -m experiment

soak: env  ## kill, crowd and starve what writes files, and count the harm (10 minutes; not on Windows)
	@$(BIN)/python tests/soak.py

lint: env
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary

results: env  ## run the numbers of the notes again, into docs/results.md (minutes; needs the image data)
	@$(BIN)/d2lcore reproduce > docs/results.md.part; code=$$?; \
		[ $$code -gt 1 ] || mv docs/results.md.part docs/results.md; exit $$code  # 1: a number is not in its band

bench: env  ## time the helpers beside the book's way; prints ratios
	@$(BIN)/python -m benchmarks

notebooks: env  ## build notebooks/ from the chapters
	@$(BIN)/python -m d2lcourse.notebooks

site: env  ## run the chapters and build pages for a browser, in build/site/html (minutes; needs the image data)
	@$(BIN)/python -m d2lcourse.site

clean:  ## remove the environment, caches and run results, but no data
	@rm -rf $(VENV) .venv-lowest runs notebooks build/site .pytest_cache .mypy_cache .ruff_cache .hypothesis
