package web

import "embed"

//go:generate go run ./emoji static/emoji.txt

// files holds the parts. The last pattern takes in app-worker.js, app.wasm and
// app.wasm.br: it always finds the first, so that the package builds where the
// program has not been built yet.
//
//go:embed shell.html message.html static app?w*
var files embed.FS
