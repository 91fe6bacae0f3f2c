package server

import (
	"context"
	"encoding/json"
	"io"

	"parley/server/store"
	"parley/shared/chat"
)

// exportPage is how many rows are read at once: what an export holds in memory
// is one page, however much somebody has written.
const exportPage = 100

// exportedSession is where somebody is signed in.
type exportedSession struct {
	ID    int64     `json:"id"`
	Made  chat.Time `json:"made"`
	Seen  chat.Time `json:"seen"`
	Agent string    `json:"agent,omitempty"`
}

// exportedRoom is a room as its member knows it, and the membership.
type exportedRoom struct {
	ID      chat.RoomID      `json:"id"`
	Kind    string           `json:"kind"`
	Name    string           `json:"name,omitempty"`
	About   string           `json:"about,omitempty"`
	Peer    *chat.User       `json:"peer,omitempty"`
	Role    string           `json:"role"`
	Muted   bool             `json:"muted,omitempty"`
	Top     bool             `json:"top,omitempty"`
	Hidden  bool             `json:"hidden,omitempty"`
	Unread  bool             `json:"unread,omitempty"`
	Blocked bool             `json:"blocked,omitempty"`
	Read    chat.Seq         `json:"read"`
	Reports []exportedReport `json:"reports,omitempty"` // that one made
}

type exportedReport struct {
	Seq    chat.Seq  `json:"seq"`
	At     chat.Time `json:"at"`
	Reason string    `json:"reason"`
}

// export writes all that is kept of a person as one JSON document: the
// account, where it is signed in, its rooms, and what it wrote in them, the
// newest first. Files stand in the messages that they were sent with. It reads
// in short views, and stops with an error when the session has ended.
type export struct {
	server *Server
	who    who
	to     io.Writer
	err    error
}

func (e *export) run(ctx context.Context) error {
	var me store.Account
	var sessions []store.Session
	var rooms []chat.RoomID
	err := e.view(ctx, func(r store.Reader) (err error) {
		if me, err = r.Account(e.who.Account); err != nil {
			return err
		}
		if sessions, err = r.Sessions(me.ID); err != nil {
			return err
		}
		rooms, err = r.Rooms(me.ID)
		return err
	})
	if err != nil {
		return err
	}
	e.raw(`{"exported":`)
	e.value(e.server.now())
	e.raw(`,"account":`)
	e.value(me.Account)
	e.raw(`,"made":`)
	e.value(me.Made)
	e.raw(`,"sessions":`)
	e.value(exportedSessions(sessions))
	e.raw(`,"rooms":[`)
	first := true
	for _, id := range rooms {
		if err := e.room(ctx, id, &first); err != nil {
			return err
		}
	}
	e.raw("]}\n")
	return e.err
}

func exportedSessions(sessions []store.Session) []exportedSession {
	list := make([]exportedSession, 0, len(sessions))
	for _, s := range sessions {
		list = append(list, exportedSession{ID: s.ID, Made: s.Made, Seen: s.Seen, Agent: s.Agent})
	}
	return list
}

// room writes a room and one's messages there; nothing if it was left since.
func (e *export) room(ctx context.Context, id chat.RoomID, first *bool) error {
	var room exportedRoom
	var rows []chat.Row
	before := chat.Seq(0)
	there := true
	err := e.view(ctx, func(r store.Reader) error {
		m, err := membership(r, id, e.who.Account)
		if err != nil {
			there = chat.CodeOf(err) != chat.NotFound
			return err
		}
		if room, err = exported(r, m); err != nil {
			return err
		}
		rows, err = r.RowsBefore(id, before, exportPage)
		return err
	})
	if !there {
		return nil
	}
	if err != nil {
		return err
	}
	e.next(first)
	e.raw(`{"room":`)
	e.value(room)
	e.raw(`,"messages":[`)
	empty := true
	for len(rows) > 0 && e.err == nil {
		e.mine(rows, &empty)
		before, rows = rows[0].Seq, nil
		err := e.view(ctx, func(r store.Reader) (err error) {
			if _, err := membership(r, id, e.who.Account); err != nil || before <= 1 {
				return err
			}
			rows, err = r.RowsBefore(id, before, exportPage)
			return err
		})
		if err != nil {
			return err
		}
	}
	e.raw("]}")
	return e.err
}

func exported(r store.Reader, m store.Member) (exportedRoom, error) {
	room, err := r.Room(m.Room)
	if err != nil {
		return exportedRoom{}, err
	}
	out := exportedRoom{
		ID: room.ID, Kind: room.Kind, Name: room.Name, About: room.About, Role: m.Role, Read: m.Read,
		Muted: m.Muted, Top: m.Top, Hidden: m.Hidden > room.N, Unread: m.Unread, Blocked: m.Blocked,
	}
	reports, err := r.Reports(room.ID, room.Reports)
	if err != nil {
		return out, err
	}
	for _, report := range reports {
		if report.By == m.Account {
			out.Reports = append(out.Reports, exportedReport{report.Seq, report.At, report.Reason})
		}
	}
	if room.Kind == chat.KindDirect {
		peer, err := r.Account(room.Peer(m.Account))
		if err != nil {
			return out, err
		}
		user := peer.User()
		out.Peer = &user
	}
	return out, nil
}

// mine writes those of rows that are one's own messages, the newest first.
func (e *export) mine(rows []chat.Row, first *bool) {
	for i := len(rows) - 1; i >= 0; i-- {
		if row := &rows[i]; row.By == e.who.Account && row.Kind != chat.KindSystem {
			e.next(first)
			e.value(row)
		}
	}
}

// view reads, if the session is still there.
func (e *export) view(ctx context.Context, fn func(store.Reader) error) error {
	return e.server.view(ctx, func(r store.Reader) error {
		if there, err := r.HasSession(e.who.Session); err != nil {
			return err
		} else if !there {
			return errUnauthorized
		}
		return fn(r)
	})
}

func (e *export) next(first *bool) {
	if !*first {
		e.raw(",")
	}
	*first = false
}

func (e *export) raw(s string) {
	if e.err == nil {
		_, e.err = io.WriteString(e.to, s)
	}
}

func (e *export) value(v any) {
	data, err := json.Marshal(v)
	if e.err == nil {
		e.err = err
	}
	e.raw(string(data))
}
