#!/usr/bin/env bash
# Runs the tests compiled to js/wasm: what builds on go-app, and so wants a
# page, and what builds on IndexedDB, in a headless Chromium; all else of
# shared/, ui/ and web/overlay/std on Node. Arguments go to `go test` (-run, -v).
set -euo pipefail
cd "$(dirname "$0")"
.ci/need chromium node

# packages prints those with tests for js/wasm that need the given place.
packages() {
  GOOS=js GOARCH=wasm go list -f '{{if or .TestGoFiles .XTestGoFiles -}}
    {{$place := "node"}}{{if eq .ImportPath "parley/ui/disk"}}{{$place = "browser"}}{{end}}{{range .Deps}}{{if eq . "github.com/maxence-charriere/go-app/v10/pkg/app"}}{{$place = "browser"}}{{end}}{{end -}}
    {{$place}} {{.ImportPath}}
  {{- end}}' ./shared/... ./ui/... ./web/overlay/std/... | sed -n "s/^ *$1 //p"
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

node=$(packages node)
if [ -n "$node" ]; then
  echo "on Node:"
  # shellcheck disable=SC2086
  GOOS=js GOARCH=wasm go test -exec "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" "$@" $node || status=1
fi

browser=$(packages browser)
if [ -n "$browser" ]; then
  echo "in the browser:"
  # Built before GOOS says js; one package at a time, since each starts a browser.
  runner=$(go tool -modfile=.ci/tools.mod -n wasmbrowsertest)
  # shellcheck disable=SC2086
  PATH="$work:$PATH" GOOS=js GOARCH=wasm go test -p 1 -exec "$runner" "$@" $browser || status=1
fi

exit $status
