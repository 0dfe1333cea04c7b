# Drawbridge. `make` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN       := bin/drawbridge
BUNDLE    := plugins/dist/bundle.wasm.zst
SCRIPTS   := plugins/dist/scripts.wasm.zst
RUST      := plugins/dist/text.wasm.zst
DESIGNER  := designer/dist/index.html
DATA      ?= drawbridge-data
LISTEN    ?= 127.0.0.1:8080
FUZZTIME  ?= 20s
GO        := CGO_ENABLED=0 go
TOOL      := go tool -modfile=tools.mod

# What the build outputs are made of.
GO_SOURCES       := $(shell find server sdk plugins flows migrations designer -name '*.go' -not -path '*/node_modules/*') go.mod go.sum
PLUGIN_SOURCES   := $(shell find sdk plugins -name '*.go' -not -name '*_test.go') go.mod go.sum
SCRIPT_SOURCES   := $(shell find plugins sdk/js/src -name '*.ts')
# What the program carries beside Go: SDKs and the files of new connectors.
EMBEDDED         := $(shell find sdk/rust/src sdk/rust/Cargo.toml sdk/rust/README.md sdk/js/src sdk/js/types server/cli/templates -type f)
FLOW_SOURCES     := $(shell find flows migrations -type f -not -name '*.go') $(shell find server -name '*.json' -not -path '*/testdata/*')
DESIGNER_SOURCES := $(shell find designer -type f -not -path '*/dist/*' -not -path '*/node_modules/*' -not -path '*/test/*' -not -name '*.test.*' -not -name '*.go' 2>/dev/null) package.json package-lock.json

.PHONY: help run lab lab-words dev build test check fmt soak race fuzz e2e gen rust rust-test engine bench bench-editor bench-peers deps clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## the server at http://127.0.0.1:8080, with a sample playbook
	./$(BIN) serve --data $(DATA) --listen $(LISTEN) --sample

lab: lab-words build deps ## a small company on loopback to try it all in, with a page that says what; LAB=flags
	@echo "Compiling the lab."
	$(GO) run ./server/cmd/lab $(LAB)

lab-words:
	@echo "Building Drawbridge and the lab: a few minutes the first time, then less than a minute and a half. It says when it is ready."

dev: $(BUNDLE) $(SCRIPTS) $(RUST) node_modules ## server and designer, the designer reloading as you type (http://127.0.0.1:5173)
	@trap 'kill 0' EXIT; go run ./server/cmd/drawbridge serve --data $(DATA) --listen $(LISTEN) --sample & npm run dev

build: $(BIN) ## bin/drawbridge: static, with designer and connectors inside

$(BIN): $(GO_SOURCES) $(EMBEDDED) $(FLOW_SOURCES) $(BUNDLE) $(SCRIPTS) $(RUST) $(DESIGNER)
	$(GO) build -trimpath -ldflags '-s -w' -o $@ ./server/cmd/drawbridge

# The builder is the program itself, before it has connectors inside.
$(BUNDLE): $(PLUGIN_SOURCES)
	rm -f $(BUNDLE)
	$(GO) run ./server/cmd/drawbridge plugin build plugins/bundle --zstd --out $@

# Those in TypeScript, in one file with one engine.
$(SCRIPTS): $(SCRIPT_SOURCES)
	rm -f $(SCRIPTS)
	$(GO) run ./server/cmd/drawbridge plugin build plugins/bundle/scripts --zstd --out $@

# Connectors in Rust lie in the repository compiled, beside their source.
$(RUST): plugins/text/text.wasm
	rm -f $(RUST) $(basename $(RUST))
	$(GO) run ./server/cmd/drawbridge plugin pack $< --out $@

rust: ## build the connectors in Rust again (needs cargo and the target wasm32-wasi)
	$(GO) run ./server/cmd/drawbridge plugin build plugins/text
	$(GO) test ./plugins/text -run TestModuleIsOfThisSource -update

# What there is in Rust, tested natively where cargo is.
rust-test:
	@if command -v cargo >/dev/null; then \
	  for crate in sdk/rust plugins/text; do cargo test --offline --quiet --manifest-path $$crate/Cargo.toml || exit 1; done; \
	else echo 'skipped: the tests in Rust, because cargo is not here'; fi
	@if command -v rustfmt >/dev/null; then \
	  rustfmt --check --edition 2021 sdk/rust/src/lib.rs sdk/rust/tests/*.rs plugins/text/src/lib.rs sdk/conformance/rust/src/lib.rs; \
	else echo 'skipped: the format of Rust, because rustfmt is not here'; fi

$(DESIGNER): $(DESIGNER_SOURCES) node_modules
	npm run build

node_modules: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch node_modules

test: deps build ## everything: Go, designer, flows, and the browser end to end
	$(GO) test -timeout 30m ./...
	@$(MAKE) --no-print-directory rust-test
	./$(BIN) flow test flows/library
	npm test
	$(MAKE) --no-print-directory e2e

check: $(BUNDLE) $(SCRIPTS) $(RUST) $(DESIGNER) ## format, lint, types, layers, unit tests; generated files without a difference
	@test -z "$$($(TOOL) gofumpt -l server sdk plugins flows migrations designer/embed.go | tee /dev/stderr)" || { echo 'not formatted: run make fmt' >&2; exit 1; }
	$(GO) vet ./...
	$(TOOL) golangci-lint run ./...
	$(GO) test -short ./...
	$(GO) test -run TestModuleIsBuiltAgain ./plugins/text
	@$(MAKE) --no-print-directory rust-test
	npm run check
	npm test
	$(MAKE) --no-print-directory gen
	@git diff --exit-code -- designer/api flows/library || { echo 'make gen changed files: commit them' >&2; exit 1; }

fmt: node_modules ## rewrite Go, TypeScript and flow files into their one form
	$(TOOL) gofumpt -w server sdk plugins flows migrations designer/embed.go
	npm run fmt
	$(GO) run ./server/cmd/drawbridge flow fmt flows/library/*.flow.json

soak: $(BUNDLE) $(SCRIPTS) $(RUST) deps ## at length: SOAK calls (100000) of each kind of connector, as many mutants of modules, SOAK_KILLS (100) kills of servers
	SOAK=$${SOAK:-100000} go test -run "TestPristine|TestMutantsInTheSandbox" -timeout 60m -v ./server/sandbox
	WASM_MUTANTS=$${SOAK:-100000} go test -run TestMutants -timeout 60m -v ./server/wasm
	SOAK_KILLS=$${SOAK_KILLS:-100} go test -run "TestReplicas|TestKillUnderLoad" -timeout 90m -v ./server/app

race: $(BUNDLE) $(SCRIPTS) $(RUST) ## Go tests with the race detector
	CGO_ENABLED=1 go test -race ./...

fuzz: $(BUNDLE) $(SCRIPTS) $(RUST) ## each fuzz test for FUZZTIME (20s)
	@grep -rl --include='*_test.go' '^func Fuzz' server sdk plugins | while read -r file; do \
	  for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' "$$file"); do \
	    echo "$$name in $$(dirname "$$file")"; go test -run XXX -fuzz "^$$name$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")"; \
	  done; done

e2e: deps build ## the browser, end to end, against the real server
	node --test --test-reporter=spec designer/test/e2e/*.test.mjs

gen: node_modules ## OpenAPI document and the designer's client types from the server's handlers
	$(GO) run ./server/cmd/drawbridge openapi > designer/api/openapi.json
	npx openapi-typescript designer/api/openapi.json --output designer/api/schema.gen.ts
	npx biome check --write --no-errors-on-unmatched designer/api

engine: ## say whether the JavaScript engine is what its npm package has
	@version=$$(sed -n 's/.*Version = "\(.*\)"/\1/p' server/quickjs/quickjs.go); digest=$$(sed -n 's/.*Digest = "\(.*\)"/\1/p' server/quickjs/quickjs.go); \
	tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; cd "$$tmp"; \
	npm pack --silent "quickjs-wasi@$$version" > name; tar xzf "$$(cat name)"; \
	echo "$$digest  package/quickjs.wasm" | sha256sum --check

bench: build ## the reference workloads, the engine and the sandbox: compare within one run only (BENCH_DATABASE is an empty PostgreSQL)
	./$(BIN) bench
	./$(BIN) bench engine $${BENCH_DATABASE:+--database "$$BENCH_DATABASE"}
	./$(BIN) bench waiting
	$(GO) test -run XXX -bench 'Fold|DurableRuns' ./server/app
	$(GO) test -run XXX -bench RunList ./server/store
	$(GO) test -run XXX -bench 'Match|Cases|Dashboard' -timeout 40m ./server/store
	$(GO) test -run XXX -bench Instrumented ./server/wasm
	$(GO) test -run XXX -bench . ./server/sandbox
	npm run --silent perf

bench-editor: build ## the designer's budgets, and beside Node-RED's editor, into designer/BENCHMARKS.md (needs npm; on a quiet machine)
	npm run --silent perf -- opening drag elements live undo huge memory peers --out designer/BENCHMARKS.md

bench-peers: build ## beside Node-RED and DBOS, into BENCHMARKS.md (needs npm, wrk, PostgreSQL; takes half an hour, on a quiet machine)
	cd server/cli/bench/peers && go run . -rounds $${ROUNDS:-5} -length $${LENGTH:-4s}

deps: node_modules ## what the tests need besides Go, Node and make: Chromium, PostgreSQL, servers for mail, directories and names
	@./.ci/deps

clean: ## remove what was built
	rm -rf bin designer/dist/* plugins/dist/* node_modules
	git checkout -q designer/dist/.gitkeep plugins/dist/.gitkeep
