package replica

import (
	"cmp"
	"slices"

	"parley/shared/chat"
)

// Summary is a room in the list. Summaries are immutable: an unchanged pointer
// is an unchanged room.
type Summary struct {
	Head      *chat.Head // as of the newest row heard of; Last is cut to a preview
	Title     string     // the peer's name in direct rooms, else the room's
	Unread    int64
	Marked    bool      // marked as unread by hand
	Mentioned bool      // a message that mentions one is unread
	Hidden    bool      // hidden by hand, and nothing has come since: not in the list
	At        chat.Time // of the last activity, by the server's clock
	Online    bool      // the peer is here (direct rooms, while Live)
	Typing    []chat.AccountID
	Waiting   int  // entries not answered yet
	Failed    int  // entries refused
	Gone      bool // no longer ours; shown while entries of it are left
	Version   uint64
}

// Timeline is a room on the screen.
type Timeline struct {
	Room    chat.RoomID
	Known   bool             // the room is ours, as far as is known
	Ready   bool             // Rows are what the log held; false until the first answer
	Rows    []*chat.Row      // ascending seq without gaps; replaced rows have new pointers
	Cursor  chat.Rev         // the revision at which the log held exactly Rows
	Pending []*Entry         // posts that Rows do not show yet, in their order, the failed among them
	Start   bool             // Rows begin at the room's first
	Loading bool             // a page of history is on its way
	Typing  []chat.AccountID // who is writing, in the order they began
	Version uint64           // grows when anything of this, or of Shown, Receipt and ReadBy changes
}

// Presence is whether somebody is here. Seen is when they last were, 0 unknown.
type Presence struct {
	Online bool
	Seen   chat.Time
}

// Receipt is how far an own row has come.
type Receipt string

// The receipts: one tick, two, two coloured.
const (
	ReceiptStored    Receipt = "stored"
	ReceiptDelivered Receipt = "delivered"
	ReceiptRead      Receipt = "read"
)

// Me is one's own account; its ID is 0 until the first welcome.
func (r *Replica) Me() chat.Account { return r.me }

// Live reports whether the connection is up and welcomed.
func (r *Replica) Live() bool { return r.live }

// Waiting counts the entries of all rooms that the server has not answered.
func (r *Replica) Waiting() int {
	n := 0
	for _, rm := range r.all {
		w, _ := rm.counts()
		n += w
	}
	return n
}

// Unread counts what the rooms in the list want to be seen: unread messages, a
// room that is marked as unread as one, and of a muted one whether it mentions
// one.
func (r *Replica) Unread() int64 {
	var n int64
	for _, s := range r.Rooms() {
		switch {
		case !s.Head.Muted && s.Unread > 0:
			n += s.Unread
		case s.Mentioned, !s.Head.Muted && s.Marked:
			n++
		}
	}
	return n
}

// Rooms is the list: those on top first, of these and of the others the most
// recent. Hidden ones are left out.
func (r *Replica) Rooms() []*Summary {
	r.sortRooms()
	return r.seen
}

// AllRooms is Rooms with the hidden ones, for who looks for one by its name.
func (r *Replica) AllRooms() []*Summary {
	r.sortRooms()
	return r.list
}

func (r *Replica) sortRooms() {
	if !r.listStale {
		return
	}
	list := make([]*Summary, 0, len(r.all))
	for _, rm := range r.all {
		if s := r.summary(rm); s != nil {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *Summary) int {
		switch {
		case a.Head.Top != b.Head.Top && a.Head.Top:
			return -1
		case a.Head.Top != b.Head.Top:
			return 1
		case a.At != b.At && a.At > b.At:
			return -1
		case a.At != b.At:
			return 1
		case a.Head.ID < b.Head.ID:
			return -1
		}
		return 1
	})
	seen := slices.DeleteFunc(slices.Clone(list), func(s *Summary) bool { return s.Hidden })
	r.list, r.seen, r.listStale = list, seen, false
}

// Told is how far the server is known to hold the own read mark of a room: what
// the user has read here or elsewhere, and the server was told.
func (r *Replica) Told(id chat.RoomID) chat.Seq {
	if rm := r.rooms[id]; rm != nil {
		return rm.told
	}
	return 0
}

// Room is a room's summary, nil if the room is not known.
func (r *Replica) Room(id chat.RoomID) *Summary {
	if rm := r.rooms[id]; rm != nil {
		return r.summary(rm)
	}
	return nil
}

// Timeline is what there is to show of a room.
func (r *Replica) Timeline(id chat.RoomID) Timeline {
	rm := r.rooms[id]
	if rm == nil {
		return Timeline{Room: id}
	}
	t := Timeline{
		Room: id, Known: rm.known && !rm.gone, Pending: rm.pending(),
		Loading: rm.page != nil && rm.page.away == nil, Typing: rm.writing(), Version: rm.version,
	}
	if w := rm.win; w != nil {
		t.Ready, t.Rows, t.Cursor, t.Start = true, w.rows, w.cursor, w.start()
	}
	return t
}

// Elsewhere is what there is to show of a room in the place of its Timeline,
// after a jump to rows that are too far back for that, or a long way back:
// rows that do not reach the newest, which JumpLatest leaves and LoadNewer
// brings nearer. It is false where there is no such thing.
func (r *Replica) Elsewhere(id chat.RoomID) (Timeline, bool) {
	rm := r.rooms[id]
	if rm == nil || rm.away == nil {
		return Timeline{}, false
	}
	t, a := r.Timeline(id), rm.away
	t.Ready, t.Rows, t.Start, t.Pending = a.loaded(), a.win.rows, a.loaded() && a.win.start(), nil
	t.Loading = rm.page != nil && rm.page.away == a
	return t, true
}

// Row is a row that is held of the room, nil if it is not.
func (r *Replica) Row(id chat.RoomID, seq chat.Seq) *chat.Row {
	rm := r.rooms[id]
	if rm == nil || rm.win == nil {
		return nil
	}
	if row := rm.win.at(seq); row != nil || rm.away == nil {
		return row
	}
	return rm.away.win.at(seq)
}

// Shown is a row as it will be when the pending operations on it have passed,
// and those operations, in their order, the failed ones (which do not change
// the row) among them. Mostly there are none: then it is the row itself.
func (r *Replica) Shown(id chat.RoomID, row *chat.Row) (*chat.Row, []*Entry) {
	rm := r.rooms[id]
	if rm == nil {
		return row, nil
	}
	return overlay(row, rm.entries, r.me.ID)
}

// Receipt is how far an own row of a direct room has come; rows of other rooms
// are stored (see ReadBy).
func (r *Replica) Receipt(id chat.RoomID, seq chat.Seq) Receipt {
	rm := r.rooms[id]
	switch {
	case rm == nil || rm.head.Kind != chat.KindDirect:
		return ReceiptStored
	case rm.head.OthersRead >= seq:
		return ReceiptRead
	case rm.head.OthersGot >= seq:
		return ReceiptDelivered
	}
	return ReceiptStored
}

// ReadBy says who, but oneself, is known to have read up to seq or further,
// ascending by id. Live marks tell it; Members fills in what was before.
func (r *Replica) ReadBy(id chat.RoomID, seq chat.Seq) []chat.AccountID {
	rm := r.rooms[id]
	if rm == nil {
		return nil
	}
	var by []chat.AccountID
	for _, m := range rm.marks { // ascending by user
		if m.Read >= seq && m.User != r.me.ID {
			by = append(by, m.User)
		}
	}
	return by
}

// User is a person whose name is known.
func (r *Replica) User(id chat.AccountID) (chat.User, bool) {
	if id == r.me.ID && id != 0 {
		return r.me.User(), true
	}
	u, ok := r.users[id]
	if u.Kind == chat.KindFormer {
		u.Name = r.former
	}
	return u, ok
}

// CallFormer says what people are called whose account was deleted: they have
// no name of their own. It is told again when the language changes.
func (r *Replica) CallFormer(name string) {
	r.former = name
	for _, rm := range r.rooms {
		rm.sum = nil
	}
}

// Users are the people whose names are known, but oneself, ascending by id.
func (r *Replica) Users() []chat.User {
	users := make([]chat.User, 0, len(r.users))
	for _, u := range r.users {
		if u.ID != r.me.ID {
			users = append(users, u)
		}
	}
	slices.SortFunc(users, func(a, b chat.User) int { return cmp.Compare(a.ID, b.ID) })
	return users
}

// Presence is whether somebody is here, of those whose presence one is told.
func (r *Replica) Presence(id chat.AccountID) Presence {
	p := r.presence[id]
	p.Online = p.Online && r.live
	return p
}

// Unstored are the entries that are still being stored, in their order: what
// would be lost with the page.
func (r *Replica) Unstored() []*Entry {
	var all []*Entry
	for _, rm := range r.all {
		for _, it := range rm.entries {
			if it.e.State == Storing {
				all = append(all, it.e)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Entry) int { return int(a.Order - b.Order) })
	return all
}

// Entry is an entry of the outbox, nil if there is none of that key.
func (r *Replica) Entry(key chat.Key) *Entry {
	if rm := r.keys[key]; rm != nil {
		return rm.item(key).e
	}
	return nil
}
