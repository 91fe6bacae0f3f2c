package arch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	module    = "parley"
	websocket = "nhooyr.io/websocket"
	goApp     = "github.com/maxence-charriere/go-app/v10"
)

// forbiddenInBrowser are the packages that must not be linked into app.wasm,
// since every byte of it goes over a phone's line; and the server with them.
var forbiddenInBrowser = []string{
	module + "/server",
	"github.com/golang/protobuf",
	"github.com/jackc",
	"github.com/nats-io",
	"golang.org/x/text/collate",
	"google.golang.org/protobuf",
	"modernc.org",
	"time/tzdata",
	"zombiezen.com",
}

// TestImports checks the rules on what is there, natively and for the browser.
func TestImports(t *testing.T) {
	for _, target := range []target{native, browser} {
		t.Run(target.String(), func(t *testing.T) {
			for _, p := range ours(t, target) {
				for _, broken := range checkImports(p, target) {
					t.Error(broken)
				}
			}
		})
	}
	t.Run("app.wasm", func(t *testing.T) {
		for _, p := range list(t, browser, "-deps", "./cmd/parley-web") {
			for _, broken := range checkLinked(p) {
				t.Error(broken)
			}
		}
	})
}

// checkImports returns a sentence for each import of p that the rules forbid.
func checkImports(p listed, target target) []string {
	var broken []string
	say := func(path, why string) {
		broken = append(broken, fmt.Sprintf("%s imports %s: %s", p.ImportPath, path, why))
	}
	for _, path := range p.Imports {
		if within(path, websocket) && !(target == native && slices.Contains([]string{"server/ws", "ui/link"}, p.name())) {
			say(path, "only server/ws and the native half of ui/link know the websocket package")
		}
		own, isOwn := strings.CutPrefix(path, module+"/")
		switch {
		case isOwn:
			if why := forbiddenOwn(p.name(), own); why != "" {
				say(path, why)
			}
		case thirdParty(path):
			if why := forbiddenThirdParty(p.name(), path); why != "" {
				say(path, why)
			}
		}
	}
	return broken
}

// forbiddenOwn says why the package name may not import our package own, or "".
func forbiddenOwn(name, own string) string {
	top, _, _ := strings.Cut(name, "/")
	switch {
	case top == "cmd":
		return ""
	case within(own, "cmd"):
		return "nothing builds on a command"
	case top == "shared":
		return forbiddenShared(name, own)
	case within(name, "server/store/storetest"):
		// The suite may hold a store against a simpler one as its model.
		return allow(own, "a suite knows stores", "shared", "server/store/...")
	case within(name, "server/store"):
		return allow(own, "a store knows the nouns and its own contract", "shared", "server/store", subtree(name, "server/store"))
	case within(name, "server/bus"):
		return allow(own, "a bus knows the nouns and its own contract, and may build on that of one node", "shared", "server/bus", "server/bus/local", subtree(name, "server/bus"))
	case within(name, "server/search"):
		return allow(own, "an index knows the nouns, its own contract and the store's", "shared", "server/search", "server/store", subtree(name, "server/search"))
	case top == "server":
		if below(own, "server/store") || below(own, "server/bus") || below(own, "server/search") {
			return "the server knows the interfaces, a command picks the implementation"
		}
		return allow(own, "the server builds on shared and server", "shared", "server/...")
	case top == "ui":
		return allow(own, "the UI builds on shared and ui", "shared", "ui/...")
	case top == "web":
		return allow(own, "web serves files and knows nothing else", "web/...")
	}
	return "a package outside cmd, server, shared, ui and web"
}

// forbiddenShared is forbiddenOwn for shared/*: chat at the bottom, wire on it,
// and replica on both.
func forbiddenShared(name, own string) string {
	switch {
	case within(name, "shared/chat"):
		return allow(own, "chat builds on nothing", "shared/chat/...")
	case within(name, "shared/wire"):
		return allow(own, "wire builds on chat", "shared/chat", "shared/wire/...")
	}
	return allow(own, "shared builds on shared", "shared")
}

// forbiddenThirdParty says why the package name may not import the package
// path of somebody else, or "".
func forbiddenThirdParty(name, path string) string {
	top, _, _ := strings.Cut(name, "/")
	switch {
	case top == "shared":
		return "shared builds on the standard library alone"
	case top == "ui" && !within(path, goApp) && !(name == "ui/link" && within(path, websocket)):
		return "the UI builds on go-app and the standard library"
	case top == "server" && within(path, goApp):
		return "the server and the UI never meet"
	}
	return ""
}

// checkLinked returns a sentence for a package that must not be in app.wasm.
func checkLinked(p listed) []string {
	for _, forbidden := range forbiddenInBrowser {
		if within(p.ImportPath, forbidden) {
			return []string{p.ImportPath + " is linked into app.wasm"}
		}
	}
	return nil
}

// allow returns why unless own is one of, or lies where, allowed says: "x" is
// a package of contracts (and, for shared, what is in it), "x/..." a whole tree.
func allow(own, why string, allowed ...string) string {
	for _, a := range allowed {
		tree, isTree := strings.CutSuffix(a, "/...")
		if own == a || isTree && within(own, tree) || a == "shared" && within(own, a) {
			return ""
		}
	}
	return why
}

// subtree names the tree of the implementation that name belongs to:
// "server/store/sqlite/..." for "server/store/sqlite/migrate".
func subtree(name, contract string) string {
	rest := strings.TrimPrefix(strings.TrimPrefix(name, contract), "/")
	if rest == "" {
		return contract
	}
	implementation, _, _ := strings.Cut(rest, "/")
	return contract + "/" + implementation + "/..."
}

// within tells whether path is tree or lies in it.
func within(path, tree string) bool { return path == tree || below(path, tree) }

// below tells whether path lies in tree.
func below(path, tree string) bool { return strings.HasPrefix(path, tree+"/") }

// thirdParty tells whether path is neither ours nor of the standard library,
// whose first elements have no dot.
func thirdParty(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}

// TestCheckImports shows each rule what breaks it, and what does not.
func TestCheckImports(t *testing.T) {
	const ok, bad = true, false
	for _, c := range []struct {
		target   target
		name     string
		imported string
		ok       bool
	}{
		{native, "shared/chat", "strings", ok},
		{native, "shared/chat", "parley/shared/wire", bad},
		{native, "shared/chat", "github.com/rivo/uniseg", bad},
		{native, "shared/wire", "parley/shared/chat", ok},
		{native, "shared/wire", "parley/shared/replica", bad},
		{native, "shared/wire", "parley/server", bad},
		{native, "shared/replica", "parley/shared/wire", ok},
		{native, "shared/replica", "parley/ui", bad},
		{native, "server", "parley/shared/wire", ok},
		{native, "server", "parley/server/store", ok},
		{native, "server", "parley/server/bus", ok},
		{native, "server", "parley/server/store/sqlite", bad},
		{native, "server", "parley/server/bus/local", bad},
		{native, "server", "parley/server/search", ok},
		{native, "server", "parley/server/search/fts", bad},
		{native, "server/search/fts", "parley/server/search", ok},
		{native, "server/search/fts", "parley/server/store", ok},
		{native, "server/search/fts", "parley/server/store/sqlite", bad},
		{native, "server/search/fts", "parley/server/bus", bad},
		{native, "server", "parley/ui/link", bad},
		{native, "server", "parley/web", bad},
		{native, "server", "parley/cmd/parley", bad},
		{native, "server", goApp + "/pkg/app", bad},
		{native, "server", websocket, bad},
		{native, "server/ws", websocket, ok},
		{native, "server/ws", "parley/server/store/memory", bad},
		{native, "server/store", "parley/shared/chat", ok},
		{native, "server/store", "parley/server", bad},
		{native, "server/store", "parley/server/store/sqlite", bad},
		{native, "server/store/sqlite", "parley/server/store", ok},
		{native, "server/store/sqlite", "parley/server/store/sqlite/migrate", ok},
		{native, "server/store/sqlite", "zombiezen.com/go/sqlite", ok},
		{native, "server/store/sqlite", "parley/server/store/memory", bad},
		{native, "server/store/sqlite", "parley/server/bus", bad},
		{native, "server/store/storetest", "parley/server/store/memory", ok},
		{native, "server/store/storetest", "parley/server", bad},
		{native, "server/bus/local", "parley/server/bus", ok},
		{native, "server/bus/local", "parley/server/store", bad},
		{native, "server/bus/nats", "parley/server/bus/local", ok},
		{native, "server/bus/local", "parley/server/bus/nats", bad},
		{native, "ui", "parley/ui/link", ok},
		{native, "ui", "parley/shared/replica", ok},
		{native, "ui", goApp + "/pkg/app", ok},
		{native, "ui", "parley/server", bad},
		{native, "ui", "parley/web", bad},
		{native, "ui", "golang.org/x/text/language", bad},
		{native, "ui", websocket, bad},
		{native, "ui/link", websocket, ok},
		{browser, "ui/link", websocket, bad},
		{browser, "ui/link", "syscall/js", ok},
		{native, "web", goApp + "/pkg/app", ok},
		{native, "web", "parley/server", bad},
		{native, "web", "parley/ui", bad},
		{native, "cmd/parley", "parley/server/store/sqlite", ok},
		{native, "cmd/parley", "parley/ui", ok},
		{native, "cmd/parley-load", websocket, bad},
		{native, "tools", "parley/shared/chat", bad},
	} {
		p := listed{ImportPath: module + "/" + c.name, Imports: []string{"fmt", c.imported}}
		if broken := checkImports(p, c.target); (len(broken) == 0) != c.ok {
			t.Errorf("%s: %s imports %s: got %q", c.target, c.name, c.imported, broken)
		}
	}
}

// TestCheckLinked shows that each forbidden package is noticed in app.wasm.
func TestCheckLinked(t *testing.T) {
	for path, ok := range map[string]bool{
		"fmt":                             true,
		"net/http":                        true,
		"parley/shared/chat":              true,
		"parley/server/store":             false,
		"modernc.organic/x":               true,
		"github.com/jackc/pgx/v5":         false,
		"github.com/nats-io/nats.go":      false,
		"golang.org/x/text/collate":       false,
		"google.golang.org/protobuf/wire": false,
		"modernc.org/sqlite/lib":          false,
		"time/tzdata":                     false,
		"zombiezen.com/go/sqlite":         false,
	} {
		if broken := checkLinked(listed{ImportPath: path}); (len(broken) == 0) != ok {
			t.Errorf("%s in app.wasm: got %q", path, broken)
		}
	}
}
