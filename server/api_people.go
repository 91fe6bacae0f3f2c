package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"parley/server/bus"
	"parley/server/store"
	"parley/shared/chat"
)

// peoplePage is how many people are listed at once.
const peoplePage = 50

type meAnswer struct {
	SetCookie string `header:"Set-Cookie" doc:"The same session, for longer"`
	Body      ownAccount
}

// ownAccount is one's own account, and what this server lets it do.
type ownAccount struct {
	chat.Account
	MaxFile int64 `json:"max_file,omitempty" doc:"The size in bytes that a file may have"`
}

type meInput struct {
	Body struct {
		Name     *string         `json:"name,omitempty" doc:"1 to 64 characters"`
		Avatar   *string         `json:"avatar,omitempty" doc:"The id of a square image that you uploaded, or empty for none"`
		Locale   *string         `json:"locale,omitempty" doc:"A BCP 47 tag, or empty for the browser's choice"`
		Settings json.RawMessage `json:"settings,omitempty" doc:"A JSON object that the client owns, at most 8 KiB"`
	}
}

type peopleInput struct {
	Query string `query:"q" doc:"Part of a name or username; empty for everybody"`
	Next  string `query:"next" doc:"The field next of the list before"`
}

type peopleAnswer struct {
	Body struct {
		Items []chat.User `json:"items"`
		Next  string      `json:"next,omitempty" doc:"Asks for the people after these"`
	}
}

func (s *Server) personRoutes(api huma.API) {
	route(api, huma.Operation{
		OperationID: "me", Method: http.MethodGet, Path: "/me", Summary: "Who you are",
	}, s.getMe)
	route(api, huma.Operation{
		OperationID: "change-me", Method: http.MethodPatch, Path: "/me", Summary: "Change your account",
		Description: "What is left out stays as it is.",
	}, s.patchMe)
	route(api, huma.Operation{
		OperationID: "people", Method: http.MethodGet, Path: "/people", Summary: "Find people",
		Description: "Who was here last comes first. Oneself is left out.",
	}, s.getPeople)
}

// account reads an account of somebody who is signed in.
func (s *Server) account(ctx context.Context, id chat.AccountID) (store.Account, error) {
	var a store.Account
	err := s.view(ctx, func(r store.Reader) (err error) {
		a, err = r.Account(id)
		return err
	})
	return a, err
}

// getMe also sends the cookie again, since a browser keeps one for a while
// only, counted from when it was last set.
func (s *Server) getMe(ctx context.Context, c *caller, _ *nothing) (*meAnswer, error) {
	me, err := s.account(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	out := &meAnswer{Body: s.own(me.Account)}
	if c.byCookie {
		out.SetCookie = s.sessionCookie(c.request, c.token).String()
	}
	return out, nil
}

// own is what somebody is told of themselves.
func (s *Server) own(me chat.Account) ownAccount {
	out := ownAccount{Account: me}
	if s.shelf != nil {
		out.MaxFile = s.cfg.MaxFile
	}
	return out
}

func (s *Server) patchMe(ctx context.Context, c *caller, in *meInput) (*meAnswer, error) {
	b := &in.Body
	if b.Name != nil {
		if err := validPersonName(*b.Name); err != nil {
			return nil, err
		}
	}
	if b.Locale != nil {
		if err := validLocale(*b.Locale); err != nil {
			return nil, err
		}
	}
	settings, err := validSettings(b.Settings)
	if err != nil {
		return nil, err
	}
	var me store.Account
	err = s.update(ctx, func(tx store.Tx) (err error) {
		if me, err = self(tx, c.Account); err != nil {
			return err
		}
		was := me.User()
		if b.Name != nil {
			me.Name = *b.Name
		}
		if b.Avatar != nil {
			if err := mayWear(tx, me.ID, *b.Avatar); err != nil {
				return err
			}
			me.Avatar = *b.Avatar
		}
		if b.Locale != nil {
			me.Locale = *b.Locale
		}
		if settings != nil {
			me.Settings = settings
		}
		if err := tx.PutAccount(me); err != nil || me.User() == was {
			return err
		}
		return s.tellRenamed(tx, me.ID)
	})
	if err != nil {
		return nil, err
	}
	return &meAnswer{Body: s.own(me.Account)}, nil
}

// maxAvatar is how many pixels an avatar is wide and high at most: it is drawn
// small, and often.
const maxAvatar = 1024

// mayWear checks that a file can be somebody's avatar: everybody who is signed
// in can read it from then on, so that it must be the wearer's own.
func mayWear(r store.Reader, me chat.AccountID, id string) error {
	if id == "" {
		return nil
	}
	f, err := r.File(id)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && f.Account != me:
		return chat.Refuse(chat.NotFound, "there is no such file of yours")
	case err != nil:
		return err
	case !strings.HasPrefix(f.Type, "image/") || f.Width == 0 || f.Width != f.Height || f.Width > maxAvatar:
		return chat.Refuse(chat.BadRequest, "an avatar is a square image of at most 1024 pixels")
	}
	return nil
}

// tellRenamed has the heads of somebody's direct rooms sent again after the
// commit, since they are called after the peer. Elsewhere the new name comes
// with the next row that names its bearer.
func (s *Server) tellRenamed(tx store.Tx, account chat.AccountID) error {
	heads, err := tx.Heads(account)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if h.Room.Kind == chat.KindDirect {
			topic := bus.Topic{Room: h.Room.ID}
			tx.OnCommit(func() { s.bus.Publish(bus.Event{Topic: topic, Head: true}) })
		}
	}
	return nil
}

func validLocale(tag string) error {
	if tag == "" {
		return nil
	}
	if _, err := language.Parse(tag); err != nil || len(tag) > chat.MaxLocale {
		return chat.Refuse(chat.BadRequest, "locale is a BCP 47 tag such as zh-CN")
	}
	return nil
}

// validSettings returns settings without white space; nil if there are none.
func validSettings(settings json.RawMessage) (json.RawMessage, error) {
	if len(settings) == 0 || string(settings) == "null" {
		return nil, nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, settings); err != nil || compact.Bytes()[0] != '{' {
		return nil, chat.Refuse(chat.BadRequest, "settings is a JSON object")
	}
	if compact.Len() > chat.MaxSettings {
		return nil, chat.Refuse(chat.TooLarge, "settings has at most 8 KiB")
	}
	return compact.Bytes(), nil
}

func (s *Server) getPeople(ctx context.Context, c *caller, in *peopleInput) (*peopleAnswer, error) {
	after, err := decodePeople(in.Next)
	if err != nil {
		return nil, err
	}
	if !utf8.ValidString(in.Query) || utf8.RuneCountInString(in.Query) > chat.MaxPersonName {
		return nil, chat.Refuse(chat.BadRequest, "q has at most 64 characters")
	}
	var found []store.Account
	err = s.view(ctx, func(r store.Reader) (err error) {
		found, err = r.People(norm.NFC.String(in.Query), after, peoplePage+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &peopleAnswer{}
	if len(found) > peoplePage {
		found = found[:peoplePage]
		last := found[peoplePage-1]
		out.Body.Next = encodePeople(store.PeopleCursor{Seen: last.Seen, ID: last.ID})
	}
	out.Body.Items = make([]chat.User, 0, len(found))
	for _, a := range found {
		if a.ID != c.Account {
			out.Body.Items = append(out.Body.Items, a.User())
		}
	}
	return out, nil
}

func encodePeople(at store.PeopleCursor) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", at.Seen, at.ID))
}

func decodePeople(next string) (*store.PeopleCursor, error) {
	if next == "" {
		return nil, nil
	}
	at := &store.PeopleCursor{}
	text, err := base64.RawURLEncoding.DecodeString(next)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "%d.%d", &at.Seen, &at.ID)
	}
	if err != nil || encodePeople(*at) != next {
		return nil, chat.Refuse(chat.BadRequest, "next is not one that a list gave")
	}
	return at, nil
}
