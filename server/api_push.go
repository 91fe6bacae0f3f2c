package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/server/store"
)

type pushKeyAnswer struct {
	Body struct {
		Key string `json:"key" doc:"The applicationServerKey: a P-256 point in base64url"`
	}
}

type pushInput struct {
	Body struct {
		Endpoint string `json:"endpoint" doc:"The push service's address, https"`
		P256dh   string `json:"p256dh" doc:"The browser's public key in base64url"`
		Auth     string `json:"auth" doc:"The browser's secret in base64url"`
		Text     bool   `json:"text,omitempty" doc:"Whether messages may be told in their words"`
		Locale   string `json:"locale,omitempty" doc:"In which language, where the account names none"`
	}
}

func (s *Server) pushRoutes(api huma.API) {
	route(api, huma.Operation{
		OperationID: "push-key", Method: http.MethodGet, Path: "/push/key", Summary: "The key to subscribe with",
	}, s.getPushKey)
	route(api, huma.Operation{
		OperationID: "subscribe", Method: http.MethodPut, Path: "/push", Summary: "Be told while the page is closed",
		Description:   "One subscription for each session; it ends with it.",
		DefaultStatus: http.StatusNoContent,
	}, s.putPush)
	route(api, huma.Operation{
		OperationID: "unsubscribe", Method: http.MethodDelete, Path: "/push", Summary: "Be told no more",
		DefaultStatus: http.StatusNoContent,
	}, s.deletePush)
}

func (s *Server) getPushKey(context.Context, *caller, *nothing) (*pushKeyAnswer, error) {
	out := &pushKeyAnswer{}
	out.Body.Key = s.pusher.public
	return out, nil
}

func (s *Server) putPush(ctx context.Context, c *caller, in *pushInput) (*nothing, error) {
	b := &in.Body
	if err := s.pusher.validEndpoint(b.Endpoint); err != nil {
		return nil, err
	}
	if err := validLocale(b.Locale); err != nil {
		return nil, err
	}
	p256dh, auth, err := validPushKeys(b.P256dh, b.Auth)
	if err != nil {
		return nil, err
	}
	return &nothing{}, s.update(ctx, func(tx store.Tx) error {
		err := tx.PutPush(store.Push{
			Session: c.Session, Account: c.Account, Endpoint: b.Endpoint, P256dh: p256dh, Auth: auth, Text: b.Text, Locale: b.Locale,
		})
		if errors.Is(err, store.ErrNotFound) {
			return errUnauthorized // it was ended since the request began
		}
		return err
	})
}

func (s *Server) deletePush(ctx context.Context, c *caller, _ *nothing) (*nothing, error) {
	return &nothing{}, s.update(ctx, func(tx store.Tx) error { return tx.DeletePush(c.Session) })
}
