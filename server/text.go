package server

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/wire"
)

// anonymous is how a guest of a plain text room is called who gives no name.
const anonymous = "guest"

// texter is somebody's connection to a plain text room. Its goroutine reads
// messages and posts them, one after the other.
type texter struct {
	session *session
	room    string
	id      chat.RoomID
	me      chat.AccountID // 0: a guest who has not posted yet
	guest   string         // how that guest is to be called
	address netip.Addr
	inside  bool // the sender has entered the room
}

// serveText is GET /chat/{name}: a plain text room. Refusals come before the
// handshake, as problems; afterwards there are only close codes.
func (s *Server) serveText(w http.ResponseWriter, r *http.Request) {
	t, me, err := s.textVisitor(r)
	if err == nil {
		t.id, err = s.textRoom(r.Context(), t)
	}
	if err == nil && (s.draining.Load() || !s.hub.begin()) {
		err = &chat.Error{Code: chat.Unavailable, Message: "the server is stopping", Retry: s.retryHint()}
	}
	if err != nil {
		writeProblem(w, err)
		return
	}
	if t.session, err = s.openBare(w, r, t.id, me); err != nil {
		s.hub.work.Done()
		return // answered
	}
	s.metrics.texts.Inc()
	s.spawn(func() {
		defer s.hub.work.Done()
		defer s.metrics.texts.Dec()
		defer t.session.end()
		t.run(context.Background()) // ends when Read fails
	})
}

// textVisitor finds out who wants to come in: the account of the cookie where
// the page is our own, else a guest who is made at the first post. A cookie
// that is not valid any more counts for nothing.
func (s *Server) textVisitor(r *http.Request) (*texter, who, error) {
	switch {
	case !s.cfg.Guests:
		return nil, who{}, errRoute
	case !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return nil, who{}, errUpgrade
	case len(r.Header.Values("Origin")) > 0 && !s.goodOrigin(r):
		return nil, who{}, errOrigin
	}
	t := &texter{room: r.PathValue("name"), address: s.address(r)}
	if err := validOpenName(t.room); err != nil {
		return nil, who{}, err
	}
	if c, err := r.Cookie(s.cookieName(r)); err == nil && s.origins.ours(r) {
		me, err := s.signedIn(r.Context(), c.Value)
		if err == nil || chat.CodeOf(err) != chat.Unauthorized {
			t.me = me.Account
			return t, me, err
		}
	}
	name, err := guestName(r.URL)
	t.guest = name
	return t, who{}, err
}

func guestName(u *url.URL) (string, error) {
	name := u.Query().Get("name")
	if name == "" {
		return anonymous, nil
	}
	return name, validPersonName(name)
}

// textRoom finds the room, or makes it. Making one takes a sign-in of the
// address, since nobody else has to answer for it yet.
func (s *Server) textRoom(ctx context.Context, t *texter) (id chat.RoomID, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		room, err := r.RoomByName(t.room)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		id = room.ID
		return err
	})
	if err != nil || id != 0 {
		return id, err
	}
	if retry, ok := s.limits.signIns(t.address); !ok {
		return 0, slowDown(retry)
	}
	return s.ensureOpen(ctx, t.room)
}

// run posts what comes until the connection ends or a post is refused. There
// is no frame in which to say why, so a refusal ends the connection.
func (t *texter) run(ctx context.Context) {
	for {
		data, err := t.session.conn.Read(ctx)
		if err != nil {
			return
		}
		if chat.Blank(string(data)) {
			continue
		}
		if err := t.post(ctx, string(data)); err != nil {
			t.session.conn.Close(textClose(err), reason(err))
			return
		}
	}
}

// post posts one message, by an account that may have to be made, or to enter
// the room, first.
func (t *texter) post(ctx context.Context, text string) error {
	s := t.session.server
	if err := chat.ValidText(text, false); err != nil {
		return err
	}
	if t.me == 0 {
		if err := t.begin(ctx); err != nil {
			return err
		}
	}
	if !t.inside {
		if _, _, err := s.enterOpen(ctx, t.me, t.room); err != nil {
			return err
		}
		t.inside = true
	}
	_, err := s.post(ctx, t.me, t.id, []chat.Post{{Key: s.newKey(), Text: text}})
	return err
}

// begin makes the guest who posts here. There is no session, since nobody could
// use its token: the guest lives as long as the connection.
func (t *texter) begin(ctx context.Context) error {
	s := t.session.server
	if retry, ok := s.limits.signIns(t.address); !ok {
		return slowDown(retry)
	}
	return s.update(ctx, func(tx store.Tx) error {
		guest, err := s.makeAccount(tx, chat.Account{Kind: chat.KindGuest, Name: t.guest}, "")
		t.me = guest.ID
		return err
	})
}

// textClose maps a refusal to the code of the close that stands for it.
func textClose(err error) int {
	switch chat.CodeOf(err) {
	case chat.SlowDown:
		return wire.CloseRate
	case chat.TooLarge:
		return wire.CloseTooBig
	case chat.Unavailable, chat.StorageFull:
		return wire.CloseOverload
	}
	return wire.ClosePolicy
}

// reason is a refusal's message, cut to what a close frame holds.
func reason(err error) string {
	const most = 123
	text := problemOf(err).Detail
	for len(text) > most {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}
