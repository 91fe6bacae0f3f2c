// Command overlay runs a go command for the browser, with small packages of
// ours in the place of large ones of the standard library.
//
//	go run ./web/overlay go build -o web/app.wasm ./cmd/parley-web
//
// # Why
//
// A package of Go is linked as far as it can be reached, and go-app reaches far:
// its half for servers is compiled into the half for browsers. net/http alone,
// with TLS and all that initialises itself, is a sixth of what would go over
// the line, and nothing in a browser runs it.
//
// # How
//
// The folders in std are named by the packages that they replace. Each holds
// what our program and its dependencies name of that package, and nothing else:
// where the browser has the thing itself (regular expressions, randomness), that
// is used, and what cannot be called in a browser says so.
//
// The go command takes an overlay: files that it is to see as if they were
// there, or as if they were not (go help build, -overlay). This command asks the
// toolchain which files each package has for js/wasm, hides those, and shows
// ours. It asks at each run, so another version of Go, with other files, works
// as well. Nothing is patched, in GOROOT or in a dependency; files in the module
// cache cannot be overlaid.
//
// # When something is missing
//
// A dependency that was updated, or code of ours, may name what a package here
// does not have. The compiler then says "undefined", this command adds which
// folder to look into, and the choice is to add it there or to do without it.
// Nothing can be missing when the program runs.
package main
