package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

const (
	name         = "Parley"
	description  = "Chat for people who do business with each other."
	wasmPath     = "/web/app.wasm"
	workerPath   = "/app-worker.js" // where go-app registers it
	manifestPath = "/manifest.webmanifest"
	javascript   = "text/javascript; charset=utf-8"
	html         = "text/html; charset=utf-8"
)

// types are the media types of what lies in static/, by extension. The system's
// table differs from one machine to the next.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  javascript,
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// assemble makes the handler from the parts in files. The order matters: the
// files first, since the version is made of them, then what carries the
// version, then the pages that link to all of it.
func assemble(files fs.FS) (*handler, error) {
	h := &handler{assets: map[string]*asset{}}
	if err := h.addStatic(files); err != nil {
		return nil, err
	}
	built, err := h.addProgram(files)
	if err != nil {
		return nil, err
	}
	shell, err := h.page(files, "shell.html", struct{ Description string }{description})
	if err != nil {
		return nil, err
	}
	worker, err := fs.ReadFile(files, "app-worker.js")
	if err != nil {
		return nil, err
	}
	version := h.version(shell.plain(), worker)

	// app.js carries the version, and the shell the hash of app.js.
	if err := h.addGoApp(version); err != nil {
		return nil, err
	}
	if shell, err = h.page(files, "shell.html", struct{ Description string }{description}); err != nil {
		return nil, err
	}
	if built {
		h.shell = shell
	}
	h.assets[workerPath] = newAsset(javascript, h.worker(string(worker), version))
	if h.manifests, err = manifests(); err != nil {
		return nil, err
	}
	return h, h.addMessages(files)
}

// addStatic adds what lies in static/. A file beside it with .br at its end is
// its form in brotli.
func (h *handler) addStatic(files fs.FS) error {
	err := fs.WalkDir(files, "static", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) == ".br" {
			return err
		}
		contentType := types[path.Ext(file)]
		if contentType == "" {
			return fmt.Errorf("%s: this extension has no type yet", file)
		}
		h.assets["/web/"+strings.TrimPrefix(file, "static/")], err = newFile(contentType, files, file)
		return err
	})
	if err != nil {
		return fmt.Errorf("web: reading static files: %w", err)
	}
	h.assets["/favicon.ico"] = h.assets["/web/favicon.png"]
	return nil
}

// addProgram adds app.wasm, and tells whether it is there.
func (h *handler) addProgram(files fs.FS) (bool, error) {
	wasm, err := newFile("application/wasm", files, "app.wasm")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	h.assets[wasmPath] = wasm
	return true, nil
}

// addGoApp adds go-app's two scripts, as its handler makes them: the loader of
// Go programs, and the page script that registers the worker and starts ours.
func (h *handler) addGoApp(version string) error {
	goApp := &app.Handler{
		Name:         name,
		Version:      version,
		Resources:    linked{h},
		LoadingLabel: "{progress}%",
	}
	if wasm := h.assets[wasmPath]; wasm != nil {
		// The script counts decompressed bytes.
		goApp.WasmContentLength = strconv.Itoa(wasm.size)
	}
	for _, path := range []string{"/wasm_exec.js", "/app.js"} {
		answer := recorder{header: http.Header{}, status: http.StatusOK}
		goApp.ServeHTTP(&answer, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
		if answer.status != http.StatusOK || answer.body.Len() == 0 {
			return fmt.Errorf("web: go-app answers %s with %d", path, answer.status)
		}
		h.assets[path] = newAsset(javascript, answer.body.Bytes())
	}
	return nil
}

// recorder is an http.ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// addMessages adds the pages that say why there is no page.
func (h *handler) addMessages(files fs.FS) error {
	type message struct{ Name, Lang, Title, Text, Link string }
	for _, m := range []struct {
		to     *localized
		en, zh message
	}{{
		to: &h.notFound,
		en: message{Title: "There is nothing here", Text: "The address may be mistyped, or the page is gone.", Link: "Open Parley"},
		zh: message{Title: "这里什么也没有", Text: "地址可能有误，或者页面已不存在。", Link: "打开洽谈"},
	}, {
		to: &h.unbuilt,
		en: message{Title: "The UI is not in this program", Text: "It was built without web/app.wasm. Build it with “make build”."},
		zh: message{Title: "此程序不含界面", Text: "编译时缺少 web/app.wasm。请用 make build 编译。"},
	}} {
		m.en.Name, m.en.Lang = name, "en"
		m.zh.Name, m.zh.Lang = nameChinese, "zh-CN"
		for _, message := range []message{m.en, m.zh} {
			page, err := h.page(files, "message.html", message)
			if err != nil {
				return err
			}
			*m.to = append(*m.to, page)
		}
	}
	return nil
}

// page executes the template file with data. In it, url links an asset.
func (h *handler) page(files fs.FS, file string, data any) (*asset, error) {
	t, err := template.New(file).Funcs(template.FuncMap{"url": h.link}).ParseFS(files, file)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return newAsset(html, b.Bytes()), nil
}

// worker fills in the worker's template.
func (h *handler) worker(template, version string) []byte {
	resources := []string{"/", h.link("/app.js"), h.link("/wasm_exec.js")}
	for path := range h.assets {
		if strings.HasPrefix(path, "/web/") && !strings.HasPrefix(path, "/web/icons/") {
			resources = append(resources, h.link(path))
		}
	}
	slices.Sort(resources)
	return []byte(strings.NewReplacer(
		"{{.Version}}", version,
		`"{{.Routes}}"`, encode(routes),
		"{{.ResourcesToCache}}", encode(resources),
	).Replace(template))
}

// version is the hash of all parts: the assets so far, and others.
func (h *handler) version(others ...[]byte) string {
	paths := make([]string, 0, len(h.assets))
	for path, a := range h.assets {
		paths = append(paths, path+" "+a.hash)
	}
	slices.Sort(paths)
	return hash(append(others, []byte(strings.Join(paths, "\n")))...)
}

// link returns path with the hash of the asset that it leads to, if any.
func (h *handler) link(path string) string {
	if a := h.assets[path]; a != nil {
		return path + "?v=" + a.hash
	}
	return path
}

// linked lets go-app link our assets.
type linked struct{ h *handler }

// Resolve implements app.ResourceResolver.
func (l linked) Resolve(path string) string { return l.h.link(path) }

// encode writes v as JSON, which is JavaScript too. It is for strings and lists
// of strings, which cannot fail.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
