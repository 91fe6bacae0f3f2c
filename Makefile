# Parley: `make help` lists what there is.

GO ?= go

# The packages that also build for the browser.
JS_PACKAGES = ./cmd/parley-web ./shared/... ./ui/... ./web/overlay/...

.DEFAULT_GOAL := help
.PHONY: help run build wasm size binary check test sim bench cluster clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build and start on http://localhost:8080, data in ./data
	bin/parley serve --data ./data

build: binary ## build the UI and then bin/parley, one static program with the UI inside

# Without the version control stamp: the same sources give the same bytes, at
# whatever commit, and a browser that has them is not asked to update. The
# linker leaves an up-to-date program alone, slim one that it has made, and
# compress one that is already compressed, so an unchanged UI costs nothing.
#
# overlay builds for the browser, without what only a server needs
# (web/overlay/doc.go); vet and the tests see the whole standard library, which
# the tests make use of. slim drops what only a debugger would read
# and writes functions shorter (web/slim/doc.go). Nothing is inlined (-l), which
# makes the program smaller by a tenth; to inline only where frames are decoded
# would cost 36 KB, and make of the millisecond that a page of 50 rows takes about
# a half.
BUILD_WASM = $(GO) run ./web/overlay $(GO) build -trimpath -buildvcs=false -gcflags=all=-l
wasm:
	@mkdir -p .cache
	$(BUILD_WASM) -ldflags "-s -w" -o .cache/app.wasm ./cmd/parley-web
	$(GO) run ./web/slim .cache/app.wasm web/app.wasm
	$(GO) run ./web/compress web/app.wasm web/static/emoji.txt

size: wasm ## what of app.wasm comes from which package
	@$(BUILD_WASM) -ldflags -w -o .cache/app-named.wasm ./cmd/parley-web
	@$(GO) run ./web/slim .cache/app-named.wasm .cache/app-named-slim.wasm
	@$(GO) run ./web/size .cache/app-named-slim.wasm
	@wc -c web/app.wasm web/app.wasm.br

binary: wasm
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/parley ./cmd/parley

check: ## gofmt, vet and staticcheck (native and js/wasm), import rules, package comments
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) vet $(JS_PACKAGES)
	$(GO) tool staticcheck ./...
	GOOS=js GOARCH=wasm $$($(GO) tool -n staticcheck) $(JS_PACKAGES)
	$(GO) test -count=1 ./cmd/internal/arch ./web/overlay

test: check wasm ## everything: check, all tests with -race, tests in js/wasm, tests in a browser
	.ci/need chromium fonts node strace axe postgresql
	$(GO) test -count=1 -timeout 20m -v -run '^TestSim(Kill)?$$' ./server
	$(GO) test -race -timeout 20m ./...
	./wasm_test.sh

sim: ## the seeded simulation for long: make sim SEEDS=1000000
	$(GO) test -count=1 -timeout 0 -v -run '^TestSim$$' ./server -sim.seeds $(or $(SEEDS),100000)

# The packages with benchmarks of what is done for every frame, row or post.
HOT_PACKAGES = ./shared/wire ./shared/replica ./shared/words ./server ./server/ws ./server/bus/local ./server/store/sqlite

bench: build ## measure everything against the targets, in bin/bench.json and .md: BENCH="fanout --readers 100" for a part
	$(GO) build -trimpath -o bin/parley-load ./cmd/parley-load
	$(if $(BENCH),,$(GO) test -run '^$$' -bench . -benchmem -benchtime 100ms $(HOT_PACKAGES))
	bin/parley-load --json bin/bench.json --markdown bin/bench.md $(or $(BENCH),suite)

cluster: build ## measure three nodes on PostgreSQL and NATS, and for how long each fault is felt
	.ci/need postgresql
	$(GO) build -trimpath -o bin/parley-load ./cmd/parley-load
	bin/parley-load --json bin/cluster.json --markdown bin/cluster.md cluster
	$(GO) test -count=1 -v -run '^TestCluster$$' ./cmd/parley/cluster

clean: ## remove what was built, keep ./data
	rm -rf bin .cache web/app.wasm web/app.wasm.br web/static/emoji.txt.br
