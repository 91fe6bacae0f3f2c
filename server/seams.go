package server

import (
	"context"
	"net/http"
	"time"

	"parley/shared/chat"
)

// The HTTP side replaces this file.
type front struct {
	limits *limits
}
type limits struct{}
type who struct {
	Account chat.AccountID
	Session int64
}

func (l *limits) posts(chat.AccountID, int) (time.Duration, bool) { return 0, true }
func (l *limits) pulls(chat.AccountID) (time.Duration, bool)      { return 0, true }

func (s *Server) buildHTTP(http.Handler) error                  { return nil }
func (s *Server) signedIn(context.Context, string) (who, error) { return who{}, nil }
func (s *Server) credential(*http.Request) (string, bool, bool) { return "", false, false }
func (s *Server) goodOrigin(*http.Request) bool                 { return false }
func oneGrapheme(string) bool                                   { return true }
func writeProblem(w http.ResponseWriter, err error)             {}
