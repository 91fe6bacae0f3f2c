package server

import (
	"context"
	"fmt"
	"net/http"

	"parley/server/store"
	"parley/server/ws"
	"parley/shared/chat"
)

// openBare upgrades a request to a connection that gets every later message of
// an open room as bare text. Whoever has the 101 misses none: the room is
// pinned and read before the handshake. me is the zero who for somebody
// unknown.
//
// The caller owns the session: it reads s.conn, and calls end. On an error the
// request is answered.
func (s *Server) openBare(w http.ResponseWriter, r *http.Request, id chat.RoomID, me who) (*session, error) {
	s.hub.pin([]chat.RoomID{id})
	s.hub.synced(r.Context())
	join := func(*room) {}
	defer func() {
		s.hub.wake(id, func(r *room) {
			r.unpin()
			join(r)
		})
	}()
	var at store.Room
	err := s.view(r.Context(), func(st store.Reader) (err error) {
		if m, err := st.Member(id, me.Account); err == nil && m.Role == store.RoleBanned {
			return chat.Refuse(chat.Forbidden, "you were removed from this room")
		}
		at, err = st.Room(id)
		return err
	})
	if err != nil {
		writeProblem(w, err)
		return nil, err
	}
	sess := &session{server: s, bare: true, who: me}
	sess.conn, err = s.sockets.Accept(w, r, ws.Options{Limit: chat.MaxText, Pending: pendingMost, Bare: true})
	if err != nil {
		return nil, fmt.Errorf("server: text room: %w", err) // answered
	}
	s.hub.attach(sess)
	if me.Account != 0 && !s.hub.enter(sess) {
		sess.giveUp()
	}
	join = func(r *room) { r.joinBare(sess, at) }
	return sess, nil
}

// joinBare adds a listener that gets every message after the room was at.
func (r *room) joinBare(s *session, at store.Room) {
	head := chat.Head{Rev: at.Rev, Seq: at.Seq, Kind: at.Kind}
	if !r.live {
		r.begin(&head)
	}
	r.add(s, head.Rev)
	if r.hinted > r.cursor {
		r.catchUp()
	}
	if at.Seq < r.seq {
		r.tellMissed(s, at)
	}
}

// tellMissed tells a bare listener what was delivered between its reading of
// the room and its joining.
func (r *room) tellMissed(s *session, at store.Room) {
	var rows []chat.Row
	err := r.view(func(st store.Reader) (err error) {
		rows, err = st.RowsBefore(r.id, r.seq+1, int(r.seq-at.Seq))
		return err
	})
	if err != nil {
		s.giveUp()
		return
	}
	for i := range rows {
		if rows[i].Seq > at.Seq && rows[i].Kind == chat.KindText && rows[i].Recalled == 0 {
			s.push(ws.Item{Message: ws.Join([]byte(rows[i].Text)), Room: r.id})
		}
	}
	r.listeners.put(s, r.cursor)
}

// ensureOpen finds or makes an open room for somebody who does not enter it.
// Such a room has no owner.
func (s *Server) ensureOpen(ctx context.Context, name string) (id chat.RoomID, err error) {
	if err := validOpenName(name); err != nil {
		return 0, err
	}
	err = s.update(ctx, func(tx store.Tx) error {
		room, _, err := s.openRoom(tx, name)
		id = room.ID
		return err
	})
	return id, err
}
