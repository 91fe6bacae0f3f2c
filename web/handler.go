package web

import (
	"io/fs"
	"net/http"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// routes are the pages of the UI, in what Go's and the browser's regular
// expressions have in common: the worker tests the same pattern.
const routes = `^/(c/[^/]+|r/[^/]+|signin|settings)?$`

var route = regexp.MustCompile(routes)

// Handler returns the handler of everything under the server's address that is
// not the API's, a socket's or a text room's: pages, program, styles, icons,
// manifest, worker, and the words for a page that does not exist. Its answers
// carry the headers of [Secure].
//
// A server built without app.wasm answers its pages with 503 and what to do.
func Handler() (http.Handler, error) { return newHandler(files) }

// newHandler is Handler with the parts in files.
func newHandler(files fs.FS) (http.Handler, error) {
	h, err := assemble(files)
	if err != nil {
		return nil, err
	}
	return Secure(h), nil
}

// handler serves the parts that assemble has made.
type handler struct {
	assets    map[string]*asset // by path
	shell     *asset            // nil without app.wasm
	manifests localized
	notFound  localized
	unbuilt   localized
}

// ServeHTTP serves GET and HEAD.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	path := r.URL.Path
	switch asset := h.assets[path]; {
	case asset != nil:
		asset.serve(w, r, http.StatusOK)
	case path == manifestPath:
		h.manifests.serve(w, r, http.StatusOK)
	case h.shell == nil && (path == wasmPath || route.MatchString(path)):
		w.Header().Set("Retry-After", "60")
		h.unbuilt.serve(w, r, http.StatusServiceUnavailable)
	case route.MatchString(path):
		h.shell.serve(w, r, http.StatusOK)
	case strings.Contains(r.Header.Get("Accept"), "text/html"):
		h.notFound.serve(w, r, http.StatusNotFound)
	default:
		w.Header().Set("Cache-Control", "no-cache")
		http.Error(w, "not found", http.StatusNotFound)
	}
}

// languages are those of the UI; the first is for everybody else.
var (
	languages = []language.Tag{language.English, language.SimplifiedChinese}
	matcher   = language.NewMatcher(languages)
)

// localized is an asset in each of the languages.
type localized []*asset

func (l localized) serve(w http.ResponseWriter, r *http.Request, status int) {
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	w.Header().Add("Vary", "Accept-Language")
	l[i].serve(w, r, status)
}
