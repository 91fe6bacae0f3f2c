package server

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"parley/server/store"
	"parley/shared/chat"
)

// Names of the session cookie. The prefix makes browsers refuse a cookie that
// another host of the same domain, or a page without TLS, tries to plant.
const (
	cookieName       = "parley_session"
	secureCookieName = "__Host-" + cookieName
)

// cookieSeconds is how long a browser keeps the cookie: the most that browsers
// grant. When the session ends is the server's business.
const cookieSeconds = 400 * 24 * 3600

// who is the session that a request or a connection belongs to.
type who struct {
	Account chat.AccountID
	Session int64
}

var errUnauthorized = chat.Refuse(chat.Unauthorized, "sign in first")

// signedIn finds whose token this is. Once a day it notes that the session is
// in use, which moves its end away.
//
// Errors are *chat.Error: unauthorized if the token is unknown or its session
// has ended, or what kept the store from answering.
func (s *Server) signedIn(ctx context.Context, token string) (who, error) {
	hash, ok := tokenHash(token)
	if !ok {
		return who{}, errUnauthorized
	}
	found, err := s.store.Session(ctx, hash)
	if errors.Is(err, store.ErrNotFound) || err == nil && found.Expires <= s.now() {
		return who{}, errUnauthorized
	}
	if err != nil {
		return who{}, s.fail(err)
	}
	if s.now()-found.Seen >= sessionSeenEvery {
		if err := s.renewSession(ctx, hash); err != nil {
			return who{}, err
		}
	}
	return who{Account: found.Account, Session: found.ID}, nil
}

// credential returns the token that r carries, and whether it does at all: a
// bearer token before a cookie. A token is never taken from the URL. Schemes
// other than Bearer belong to somebody else, such as a proxy that asks for a
// password of its own.
func (s *Server) credential(r *http.Request) (token string, byCookie, present bool) {
	const bearer = "Bearer "
	for _, h := range r.Header.Values("Authorization") {
		if len(h) >= len(bearer) && strings.EqualFold(h[:len(bearer)], bearer) {
			return strings.TrimSpace(h[len(bearer):]), false, true
		}
	}
	if c, err := r.Cookie(s.cookieName(r)); err == nil {
		return c.Value, true, true
	}
	return "", false, false
}

func (s *Server) cookieName(r *http.Request) string {
	if s.origins.secure(r) {
		return secureCookieName
	}
	return cookieName
}

// sessionCookie makes the cookie that carries token, or takes the cookie away
// if token is empty. SameSite=Lax keeps it from other sites' requests but lets
// a link from a mail open the page signed in.
func (s *Server) sessionCookie(r *http.Request, token string) *http.Cookie {
	c := &http.Cookie{
		Name:     s.cookieName(r),
		Value:    token,
		Path:     "/",
		MaxAge:   cookieSeconds,
		Secure:   s.origins.secure(r),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}
