#!/usr/bin/env bash
# Runs the tests compiled to js/wasm: shared/..., which knows no DOM, on Node;
# ui/... in a headless Chromium. Arguments go to `go test` (-run, -v).
set -euo pipefail
cd "$(dirname "$0")"
.ci/need chromium node

# with_tests prints the packages of the given patterns that have tests for
# js/wasm.
with_tests() {
  GOOS=js GOARCH=wasm go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' "$@"
}

# wasmbrowsertest looks for google-chrome in PATH, and knows few flags.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/google-chrome" <<EOC
#!/bin/sh
exec "$(.ci/need --chrome)" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \\
  --disable-background-networking --disable-component-update --disable-sync "\$@"
EOC
chmod +x "$work/google-chrome"

status=0

node=$(with_tests ./shared/...)
if [ -n "$node" ]; then
  echo "on Node:"
  # shellcheck disable=SC2086
  GOOS=js GOARCH=wasm go test -exec "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" "$@" $node || status=1
fi

browser=$(with_tests ./ui/...)
if [ -n "$browser" ]; then
  echo "in the browser:"
  # Built before GOOS says js; one package at a time, since each starts a browser.
  runner=$(go tool -modfile=.ci/tools.mod -n wasmbrowsertest)
  # shellcheck disable=SC2086
  PATH="$work:$PATH" GOOS=js GOARCH=wasm go test -p 1 -exec "$runner" "$@" $browser || status=1
fi

exit $status
