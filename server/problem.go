package server

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
)

// Problem is the body of every HTTP answer that refuses: problem+json (RFC
// 9457) with the protocol's code.
type Problem struct {
	Title  string    `json:"title" doc:"What the status means"`
	Status int       `json:"status" doc:"The HTTP status"`
	Code   chat.Code `json:"code" doc:"The refusal's code, the same as in the WebSocket's reject frames"`
	Detail string    `json:"detail" doc:"What is wrong, for people"`
	Retry  int64     `json:"retry,omitempty" doc:"After how many milliseconds trying again makes sense"`
	Errors []Fault   `json:"errors,omitempty" doc:"What is wrong with which field"`
}

// Fault is one thing that is wrong with a request. What the field held is not
// repeated: it may be a password.
type Fault struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty" doc:"Such as body.name or path.room"`
}

// Error implements error.
func (p *Problem) Error() string { return string(p.Code) + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.Retry > 0 {
		seconds := math.Ceil(float64(p.Retry) / 1000)
		h.Set("Retry-After", strconv.Itoa(int(seconds)))
	}
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusUpgradeRequired:
		h.Set("Connection", "Upgrade")
		h.Set("Upgrade", "websocket")
	}
	return h
}

const problemType = "application/problem+json"

// statusOf maps a code to its HTTP status (the protocol, section 4). Where a
// code has two, the one for the request's form is made by hand.
func statusOf(code chat.Code) int {
	switch code {
	case chat.BadRequest:
		return http.StatusBadRequest
	case chat.Unauthorized:
		return http.StatusUnauthorized
	case chat.Forbidden:
		return http.StatusForbidden
	case chat.NotFound:
		return http.StatusNotFound
	case chat.Conflict:
		return http.StatusConflict
	case chat.TooLarge:
		return http.StatusRequestEntityTooLarge
	case chat.Unsupported:
		return http.StatusNotImplemented
	case chat.SlowDown:
		return http.StatusTooManyRequests
	case chat.StorageFull:
		return http.StatusInsufficientStorage
	}
	return http.StatusServiceUnavailable
}

// codeOfStatus maps the statuses that the HTTP side gives by itself.
func codeOfStatus(status int) chat.Code {
	switch status {
	case http.StatusUnsupportedMediaType, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return chat.Unsupported
	case http.StatusRequestEntityTooLarge:
		return chat.TooLarge
	case http.StatusNotFound:
		return chat.NotFound
	}
	if status >= 500 {
		return chat.Unavailable
	}
	return chat.BadRequest
}

// problemOf turns a refusal into its HTTP form. Any other error has been
// logged where it happened, and is unavailable to the client.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var refusal *chat.Error
	if !errors.As(err, &refusal) {
		refusal = errInside
	}
	p = problem(statusOf(refusal.Code), refusal.Code, refusal.Message)
	p.Retry = int64(refusal.Retry / time.Millisecond)
	return p
}

func problem(status int, code chat.Code, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// fromHuma turns huma's own errors into problems. It is a transformer, since
// huma's constructor of errors is a global variable.
func fromHuma(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := problem(model.Status, codeOfStatus(model.Status), model.Detail)
	for _, e := range model.Errors {
		p.Errors = append(p.Errors, Fault{Message: e.Message, Location: e.Location})
	}
	return p, nil
}

// writeProblem answers with a refusal outside of huma.
func writeProblem(w http.ResponseWriter, err error) {
	p := problemOf(err)
	h := w.Header()
	for name, values := range p.GetHeaders() {
		h[name] = values
	}
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may have gone
}

// Refusals of the HTTP side.
var (
	errInside = &chat.Error{Code: chat.Unavailable, Message: "the server failed inside", Retry: 2 * time.Second}
	errHost   = problem(http.StatusMisdirectedRequest, chat.BadRequest,
		"this server does not go by that name: its operator can name it with --url or --origin")
	errUpgrade = problem(http.StatusUpgradeRequired, chat.BadRequest, "this is a WebSocket")
	errOrigin  = chat.Refuse(chat.Forbidden, "a page of another site may not do that")
	errRoute   = chat.Refuse(chat.NotFound, "there is nothing here")
	errMethod  = problem(http.StatusMethodNotAllowed, chat.Unsupported, "this method does not work here")
	errMedia   = problem(http.StatusUnsupportedMediaType, chat.Unsupported, "the body must be application/json in UTF-8")
	errBody    = chat.Refuse(chat.TooLarge, "a body has at most 64 KiB")
	errJSON    = chat.Refuse(chat.BadRequest, "the body is not one JSON value in UTF-8")
	errNumber  = chat.Refuse(chat.BadRequest, "a number in the body is out of range")
	errNoBody  = chat.Refuse(chat.BadRequest, "the body did not arrive")
)

var problemKind = reflect.TypeFor[Problem]()

func schemaOf(api huma.API, v any) *huma.Schema {
	return api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(v), true, "")
}
