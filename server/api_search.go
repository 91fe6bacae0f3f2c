package server

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
	"parley/shared/words"
)

// maxFound is how many messages a search returns at most.
const maxFound = 50

type searchInput struct {
	Query string      `query:"q" doc:"Words, all of which a message must hold; in quotes, one after the other. 1 to 200 characters. Nothing is found for what has no letter and no digit"`
	Room  chat.RoomID `query:"room" doc:"Only in this room; 0 for all that are yours"`
	After string      `query:"after" doc:"The field next of the list before"`
	Limit int         `query:"limit" default:"20" doc:"How many, cut to 50"`
}

type searchAnswer struct {
	Body struct {
		Items []foundRow  `json:"items"`
		Users []chat.User `json:"users" doc:"Whom the rows name"`
		Next  string      `json:"next,omitempty" doc:"Asks for the messages after these, which may be none"`
	}
}

func (s *Server) searchRoutes(api huma.API) {
	route(api, huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: "/search", Summary: "Search messages",
		Description: "The newest come first.",
	}, s.getSearch)
}

func (s *Server) getSearch(ctx context.Context, c *caller, in *searchInput) (*searchAnswer, error) {
	if s.search == nil {
		return nil, chat.Refuse(chat.Unsupported, "this server cannot search")
	}
	if n := utf8.RuneCountInString(in.Query); strings.TrimSpace(in.Query) == "" || n > words.MaxQuery || !utf8.ValidString(in.Query) {
		return nil, chat.Refuse(chat.BadRequest, "q has 1 to 200 characters")
	}
	if in.Room != 0 {
		if err := inRange("room", in.Room); err != nil {
			return nil, err
		}
	}
	if in.Limit < 1 {
		return nil, chat.Refuse(chat.BadRequest, "limit is at least 1")
	}
	after, err := decodeFound(in.After)
	if err != nil {
		return nil, err
	}
	if err := s.admitPull(c.Account); err != nil {
		return nil, err
	}
	it, err := s.searchRows(ctx, c.Account, words.Parse(in.Query), in.Room, after, min(in.Limit, maxFound))
	if err != nil {
		return nil, err
	}
	out := &searchAnswer{}
	out.Body.Items, out.Body.Users = it.items, it.users
	if out.Body.Items == nil {
		out.Body.Items = []foundRow{}
	}
	if out.Body.Users == nil {
		out.Body.Users = []chat.User{}
	}
	if it.next != 0 {
		out.Body.Next = encodeFound(it.next)
	}
	return out, nil
}

func encodeFound(place int64) string { return strconv.FormatInt(place, 36) }

func decodeFound(next string) (int64, error) {
	if next == "" {
		return 0, nil
	}
	place, err := strconv.ParseInt(next, 36, 64)
	if err != nil || place < 1 || encodeFound(place) != next {
		return 0, chat.Refuse(chat.BadRequest, "after is not one that a list gave")
	}
	return place, nil
}
