// Package http takes the place of net/http in the browser (see web/overlay).
//
// go-app's half for servers names what is here. Nothing in a browser serves,
// and our client asks the server with the browser's own fetch (ui/api), so
// there is no server and no client in this package.
package http

import (
	"errors"
	"io"
	"net/url"
)

// The answers that go-app's handler gives.
const (
	StatusOK                  = 200
	StatusNotModified         = 304
	StatusNotFound            = 404
	StatusInternalServerError = 500
)

// A Header has the fields of a request or an answer.
type Header map[string][]string

// Get returns the first value of a field.
func (h Header) Get(field string) string {
	if values := h[field]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Set replaces the values of a field.
func (h Header) Set(field, value string) { h[field] = []string{value} }

// A Handler answers requests.
type Handler interface {
	ServeHTTP(ResponseWriter, *Request)
}

// A ResponseWriter takes an answer.
type ResponseWriter interface {
	Header() Header
	Write([]byte) (int, error)
	WriteHeader(status int)
}

// A Request is what a server is asked.
type Request struct {
	URL    *url.URL
	Header Header
	Host   string
	TLS    *struct{} // never: there are no connections here
}

// A Response is what a server answers.
type Response struct {
	StatusCode int
	Header     Header
	Body       io.ReadCloser
}

// Get fails: there is no client here.
func Get(string) (*Response, error) {
	return nil, errors.New("net/http is not in this program: use the browser's fetch")
}

// NotFound answers that there is nothing.
func NotFound(w ResponseWriter, _ *Request) { w.WriteHeader(StatusNotFound) }

// A Dir is a folder to serve.
type Dir string

// FileServer returns a handler that finds no files, as there are none.
func FileServer(Dir) Handler { return nothing{} }

type nothing struct{}

func (nothing) ServeHTTP(w ResponseWriter, r *Request) { NotFound(w, r) }
