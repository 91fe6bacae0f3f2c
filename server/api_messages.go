package server

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
	"parley/shared/wire"
)

type pageInput struct {
	Room   chat.RoomID `path:"room"`
	Before chat.Seq    `query:"before" doc:"Messages with a lower seq; 0 for the newest"`
	At     chat.Time   `query:"at" doc:"In the place of before: messages around the first one at that time, in ms since 1970, or later; with limit=1 that one"`
	Limit  int         `query:"limit" default:"50" doc:"How many, cut to 200"`
}

type pageAnswer struct {
	Body *wire.Page
}

type postInput struct {
	Room chat.RoomID `path:"room"`
	Key  string      `header:"Idempotency-Key" doc:"A UUID: the same one twice is the same message"`
	Body struct {
		Text     string           `json:"text,omitempty" doc:"At most 16 KiB"`
		Reply    chat.Seq         `json:"reply,omitempty" doc:"The message replied to"`
		Mentions []chat.AccountID `json:"mentions,omitempty" doc:"Members whom it calls, at most 50; who is none is left out"`
		Files    []string         `json:"files,omitempty" doc:"The ids of at most 20 uploaded files"`
		Card     json.RawMessage  `json:"card,omitempty" doc:"Not supported yet"`
	}
}

type rowAnswer struct {
	Status int
	Body   chat.Row
}

func (s *Server) messageRoutes(api huma.API) {
	const path = "/rooms/{room}/messages"
	route(api, huma.Operation{
		OperationID: "messages", Method: http.MethodGet, Path: path, Summary: "A room's history",
		Description: "Ascending by seq, ending before a seq.",
	}, s.getMessages)
	route(api, also(api, huma.Operation{
		OperationID: "post", Method: http.MethodPost, Path: path, Summary: "Post a message",
		DefaultStatus: http.StatusCreated,
	}, "200", rowAnswer{}.Body, "The key was used before: the message as it is now"), s.postMessage)
}

func (s *Server) getMessages(ctx context.Context, c *caller, in *pageInput) (*pageAnswer, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	if in.Before < 0 || in.Before > chat.MaxID {
		return nil, chat.Refuse(chat.BadRequest, "before is out of range")
	}
	if in.Limit < 1 {
		return nil, chat.Refuse(chat.BadRequest, "limit is at least 1")
	}
	if in.At < 0 || in.At > chat.MaxID || in.At > 0 && in.Before > 0 {
		return nil, chat.Refuse(chat.BadRequest, "at is out of range, or comes with before")
	}
	if err := s.admitPull(c.Account); err != nil {
		return nil, err
	}
	if in.At > 0 {
		seq, err := s.seqAt(ctx, c.Account, in.Room, in.At)
		if err != nil {
			return nil, err
		}
		in.Before = seq + 1 + chat.Seq(min(in.Limit, chat.MaxPage)/2)
	}
	page, err := s.page(ctx, c.Account, in.Room, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	return &pageAnswer{page}, nil
}

func (s *Server) postMessage(ctx context.Context, c *caller, in *postInput) (*rowAnswer, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	if in.Body.Reply < 0 {
		return nil, chat.Refuse(chat.BadRequest, "reply is not a seq")
	}
	for _, id := range in.Body.Mentions {
		if err := inRange("a mention", id); err != nil {
			return nil, err
		}
	}
	key := s.newKey()
	if in.Key != "" {
		var err error
		if key, err = chat.ParseKey(in.Key); err != nil {
			return nil, chat.Refuse(chat.BadRequest, "Idempotency-Key is a UUID in lower case")
		}
	}
	card := in.Body.Card
	if string(card) == "null" {
		card = nil
	}
	done, err := s.post(ctx, c.Account, in.Room, []chat.Post{{
		Key: key, Text: in.Body.Text, Reply: in.Body.Reply, Mentions: in.Body.Mentions, Files: in.Body.Files, Card: card,
	}})
	if err != nil {
		return nil, err
	}
	switch it := done[0]; {
	case it.Row == nil: // it was stored, by somebody who is no member any more
		return nil, chat.ErrNotFound
	case it.Repeated:
		return &rowAnswer{http.StatusOK, *it.Row}, nil
	default:
		return &rowAnswer{http.StatusCreated, *it.Row}, nil
	}
}
