package replica

// restore takes what was stored.
func (r *Replica) restore(in Restore) {
	if r.epoch = in.Epoch; in.Me.ID != 0 {
		r.me = in.Me
	}
	r.meet(in.Users)
	for i := range in.Rooms {
		r.restoreRoom(&in.Rooms[i])
	}
	for i := range in.Outbox {
		r.restoreEntry(in.Outbox[i])
	}
	for _, rm := range r.all {
		if rm.win != nil && len(rm.entries) > 0 {
			r.settleShown(rm)
		}
	}
	r.step.meta, r.step.users = nil, nil
	r.step.list, r.step.people, r.step.status = true, true, true
}

// settleShown removes entries whose rows were stored, but not that they are
// done: another tab may have stored them.
func (r *Replica) settleShown(rm *room) {
	for _, row := range rm.win.rows {
		r.settleRow(rm, row)
	}
	r.prune(rm)
}

func (r *Replica) restoreRoom(s *StoredRoom) {
	rm := r.room(s.Head.ID)
	rm.known, rm.head, rm.told = true, s.Head, s.Told
	rm.heard = s.Head.Rev
	if s.Window {
		if rm.win = replace(s.Rows, s.Cursor); rm.win == nil {
			rm.head.Rev = 0 // rows are missing: as if there had been no window
		} else {
			rm.kept = s.Cursor
		}
	}
	r.show(rm)
}

// restoreEntry puts back an entry. What was not answered is on disk: queued.
func (r *Replica) restoreEntry(e Entry) {
	if e.Key.IsZero() || r.keys[e.Key] != nil {
		return
	}
	if e.State != Failed {
		e.State = Queued
	}
	rm := r.room(e.Room)
	rm.entries = append(rm.entries, &item{e: &e, size: size(&e), kept: true})
	r.keys[e.Key] = rm
	r.order = max(r.order, e.Order)
	r.show(rm)
}

// saving is what this step stores of a room.
func (r *Replica) saving(rm *room) *SaveRoom {
	if rm.save == nil {
		rm.save = &SaveRoom{Room: rm.id}
		r.step.saved = append(r.step.saved, rm)
	}
	return rm.save
}

// saveHead has the head stored.
func (r *Replica) saveHead(rm *room) {
	head := rm.head
	r.saving(rm).Head = &head
}

// finish puts together what a step does: what is stored comes first.
func (r *Replica) finish() []Effect {
	var out []Effect
	if r.step.meta != nil {
		out = append(out, *r.step.meta)
	}
	if len(r.step.users) > 0 {
		out = append(out, SaveUsers{Users: r.step.users})
	}
	for _, rm := range r.step.saved {
		if s := rm.save; s != nil {
			rm.save = nil
			out = append(out, r.completed(rm, s))
		}
	}
	if len(r.step.stored) > 0 {
		out = append(out, SaveOutbox{Entries: r.step.stored})
	}
	out = append(out, r.step.out...)
	return r.appendChanged(out)
}

// completed fills in what every SaveRoom tells.
func (r *Replica) completed(rm *room, s *SaveRoom) SaveRoom {
	if s.Drop {
		return *s
	}
	s.Told = rm.told
	if s.Head != nil {
		head := rm.head // as it is at the step's end
		s.Head = &head
	}
	if rm.win != nil {
		s.Window, s.From, s.Cursor = true, rm.kept, rm.win.cursor
		rm.kept = rm.win.cursor
	}
	return *s
}

// appendChanged adds what to look at again.
func (r *Replica) appendChanged(out []Effect) []Effect {
	c := Changed{List: r.step.list, People: r.step.people, Status: r.step.status}
	for _, rm := range r.step.shown {
		rm.shown = false
		c.Rooms = append(c.Rooms, rm.id)
	}
	if c.List || c.People || c.Status || len(c.Rooms) > 0 {
		out = append(out, c)
	}
	return out
}
