# The race detector needs a C compiler; without one the tests run without it.
RACE := $(if $(shell command -v $$(go env CC) 2>/dev/null),-race)
FUZZTIME ?= 30s

.PHONY: build man test lint cross bench fuzz rclone clean

build: ## bin/jottarun
	go build -trimpath -o bin/jottarun ./cmd/jottarun

man: build ## manual pages and completions, in bin/
	bin/jottarun man bin/man1
	@for shell in bash fish zsh; do bin/jottarun completion $$shell >bin/jottarun.$$shell || exit 1; done

test: ## every test, in random order
	go test $(RACE) -shuffle=on ./...

soak: ## the long forms of tests, with their figures: make soak | grep figures
	JOTTARUN_SOAK=1 go test -count=1 -timeout 60m -v ./internal/faults ./internal/model ./internal/state ./internal/localfs ./internal/manifest ./cmd/jottarun

lint: ## formatting, vet, staticcheck
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted: $$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

cross: ## it compiles elsewhere, with its tests; Linux is what it is tested on
	@for os in linux darwin windows freebsd; do for arch in amd64 arm64; do \
		echo "$$os/$$arch"; CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -o /dev/null ./cmd/jottarun || exit 1; \
	done; CGO_ENABLED=0 GOOS=$$os go vet ./... || exit 1; done

bench: ## figures with their baselines, in one run: a table of ratios at the end
	go test -run '^$$' -bench . -benchmem -timeout 60m ./... | go run ./internal/bench/table

fuzz: ## every fuzz target for FUZZTIME
	@grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' "$$file"); do \
			echo "$$(dirname $$file) $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$(dirname $$file)" || exit 1; \
		done; \
	done

rclone: ## an unmodified rclone against the embedded cloud, and beside jottarun
	GOBIN=$(CURDIR)/bin go install github.com/rclone/rclone@v1.76.0
	JOTTARUN_RCLONE=$(CURDIR)/bin/rclone go test -count=1 -v -run Rclone ./jotta/emulator

clean:
	rm -rf bin examples/.jottarun
