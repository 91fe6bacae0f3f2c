package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/shared/chat"
)

const (
	apiRoot     = "/api/"
	apiVersion  = "/api/v1"
	openAPIPath = apiVersion + "/openapi.json"
)

func isAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, apiRoot) }

// newAPI makes the HTTP API: a gate that knows who calls and what may come in,
// and behind it the routes, which huma describes, checks and encodes.
func (s *Server) newAPI() (http.Handler, error) {
	mux := http.NewServeMux()
	api := humago.New(mux, apiConfig())
	s.sessionRoutes(api)
	s.personRoutes(api)
	s.accountRoutes(api)
	s.pushRoutes(api)
	s.roomRoutes(api)
	s.memberRoutes(api)
	s.messageRoutes(api)
	s.fileRoutes(api)
	s.standingRoutes(api)
	s.searchRoutes(api)

	// huma's own model of errors is nowhere sent, see fromHuma.
	schemas := api.OpenAPI().Components.Schemas.Map()
	maps.DeleteFunc(schemas, func(name string, _ *huma.Schema) bool { return name == "ErrorModel" || name == "ErrorDetail" })
	document, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("server: describe the API: %w", err)
	}
	mux.HandleFunc("GET "+openAPIPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(document) // the client may have gone
	})
	return s.gate(mux), nil
}

// apiConfig switches off what huma brings along but the protocol does not
// have: schema links in every answer, and pages of documentation that load
// scripts from elsewhere.
func apiConfig() huma.Config {
	format := huma.Format{Marshal: writeJSON, Unmarshal: json.Unmarshal}
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			Info: &huma.Info{
				Title:       "Parley",
				Version:     "1",
				Description: "The HTTP side of a Parley server. Messages travel faster over its WebSocket.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", Description: "The session that signing in returned."},
					"cookie": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "Over https its name begins with __Host-."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{fromHuma},
	}
	c.AllowAdditionalPropertiesByDefault = true // unknown fields are ignored, as in frames
	return c
}

// writeJSON encodes v whole before it writes, so that a client that goes away
// meanwhile is no error of encoding.
func writeJSON(w io.Writer, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, _ = w.Write(buf.Bytes())
	return nil
}

// caller is who makes a request to the API. Account is 0 where nobody needs to
// be signed in and nobody is.
type caller struct {
	who
	token    string
	byCookie bool
	request  *http.Request
	socket   *http.ResponseController // of the answer
}

type callerKey struct{}

func withCaller(r *http.Request, c *caller) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, c))
}

// route adds an operation. fn gets the caller that the gate let in, and fails
// with what problemOf understands.
func route[I, O any](api huma.API, op huma.Operation, fn func(context.Context, *caller, *I) (*O, error)) {
	registry := api.OpenAPI().Components.Schemas
	op.Path = apiVersion + op.Path
	op.BodyReadTimeout = -1 // the gate has read the body
	op.MaxBodyBytes = 2 * maxBody
	if op.Security == nil {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{
		Description: "A refusal",
		Content:     map[string]*huma.MediaType{problemType: {Schema: registry.Schema(problemKind, true, "Problem")}},
	}
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		c, _ := ctx.Value(callerKey{}).(*caller)
		out, err := fn(ctx, c, in)
		if err != nil {
			return nil, problemOf(err)
		}
		return out, nil
	})
}

// also describes a second status of an operation, with the same body.
func also(api huma.API, op huma.Operation, status string, body any, description string) huma.Operation {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses[status] = &huma.Response{
		Description: description,
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schemaOf(api, body)}},
	}
	return op
}

// inRange refuses numbers that can name nothing (the protocol, section 6: 400).
func inRange[T chat.AccountID | chat.RoomID | chat.Seq | int64](what string, id T) error {
	if id < 1 || id > chat.MaxID {
		return chat.Refuse(chat.BadRequest, what+" is out of range")
	}
	return nil
}
