package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
)

// laterRoutes are of the protocol, but not built yet: they answer 501
// unsupported, so that a client can tell that from a wrong address.
func (s *Server) laterRoutes(api huma.API) {
	for _, op := range []huma.Operation{
		{OperationID: "upload", Method: http.MethodPost, Path: "/files", Summary: "Upload a file"},
		{OperationID: "file", Method: http.MethodGet, Path: "/files/{id}", Summary: "Download a file"},
	} {
		op.Description = "Not supported yet."
		route(api, op, func(context.Context, *caller, *nothing) (*nothing, error) {
			return nil, chat.Refuse(chat.Unsupported, "this server cannot do that yet")
		})
	}
}
