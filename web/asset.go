package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// An asset is a file, in the encodings it can be sent in.
type asset struct {
	contentType string
	hash        string        // of its content: equal content, equal hash
	size        int           // of its content
	plain       func() []byte // its content
	brotli      []byte        // made at build time; nil if there is none
	gzip        func() []byte // made when first asked for; nil if it would not pay
}

// newAsset makes an asset of plain.
func newAsset(contentType string, plain []byte) *asset {
	a := &asset{contentType: contentType, hash: hash(plain), size: len(plain), plain: func() []byte { return plain }}
	a.mayGzip()
	return a
}

// newFile makes an asset of a file that lies packed beside itself. Next to
// nobody wants it as it is, and it may be large: it stays where it is until
// somebody does.
func newFile(contentType string, files fs.FS, name string) (*asset, error) {
	plain, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	packed, err := fs.ReadFile(files, name+".br")
	if errors.Is(err, fs.ErrNotExist) {
		return newAsset(contentType, plain), nil
	}
	if err != nil {
		return nil, err
	}
	a := &asset{contentType: contentType, hash: hash(plain), size: len(plain), brotli: packed}
	a.plain = func() []byte {
		plain, _ := fs.ReadFile(files, name) // it was there before
		return plain
	}
	a.mayGzip()
	return a, nil
}

func (a *asset) mayGzip() {
	if worthPacking(a.contentType) {
		// Browsers accept brotli over https and on localhost only. On a plain
		// http address in the office this is a quarter of the way.
		a.gzip = sync.OnceValue(func() []byte { return gzipped(a.plain()) })
	}
}

// serve answers with the asset, status, and the best encoding that the client
// takes. Where the address carries the asset's hash it may be kept for ever.
func (a *asset) serve(w http.ResponseWriter, r *http.Request, status int) {
	var body []byte
	encoding := ""
	accepted := r.Header.Get("Accept-Encoding")
	switch {
	case a.brotli != nil && accepts(accepted, "br"):
		body, encoding = a.brotli, "br"
	case a.gzip != nil && accepts(accepted, "gzip"):
		body, encoding = a.gzip(), "gzip"
	default:
		body = a.plain()
	}

	h := w.Header()
	etag := `"` + a.hash + `"`
	if encoding != "" {
		etag = `"` + a.hash + "-" + encoding + `"`
		h.Set("Content-Encoding", encoding)
	}
	if a.brotli != nil || a.gzip != nil {
		h.Add("Vary", "Accept-Encoding")
	}
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == a.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if status == http.StatusOK {
		h.Set("ETag", etag)
		if matches(r.Header.Get("If-None-Match"), etag) {
			h.Del("Content-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		// An error here is the client's going away.
		_, _ = w.Write(body)
	}
}

// accepts tells whether an Accept-Encoding header names the coding and does not
// refuse it with a weight of 0.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !weighted {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}

// matches tells whether an If-None-Match header names etag. The comparison is
// weak, as RFC 9110 has it for this header: proxies put W/ before what they
// pack.
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}

// worthPacking tells whether a type is not compressed already.
func worthPacking(contentType string) bool {
	for _, t := range []string{"text/", "application/wasm", "application/manifest+json", "image/svg+xml"} {
		if strings.HasPrefix(contentType, t) {
			return true
		}
	}
	return false
}

func gzipped(plain []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	// Writes to a buffer do not fail.
	_, _ = w.Write(plain)
	_ = w.Close()
	return b.Bytes()
}

// hash names content, in 16 hexadecimal digits.
func hash(content ...[]byte) string {
	h := sha256.New()
	for _, c := range content {
		sum := sha256.Sum256(c)
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
