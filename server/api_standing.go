package server

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"parley/shared/chat"
)

type pinPath struct {
	Room chat.RoomID `path:"room"`
	Seq  chat.Seq    `path:"seq"`
}

type pinsAnswer struct {
	Body struct {
		Items []chat.Row  `json:"items" doc:"The messages as they are now, the newest pin last"`
		Users []chat.User `json:"users" doc:"The people whom the messages name"`
	}
}

type reportInput struct {
	Room chat.RoomID `path:"room"`
	Body struct {
		Seq    chat.Seq `json:"seq" doc:"The message"`
		Reason string   `json:"reason" doc:"At most 1,000 characters; may be empty"`
	}
}

type reportsAnswer struct {
	Body struct {
		Items []chat.Report `json:"items" doc:"The oldest first, at most 100: the next come when these are closed"`
		Users []chat.User   `json:"users" doc:"The people whom the reports and their messages name"`
	}
}

type reportPath struct {
	Room   chat.RoomID `path:"room"`
	Report int64       `path:"report"`
}

// standingRoutes are of pinned and of reported messages.
func (s *Server) standingRoutes(api huma.API) {
	const pin, reports = "/rooms/{room}/pins/{seq}", "/rooms/{room}/reports"
	route(api, huma.Operation{
		OperationID: "pins", Method: http.MethodGet, Path: "/rooms/{room}/pins", Summary: "A room's pinned messages",
	}, s.getPins)
	route(api, huma.Operation{
		OperationID: "pin", Method: http.MethodPut, Path: pin, Summary: "Pin a message",
		Description: "For everybody in the room: by either of a one-to-one conversation, by the owner or a moderator of other rooms. " +
			"At most 20 are pinned. A message that is recalled is unpinned.",
		DefaultStatus: http.StatusNoContent,
	}, s.putPin)
	route(api, huma.Operation{
		OperationID: "unpin", Method: http.MethodDelete, Path: pin, Summary: "Unpin a message",
		DefaultStatus: http.StatusNoContent,
	}, s.deletePin)
	route(api, huma.Operation{
		OperationID: "report", Method: http.MethodPost, Path: reports, Summary: "Report a message",
		Description: "To the owner and the moderators of the room, or, in a one-to-one conversation, to the operator of the server. " +
			"Who reports a message twice reports it once.",
		DefaultStatus: http.StatusNoContent,
	}, s.postReport)
	route(api, huma.Operation{
		OperationID: "reports", Method: http.MethodGet, Path: reports, Summary: "What was reported in a room",
		Description: "For its owner and moderators.",
	}, s.getReports)
	route(api, huma.Operation{
		OperationID: "close-report", Method: http.MethodDelete, Path: reports + "/{report}", Summary: "Close a report",
		Description: "By the owner or a moderator.", DefaultStatus: http.StatusNoContent,
	}, s.deleteReport)
}

func (p pinPath) check() error {
	if err := inRange("room", p.Room); err != nil {
		return err
	}
	return inRange("seq", p.Seq)
}

func (s *Server) getPins(ctx context.Context, c *caller, in *roomInput) (*pinsAnswer, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	if err := s.admitPull(c.Account); err != nil {
		return nil, err
	}
	out := &pinsAnswer{}
	var err error
	out.Body.Items, out.Body.Users, err = s.pins(ctx, c.Account, in.Room)
	return out, err
}

func (s *Server) putPin(ctx context.Context, c *caller, in *pinPath) (*nothing, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return &nothing{}, s.pin(ctx, c.Account, in.Room, in.Seq)
}

func (s *Server) deletePin(ctx context.Context, c *caller, in *pinPath) (*nothing, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return &nothing{}, s.unpin(ctx, c.Account, in.Room, in.Seq)
}

func (s *Server) postReport(ctx context.Context, c *caller, in *reportInput) (*nothing, error) {
	if err := (pinPath{in.Room, in.Body.Seq}).check(); err != nil {
		return nil, err
	}
	return &nothing{}, s.report(ctx, c.Account, in.Room, in.Body.Seq, in.Body.Reason)
}

func (s *Server) getReports(ctx context.Context, c *caller, in *roomInput) (*reportsAnswer, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	if err := s.admitPull(c.Account); err != nil {
		return nil, err
	}
	out := &reportsAnswer{}
	var err error
	out.Body.Items, out.Body.Users, err = s.reports(ctx, c.Account, in.Room)
	return out, err
}

func (s *Server) deleteReport(ctx context.Context, c *caller, in *reportPath) (*nothing, error) {
	if err := inRange("room", in.Room); err != nil {
		return nil, err
	}
	if err := inRange("report", in.Report); err != nil {
		return nil, err
	}
	return &nothing{}, s.closeReport(ctx, c.Account, in.Room, in.Report)
}
