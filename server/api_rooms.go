package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
)

type headAnswer struct {
	Status int
	Body   chat.Head
}

type directInput struct {
	Account chat.AccountID `path:"account"`
}

type openInput struct {
	Name string `path:"name" doc:"1 to 64 letters, digits, _ and - of any script"`
}

type groupInput struct {
	Body struct {
		Name    string           `json:"name" doc:"1 to 128 characters"`
		Members []chat.AccountID `json:"members,omitempty" doc:"At most 1,000 people besides oneself"`
	}
}

type roomInput struct {
	Room chat.RoomID `path:"room"`
}

type changeRoomInput struct {
	Room chat.RoomID `path:"room"`
	Body struct {
		Name    *string `json:"name,omitempty" doc:"By an owner or a moderator"`
		Muted   *bool   `json:"muted,omitempty" doc:"For oneself: do not disturb, but for mentions"`
		Top     *bool   `json:"top,omitempty" doc:"For oneself: keep it on top of the list"`
		Hidden  *bool   `json:"hidden,omitempty" doc:"For oneself: leave it out of the list until somebody posts"`
		Unread  *bool   `json:"unread,omitempty" doc:"For oneself: mark it as unread; the next mark of reading takes that back"`
		Blocked *bool   `json:"blocked,omitempty" doc:"For oneself, in one-to-one conversations: take nothing from the other"`
	}
}

func (s *Server) roomRoutes(api huma.API) {
	enter := func(op huma.Operation) huma.Operation {
		return also(api, op, "201", headAnswer{}.Body, "It was made just now")
	}
	route(api, enter(huma.Operation{
		OperationID: "direct", Method: http.MethodPut, Path: "/direct/{account}", Summary: "Talk with a person",
		Description: "The one-to-one room with that person, made if need be.",
	}), s.putDirect)
	route(api, enter(huma.Operation{
		OperationID: "open", Method: http.MethodPut, Path: "/open/{name}", Summary: "Enter an open room",
		Description: "By its name, made if need be.",
	}), s.putOpen)
	route(api, huma.Operation{
		OperationID: "group", Method: http.MethodPost, Path: "/rooms", Summary: "Make a group",
		Description: "Its maker owns it.", DefaultStatus: http.StatusCreated,
	}, s.postRoom)
	route(api, huma.Operation{
		OperationID: "room", Method: http.MethodGet, Path: "/rooms/{room}", Summary: "A room's head",
	}, s.getRoom)
	route(api, huma.Operation{
		OperationID: "change-room", Method: http.MethodPatch, Path: "/rooms/{room}", Summary: "Change a room",
		Description: "What is left out stays as it is. All is changed, or nothing.",
	}, s.patchRoom)
}

func madeOrFound(head chat.Head, made bool) *headAnswer {
	if made {
		return &headAnswer{http.StatusCreated, head}
	}
	return &headAnswer{http.StatusOK, head}
}

func (s *Server) putDirect(ctx context.Context, c *caller, in *directInput) (*headAnswer, error) {
	if err := inRange("account", in.Account); err != nil {
		return nil, err
	}
	head, made, err := s.directRoom(ctx, c.Account, in.Account)
	if err != nil {
		return nil, err
	}
	return madeOrFound(head, made), nil
}

func (s *Server) putOpen(ctx context.Context, c *caller, in *openInput) (*headAnswer, error) {
	head, made, err := s.enterOpen(ctx, c.Account, in.Name)
	if err != nil {
		return nil, err
	}
	return madeOrFound(head, made), nil
}

func (s *Server) postRoom(ctx context.Context, c *caller, in *groupInput) (*headAnswer, error) {
	for _, m := range in.Body.Members {
		if err := inRange("a member", m); err != nil {
			return nil, err
		}
	}
	head, err := s.makeGroup(ctx, c.Account, in.Body.Name, in.Body.Members)
	if err != nil {
		return nil, err
	}
	return &headAnswer{http.StatusCreated, head}, nil
}

func (s *Server) getRoom(ctx context.Context, c *caller, in *roomInput) (*headAnswer, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	head, err := s.head(ctx, c.Account, in.Room)
	if err != nil {
		return nil, err
	}
	return &headAnswer{http.StatusOK, head}, nil
}

func (s *Server) patchRoom(ctx context.Context, c *caller, in *changeRoomInput) (*headAnswer, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	b := in.Body
	err := s.changeRoom(ctx, c.Account, in.Room, roomChange{
		Name: b.Name, Muted: b.Muted, Top: b.Top, Hidden: b.Hidden, Unread: b.Unread, Blocked: b.Blocked,
	})
	if err != nil {
		return nil, err
	}
	return s.getRoom(ctx, c, &roomInput{Room: in.Room})
}
