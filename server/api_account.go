package server

import (
	"bufio"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/shared/chat"
)

// exportTime is how long a part of an export may take to be read by the client.
const exportTime = time.Minute

type sessionsAnswer struct {
	Body struct {
		Items []listedSession `json:"items"`
	}
}

// listedSession is a session as its owner sees it.
type listedSession struct {
	ID      int64     `json:"id"`
	Made    chat.Time `json:"made" doc:"When one signed in there"`
	Seen    chat.Time `json:"seen" doc:"When it was last used, to the day"`
	Agent   string    `json:"agent" doc:"What the program called itself"`
	Current bool      `json:"current" doc:"Whether it is the one that asks"`
}

type sessionPath struct {
	ID int64 `path:"id"`
}

type deleteMeInput struct {
	Body *struct {
		Password string `json:"password,omitempty" doc:"Members confirm by it"`
	}
}

func (s *Server) accountRoutes(api huma.API) {
	route(api, huma.Operation{
		OperationID: "sessions", Method: http.MethodGet, Path: "/sessions", Summary: "Where you are signed in",
		Description: "The last used first.",
	}, s.getSessions)
	route(api, huma.Operation{
		OperationID: "sign-out-there", Method: http.MethodDelete, Path: "/sessions/{id}", Summary: "Sign out elsewhere",
		Description:   "Ends one of your sessions. Its sockets close within a second.",
		DefaultStatus: http.StatusNoContent,
	}, s.deleteSessionThere)
	route(api, huma.Operation{
		OperationID: "export", Method: http.MethodGet, Path: "/me/export", Summary: "All that is kept of you",
		Description: "One JSON document: the account, its sessions, its rooms and what it wrote in them.",
	}, s.getExport)
	route(api, huma.Operation{
		OperationID: "delete-me", Method: http.MethodDelete, Path: "/me", Summary: "Delete your account",
		Description: "Members give their password. Messages stay, without a name; the rooms are left, " +
			"the username is free, and every session ends.",
		DefaultStatus: http.StatusNoContent,
	}, s.deleteMe)
}

func (s *Server) getSessions(ctx context.Context, c *caller, _ *nothing) (*sessionsAnswer, error) {
	list, err := s.sessions(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	out := &sessionsAnswer{}
	out.Body.Items = make([]listedSession, 0, len(list))
	for _, l := range list {
		out.Body.Items = append(out.Body.Items, listedSession{
			ID: l.ID, Made: l.Made, Seen: l.Seen, Agent: l.Agent, Current: l.ID == c.Session,
		})
	}
	return out, nil
}

func (s *Server) deleteSessionThere(ctx context.Context, c *caller, in *sessionPath) (*nothing, error) {
	return &nothing{}, s.signOutThere(ctx, c.Account, in.ID)
}

// getExport answers with a stream: from its first byte on a failure can only
// be told by cutting it off.
func (s *Server) getExport(_ context.Context, c *caller, _ *nothing) (*huma.StreamResponse, error) {
	if retry, ok := s.limits.exports.take(c.Account, s.clock()); !ok {
		return nil, slowDown(retry)
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "application/json")
		h.SetHeader("Content-Disposition", `attachment; filename="parley-export.json"`)
		_, w := humago.Unwrap(h)
		to := bufio.NewWriterSize(patient{w, http.NewResponseController(w)}, 32<<10)
		e := &export{server: s, who: c.who, to: to}
		err := e.run(h.Context())
		if err == nil {
			err = to.Flush()
		}
		if err != nil { // logged where it is the server's fault
			panic(http.ErrAbortHandler)
		}
	}}, nil
}

// patient gives each part of a long answer its time.
type patient struct {
	http.ResponseWriter
	socket *http.ResponseController
}

// Write implements io.Writer.
func (p patient) Write(data []byte) (int, error) {
	_ = p.socket.SetWriteDeadline(time.Now().Add(exportTime)) // unsupported in tests without a socket
	return p.ResponseWriter.Write(data)
}

func (s *Server) deleteMe(ctx context.Context, c *caller, in *deleteMeInput) (*signedOut, error) {
	if retry, ok := s.limits.signIns(s.address(c.request)); !ok {
		return nil, slowDown(retry) // passwords are not to be tried out here either
	}
	password := ""
	if in.Body != nil {
		password = in.Body.Password
	}
	if err := s.deleteAccount(ctx, c.Account, password); err != nil {
		return nil, err
	}
	return s.uncookie(c), nil
}
