// Package web is what a browser gets from the server before and beside the
// conversation: the shell that is painted at once, the program (app.wasm, built
// by `make build`), its styles and icons, the manifest, and the service worker
// that makes all of it open offline.
//
// Everything is embedded, so a server is one file. [Handler] assembles it once,
// when the server starts, and serves it from memory; [Secure] sets the headers
// that belong on every answer of the server, these and the API's alike.
//
// One hash over all parts is the version of the UI: equal parts have an equal
// version, and only another version makes a browser update. A part is linked by
// its own hash (/web/app.css?v=…) and may then be kept for ever; the shell, the
// worker and the manifest are asked for again each time and answered 304.
//
// The shell is the same for every page and every person. It holds no data, no
// part of the address, and nothing that can be clicked, because the program
// replaces it as a whole when it arrives. It is a template of ours and not
// go-app's page: that one writes attributes in random order, which would be
// another shell at each start, and does not escape them.
//
// Files in static/ are served under /web/, and kept offline except for
// static/icons/, which only the system asks for. static/emoji.txt is generated
// (see web/emoji), and read by the program when somebody wants an emoji.
package web
