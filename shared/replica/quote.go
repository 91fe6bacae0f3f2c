package replica

import (
	"parley/shared/chat"
)

// quoted is a row before the windows that something on the screen quotes: held
// alone, at the window's cursor, not stored, and gone with the room's screen.
type quoted struct {
	row   *chat.Row // nil until an answer brings it
	asked chat.Rev  // the cursor when it was asked for
}

// quote says that a row was asked for. From now on its changes are taken in,
// so that the answer may come at any time.
func (r *Replica) quote(in Quote) {
	if rm := r.rooms[in.Room]; r.mayQuote(rm, in.Seq) {
		if rm.quoted == nil {
			rm.quoted = map[chat.Seq]quoted{}
		}
		rm.quoted[in.Seq] = quoted{asked: rm.win.cursor}
	}
}

// mayQuote tells whether a row is worth asking for, and was not asked for.
func (r *Replica) mayQuote(rm *room, seq chat.Seq) bool {
	if !r.live || rm == nil || !rm.opened || rm.win == nil || seq < 1 || seq >= rm.win.first() || len(rm.quoted) >= r.bounds.quotes {
		return false
	}
	_, asked := rm.quoted[seq]
	return !asked && (rm.away == nil || rm.away.win.at(seq) == nil)
}

// quotePage takes in a page that was asked for because of a quote. What has
// come on the connection meanwhile is newer; a page read before the row was
// asked for answers an earlier question, and may lack changes.
func (r *Replica) quotePage(in Quoted) {
	r.meet(in.Page.Users)
	rm := r.rooms[in.Page.Room]
	if rm == nil {
		return
	}
	for i := range in.Page.Rows {
		row := &in.Page.Rows[i]
		if q, asked := rm.quoted[row.Seq]; asked && q.row == nil && in.Page.Rev >= q.asked {
			rm.quoted[row.Seq] = quoted{row: clone(row), asked: q.asked}
			r.show(rm)
		}
	}
}

// requote takes in a row that has changed.
func (rm *room) requote(row *chat.Row) {
	if q, asked := rm.quoted[row.Seq]; asked && (q.row == nil || q.row.Rev < row.Rev) {
		rm.quoted[row.Seq] = quoted{row: row, asked: q.asked}
	}
}

// unasked forgets what was asked for and has not come: it may be asked for again.
func (rm *room) unasked() {
	for seq, q := range rm.quoted {
		if q.row == nil {
			delete(rm.quoted, seq)
		}
	}
}

// MayQuote tells whether a row that something quotes is to be asked for. It is
// not if it is held, was asked for on this connection, or cannot be there.
func (r *Replica) MayQuote(id chat.RoomID, seq chat.Seq) bool {
	return r.mayQuote(r.rooms[id], seq)
}

// Quoted is a row that something quotes: as Row has it, or as it was asked for;
// nil if it is neither.
func (r *Replica) Quoted(id chat.RoomID, seq chat.Seq) *chat.Row {
	if row := r.Row(id, seq); row != nil {
		return row
	}
	if rm := r.rooms[id]; rm != nil {
		return rm.quoted[seq].row
	}
	return nil
}
