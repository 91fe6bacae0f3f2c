package server

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"

	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/wire"
)

// headOf makes what a member is told of a room.
func headOf(h *store.Head) chat.Head {
	r, m := &h.Room, &h.Member
	head := chat.Head{
		ID: r.ID, Kind: r.Kind, Name: r.Name, About: r.About, Members: r.Members,
		Rev: r.Rev, Seq: r.Seq, N: r.N, Read: m.Read, ReadN: m.ReadN, Got: m.Got, Role: m.Role,
		Muted: m.Muted, Top: m.Top, Unread: m.Unread, Blocked: m.Blocked, Mention: m.Mention, Pins: r.Pins,
	}
	if m.Hidden > 0 {
		hidden := m.Hidden - 1
		head.Hidden = &hidden
	}
	if moderates(*m) {
		head.Reports = r.Reports
	}
	if r.Kind == chat.KindDirect {
		head.Peer = r.Peer(m.Account)
	}
	if h.Other != nil {
		head.OthersRead, head.OthersGot = h.Other.Read, h.Other.Got
	}
	if h.Last != nil {
		last := *h.Last
		last.Text = chat.Preview(last.Text)
		head.Last = &last
	}
	head.Tag = tagOf(&head)
	return head
}

// tagOf is a fingerprint of everything in a head but Rev, Seq, N and Last. It
// needs no state: two nodes make the same of the same head.
func tagOf(h *chat.Head) string {
	b := make([]byte, 0, 192)
	for _, text := range []string{h.Kind, h.Name, h.About, h.Role} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	hidden := chat.Count(-1)
	if h.Hidden != nil {
		hidden = *h.Hidden
	}
	for _, n := range []int64{
		int64(h.ID), int64(h.Peer), int64(h.Members), int64(h.Read), int64(h.ReadN), int64(h.Got), int64(h.OthersRead), int64(h.OthersGot),
		int64(hidden), int64(h.Mention), int64(h.Reports), int64(len(h.Pins)),
	} {
		b = binary.AppendVarint(b, n)
	}
	for _, pin := range h.Pins {
		b = binary.AppendVarint(b, int64(pin))
	}
	for _, flag := range []bool{h.Muted, h.Top, h.Unread, h.Blocked} {
		b = strconv.AppendBool(b, flag)
	}
	sum := uint64(14695981039346656037) // FNV-1a, which package hash/fnv would allocate for
	for _, c := range b {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	var tag [11]byte
	base64.RawURLEncoding.Encode(tag[:], binary.BigEndian.AppendUint64(b[:0], sum))
	return string(tag[:])
}

// friends reports whether the two of a direct room are told of each other's
// presence: both have posted in it, and neither has blocked the other.
func friends(h *store.Head) bool {
	r := &h.Room
	blocked := h.Member.Blocked || h.Other != nil && h.Other.Blocked
	return r.Kind == chat.KindDirect && r.Posted[0] && r.Posted[1] && !blocked
}

// headFrame makes the head frame of a room for a member.
func headFrame(r store.Reader, room chat.RoomID, me chat.AccountID) (*wire.Head, error) {
	h, err := r.Head(room, me)
	if err != nil {
		return nil, err
	}
	head := headOf(&h)
	users, err := usersOfHeads(r, head)
	return &wire.Head{Room: head, Users: users}, err
}

// head returns a room as one of its members sees it.
func (s *Server) head(ctx context.Context, me chat.AccountID, room chat.RoomID) (head chat.Head, err error) {
	err = s.view(ctx, func(r store.Reader) error {
		h, err := r.Head(room, me)
		head = headOf(&h)
		return err
	})
	return head, err
}

// usersOf returns the people whom rows name, never nil.
func usersOf(r store.Reader, rows []chat.Row) ([]chat.User, error) {
	var who people
	for i := range rows {
		who.row(&rows[i])
	}
	return who.users(r)
}

// usersOfHeads returns the people whom heads name, never nil.
func usersOfHeads(r store.Reader, heads ...chat.Head) ([]chat.User, error) {
	var who people
	for i := range heads {
		who.add(heads[i].Peer)
		if heads[i].Last != nil {
			who.row(heads[i].Last)
		}
	}
	return who.users(r)
}

// people gathers accounts, each once, in the order of their first naming.
type people struct {
	ids  []chat.AccountID
	seen map[chat.AccountID]bool // from fewPeople on
}

// fewPeople are found as fast without a map.
const fewPeople = 16

func (p *people) has(id chat.AccountID) bool {
	if p.seen != nil {
		return p.seen[id]
	}
	return slices.Contains(p.ids, id)
}

func (p *people) add(id chat.AccountID) {
	if id == 0 || p.has(id) {
		return
	}
	p.ids = append(p.ids, id)
	switch {
	case p.seen != nil:
		p.seen[id] = true
	case len(p.ids) == fewPeople:
		p.seen = make(map[chat.AccountID]bool)
		for _, id := range p.ids {
			p.seen[id] = true
		}
	}
}

func (p *people) row(row *chat.Row) {
	p.add(row.By)
	if row.System != nil {
		p.add(row.System.Account)
	}
	for _, id := range row.Mentions {
		p.add(id)
	}
	for _, who := range row.Reactions {
		for _, id := range who {
			p.add(id)
		}
	}
}

func (p *people) users(r store.Reader) ([]chat.User, error) {
	if len(p.ids) == 0 {
		return []chat.User{}, nil
	}
	return r.Users(p.ids)
}
