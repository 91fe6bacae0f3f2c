package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
)

type membersAnswer struct {
	Body struct {
		Items []chat.Member `json:"items"`
	}
}

type memberPath struct {
	Room    chat.RoomID    `path:"room"`
	Account chat.AccountID `path:"account"`
}

type putMemberInput struct {
	Room    chat.RoomID    `path:"room"`
	Account chat.AccountID `path:"account"`
	Body    *struct {
		Role string `json:"role,omitempty" enum:",owner,moderator,member" doc:"Left out: add as a member, or keep the role"`
	}
}

func (s *Server) memberRoutes(api huma.API) {
	const path = "/rooms/{room}/members/{account}"
	route(api, huma.Operation{
		OperationID: "members", Method: http.MethodGet, Path: "/rooms/{room}/members", Summary: "Who is in a room",
	}, s.getMembers)
	route(api, huma.Operation{
		OperationID: "put-member", Method: http.MethodPut, Path: path, Summary: "Add a member, or give a role",
		Description:   "Any member adds people, the owner gives roles.",
		DefaultStatus: http.StatusNoContent,
	}, s.putMemberRoute)
	route(api, huma.Operation{
		OperationID: "remove-member", Method: http.MethodDelete, Path: path, Summary: "Remove a member, or leave",
		DefaultStatus: http.StatusNoContent,
	}, s.deleteMember)
}

func (s *Server) getMembers(ctx context.Context, c *caller, in *roomInput) (*membersAnswer, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	list, err := s.members(ctx, c.Account, in.Room)
	if err != nil {
		return nil, err
	}
	out := &membersAnswer{}
	out.Body.Items = list
	return out, nil
}

func (p memberPath) check() error {
	if err := inRange("room", p.Room); err != nil {
		return err
	}
	return inRange("account", p.Account)
}

func (s *Server) putMemberRoute(ctx context.Context, c *caller, in *putMemberInput) (*nothing, error) {
	if err := (memberPath{in.Room, in.Account}).check(); err != nil {
		return nil, err
	}
	role := ""
	if in.Body != nil {
		role = in.Body.Role
	}
	return &nothing{}, s.putMember(ctx, c.Account, in.Room, in.Account, role)
}

func (s *Server) deleteMember(ctx context.Context, c *caller, in *memberPath) (*nothing, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return &nothing{}, s.removeMember(ctx, c.Account, in.Room, in.Account)
}
