package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
)

// signedOn is the answer to signing in.
type signedOn struct {
	SetCookie string `header:"Set-Cookie" doc:"The session, for browsers"`
	Body      sessionBody
}

type sessionBody struct {
	Session string       `json:"session" doc:"The session's token, which native clients send as bearer"`
	Me      chat.Account `json:"me"`
}

type signInInput struct {
	Body struct {
		Guest *guestBody `json:"guest,omitempty" doc:"Come in with a name alone"`
		Login *loginBody `json:"login,omitempty" doc:"Come in as a member"`
	}
}

type guestBody struct {
	Name string `json:"name"`
}

type loginBody struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type memberInput struct {
	Body struct {
		Username string `json:"username" doc:"3 to 32 of a-z 0-9 . _ -, lower-cased"`
		Password string `json:"password" doc:"8 to 256 bytes"`
		Name     string `json:"name" doc:"1 to 64 characters, shown to others"`
	}
}

// nothing is the input or output of operations that have none.
type nothing struct{}

func (s *Server) sessionRoutes(api huma.API) {
	anyone := map[string][]string{}
	route(api, huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/session", Summary: "Sign in",
		Description:   "As a guest or as a member. Always begins a new session.",
		DefaultStatus: http.StatusCreated, Security: []map[string][]string{anyone},
	}, s.postSession)
	route(api, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/session", Summary: "Sign out",
		Description:   "Ends this session only. Its sockets close within a second.",
		DefaultStatus: http.StatusNoContent,
	}, s.deleteSession)
	route(api, huma.Operation{
		OperationID: "become-member", Method: http.MethodPost, Path: "/accounts", Summary: "Become a member",
		Description:   "Makes a new account. Who calls as a guest becomes the member and keeps everything.",
		DefaultStatus: http.StatusCreated,
		Security:      []map[string][]string{anyone, {"bearer": {}}, {"cookie": {}}},
	}, s.postAccount)
}

func (s *Server) postSession(ctx context.Context, c *caller, in *signInInput) (*signedOn, error) {
	guest, login := in.Body.Guest, in.Body.Login
	if (guest == nil) == (login == nil) {
		return nil, chat.Refuse(chat.BadRequest, "sign in either as guest or by login")
	}
	kind := chat.KindMember
	if guest != nil {
		kind = chat.KindGuest
	}
	return s.begin(c, kind, func() (signIn, error) {
		if guest != nil {
			return s.signInGuest(ctx, guest.Name, c.request.UserAgent())
		}
		return s.signInMember(ctx, login.Username, login.Password, c.request.UserAgent())
	})
}

func (s *Server) postAccount(ctx context.Context, c *caller, in *memberInput) (*signedOn, error) {
	b := &in.Body
	return s.begin(c, "new", func() (signIn, error) {
		guest := false
		if c.Account != 0 {
			me, err := s.account(ctx, c.Account)
			if err != nil {
				return signIn{}, err
			}
			guest = me.Kind == chat.KindGuest
		}
		if guest {
			return s.becomeMember(ctx, c.token, b.Username, b.Password, b.Name)
		}
		return s.newMember(ctx, b.Username, b.Password, b.Name, c.request.UserAgent())
	})
}

// begin answers with the session that enter begins, if the caller's address
// does not ask too often. kind is for the metrics.
func (s *Server) begin(c *caller, kind string, enter func() (signIn, error)) (*signedOn, error) {
	began, err := s.beginLimited(c, enter)
	s.metrics.signIn(kind, err)
	if err != nil {
		return nil, err
	}
	return &signedOn{
		SetCookie: s.sessionCookie(c.request, began.token).String(),
		Body:      sessionBody{Session: began.token, Me: began.me},
	}, nil
}

func (s *Server) beginLimited(c *caller, enter func() (signIn, error)) (signIn, error) {
	if retry, ok := s.limits.signIns(s.address(c.request)); !ok {
		return signIn{}, slowDown(retry)
	}
	return enter()
}

type signedOut struct {
	SetCookie string `header:"Set-Cookie"`
}

func (s *Server) deleteSession(ctx context.Context, c *caller, _ *nothing) (*signedOut, error) {
	if err := s.signOut(ctx, c.Account, c.Session); err != nil {
		return nil, err
	}
	return s.uncookie(c), nil
}

// uncookie takes the cookie away with which the caller came.
func (s *Server) uncookie(c *caller) *signedOut {
	out := &signedOut{}
	if c.byCookie {
		out.SetCookie = s.sessionCookie(c.request, "").String()
	}
	return out
}
