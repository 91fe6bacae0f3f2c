package server

import (
	"cmp"
	"context"
	"slices"

	"parley/server/store"
	"parley/server/ws"
	"parley/shared/chat"
	"parley/shared/wire"
)

// pull answers with all that changed in a room after a revision, in parts.
// Who is behind by more than chat.ResetBehind rows, has nothing, or claims to
// be past the head, gets the newest rows and a reset.
func (s *Server) pull(ctx context.Context, me chat.AccountID, room chat.RoomID, after chat.Rev) ([]*wire.Rows, error) {
	answer := &wire.Rows{Room: room, From: after}
	err := s.view(ctx, func(r store.Reader) error {
		head, err := memberRoom(r, room, me)
		if err != nil {
			return err
		}
		answer.Upto = head.Rev
		answer.Reset = after == 0 || after > head.Rev
		if !answer.Reset {
			if answer.Rows, answer.Reset, err = r.RowsAfter(room, after, chat.ResetBehind); err != nil {
				return err
			}
		}
		if answer.Reset {
			answer.From = 0
			if answer.Rows, err = r.RowsBefore(room, 0, chat.ResetRows); err != nil {
				return err
			}
			sortByRev(answer.Rows)
		}
		if answer.Rows == nil {
			answer.Rows = []chat.Row{}
		}
		answer.Users, err = usersOf(r, answer.Rows)
		return err
	})
	if err != nil {
		return nil, err
	}
	return cutRows(answer), nil
}

func sortByRev(rows []chat.Row) {
	slices.SortFunc(rows, func(a, b chat.Row) int { return cmp.Compare(a.Rev, b.Rev) })
}

// memberRoom returns a room of which somebody is a member, from the same
// instant as everything else that r reads (Promise 9).
func memberRoom(r store.Reader, room chat.RoomID, me chat.AccountID) (store.Room, error) {
	if _, err := membership(r, room, me); err != nil {
		return store.Room{}, err
	}
	return r.Room(room)
}

// page answers with history: the rows before a seq (0: the newest). limit 0 is
// chat.DefaultPage, and more than chat.MaxPage is cut to that.
func (s *Server) page(ctx context.Context, me chat.AccountID, room chat.RoomID, before chat.Seq, limit int) (*wire.Page, error) {
	if limit == 0 {
		limit = chat.DefaultPage
	}
	answer := &wire.Page{Room: room, Before: before}
	err := s.view(ctx, func(r store.Reader) error {
		head, err := memberRoom(r, room, me)
		if err != nil {
			return err
		}
		answer.Rev = head.Rev
		if answer.Rows, err = r.RowsBefore(room, before, min(limit, chat.MaxPage)); err != nil {
			return err
		}
		if answer.Rows == nil {
			answer.Rows = []chat.Row{}
		}
		answer.Start = len(answer.Rows) == 0 || answer.Rows[0].Seq == 1
		answer.Users, err = usersOf(r, answer.Rows)
		return err
	})
	return answer, err
}

// seqAt finds the first message at a time or later, or the last one. Times grow
// with seq, but for a clock that was put back: then it is one of those around.
func (s *Server) seqAt(ctx context.Context, me chat.AccountID, room chat.RoomID, at chat.Time) (chat.Seq, error) {
	var found chat.Seq
	err := s.view(ctx, func(r store.Reader) error {
		head, err := memberRoom(r, room, me)
		if err != nil {
			return err
		}
		low, high := chat.Seq(1), head.Seq
		for low < high {
			mid := low + (high-low)/2
			row, err := r.Row(room, mid)
			if err != nil {
				return err
			}
			if row.At >= at {
				high = mid
			} else {
				low = mid + 1
			}
		}
		found = high
		return nil
	})
	return found, err
}

// cutRows cuts an answer into parts of about chat.FrameAim. The parts are
// applied together, so they all say the same of from, upto and reset.
func cutRows(whole *wire.Rows) []*wire.Rows {
	var parts []*wire.Rows
	for _, rows := range cut(whole.Rows) {
		part := *whole
		part.Rows, part.Users, part.More = rows, named(rows, whole.Users), true
		if len(parts) > 0 {
			part.Keys = nil
		}
		parts = append(parts, &part)
	}
	parts[len(parts)-1].More = false
	return parts
}

// cutPage cuts a page as cutRows does.
func cutPage(whole *wire.Page) []*wire.Page {
	var parts []*wire.Page
	for _, rows := range cut(whole.Rows) {
		part := *whole
		part.Rows, part.Users, part.More = rows, named(rows, whole.Users), true
		parts = append(parts, &part)
	}
	parts[len(parts)-1].More = false
	return parts
}

// cut splits rows into runs of about chat.FrameAim, at least one.
func cut(rows []chat.Row) [][]chat.Row {
	runs := [][]chat.Row{{}}
	size := 0
	for i := range rows {
		bytes := rowSize(&rows[i])
		if size > 0 && size+bytes > chat.FrameAim {
			runs, size = append(runs, nil), 0
		}
		last := len(runs) - 1
		runs[last] = append(runs[last], rows[i])
		size += bytes
	}
	return runs
}

// rowSize estimates a row's encoded size in bytes, users included.
func rowSize(row *chat.Row) int {
	size := 400 + len(row.Text) + len(row.Text)/8 + len(row.Card) + 300*len(row.Files) + 130*len(row.Mentions)
	for emoji, who := range row.Reactions {
		size += len(emoji) + 8 + 110*len(who)
	}
	return size
}

// named keeps the users whom rows name.
func named(rows []chat.Row, users []chat.User) []chat.User {
	var who people
	for i := range rows {
		who.row(&rows[i])
	}
	kept := make([]chat.User, 0, len(who.ids))
	for _, u := range users {
		if who.has(u.ID) {
			kept = append(kept, u)
		}
	}
	return kept
}

// messageOf writes a frame as a message of its own.
func messageOf(f wire.Frame) ws.Message { return ws.Seal(appendFrame(ws.Begin(frameSize), f)) }

// appendFrame appends a frame. What the server makes can always be written.
func appendFrame(dst []byte, f wire.Frame) []byte {
	data, err := wire.Append(dst, f)
	if err != nil {
		panic(err) // a value of ours that JSON cannot hold: a bug
	}
	return data
}

// frameSize is room for an ordinary frame.
const frameSize = 512

// messagesOf writes the parts of an answer.
func messagesOf[F interface {
	*wire.Rows | *wire.Page
	wire.Frame
}](parts []F) []ws.Message {
	list := make([]ws.Message, len(parts))
	for i, f := range parts {
		list[i] = ws.Seal(appendFrame(ws.Begin(answerSize(f)), f))
	}
	return list
}

// answerSize estimates the encoded size of a part of an answer in bytes.
func answerSize(f wire.Frame) int {
	var rows []chat.Row
	switch f := f.(type) {
	case *wire.Rows:
		rows = f.Rows
	case *wire.Page:
		rows = f.Rows
	}
	size := frameSize
	for i := range rows {
		size += rowSize(&rows[i])
	}
	return size
}
