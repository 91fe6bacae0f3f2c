package replica

import (
	"errors"
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

// item is an entry and what only this package needs to know of it.
type item struct {
	e     *Entry
	size  int      // encoded, of a post
	reach chat.Rev // settled: shown until the cursor is here; 0 not at all
	tries int      // refusals that named no key, and reactions without an answer
	sent  chat.Time

	kept    bool   // was on disk once
	uploads []bool // by file: is being uploaded
	again   wait   // until then none of its files is
	lapses  int    // uploads that failed for now, since the last that did not
}

// compose queues a post.
func (r *Replica) compose(in Compose) {
	e := Entry{Key: in.Key, Room: in.Room, Op: OpPost, Text: in.Text, Reply: in.Reply,
		Mentions: slices.Clone(in.Mentions), Files: slices.Clone(in.Files)}
	if err := chat.ValidText(in.Text, len(in.Files) > 0); err != nil {
		r.refuse(e, err)
		return
	}
	if len(in.Files) > chat.MaxFiles {
		r.refuse(e, chat.Refuse(chat.TooLarge, "a message has at most 20 files"))
		return
	}
	if len(in.Mentions) > chat.MaxMentions {
		r.refuse(e, chat.Refuse(chat.TooLarge, "a message mentions at most 50 people"))
		return
	}
	if size(&e) > chat.BatchAim-envelope {
		r.refuse(e, chat.Refuse(chat.TooLarge, "a message must fit into one frame"))
		return
	}
	if it := r.enqueue(e); it != nil {
		rm := r.rooms[in.Room]
		rm.raised = max(rm.raised, r.now+r.skew)
	}
}

// edit queues an edit. What is said with files may be nothing; of a row that is
// not held the server knows.
func (r *Replica) edit(in Edit) {
	row := r.Row(in.Room, in.Seq)
	e := Entry{Key: in.Key, Room: in.Room, Op: OpEdit, Seq: in.Seq, Text: in.Text}
	if err := chat.ValidText(in.Text, row == nil || len(row.Files) > 0); err != nil {
		r.refuse(e, err)
		return
	}
	r.enqueue(e)
}

// recall queues a recall.
func (r *Replica) recall(in Recall) {
	r.enqueue(Entry{Key: in.Key, Room: in.Room, Op: OpRecall, Seq: in.Seq})
}

// react queues a reaction.
func (r *Replica) react(in React) {
	e := Entry{Key: in.Key, Room: in.Room, Op: OpReact, Seq: in.Seq, Emoji: in.Emoji, On: in.On}
	if err := chat.ValidReaction(in.Emoji); err != nil {
		r.refuse(e, err)
		return
	}
	r.enqueue(e)
}

// enqueue puts an entry at the end of the outbox and asks for it to be stored.
func (r *Replica) enqueue(e Entry) *item {
	if e.Key.IsZero() || r.keys[e.Key] != nil {
		r.refuse(e, chat.Refuse(chat.Conflict, "this key is in use"))
		return nil
	}
	if e.Op != OpPost && e.Seq < 1 {
		r.refuse(e, chat.Refuse(chat.BadRequest, "there is no such message"))
		return nil
	}
	r.order++
	e.Order, e.Epoch, e.At, e.State = r.order, r.epoch, r.now, Storing
	it := &item{e: &e, size: size(&e)}
	rm := r.room(e.Room)
	rm.entries = append(rm.entries, it)
	r.keys[e.Key] = rm
	r.step.stored = append(r.step.stored, it.e)
	r.showEntries(rm)
	return it
}

// refuse says that an intent was not taken.
func (r *Replica) refuse(e Entry, err error) {
	out := Refused{Room: e.Room, Key: e.Key, Code: chat.CodeOf(err), Message: err.Error()}
	var told *chat.Error
	if errors.As(err, &told) {
		out.Message = told.Message
	}
	r.emit(out)
}

// stored lets entries go that are on disk now.
func (r *Replica) stored(in Stored) {
	for _, key := range in.Keys {
		rm := r.keys[key]
		if rm == nil {
			continue
		}
		it := rm.item(key)
		it.kept = true
		if it.e.State == Storing {
			r.become(rm, it, Queued)
		}
	}
}

// retry sends a failed entry again, after all others of its room: that is
// where it will be in the log.
func (r *Replica) retry(in Retry) {
	rm := r.keys[in.Key]
	if rm == nil || rm.item(in.Key).e.State != Failed {
		return
	}
	it := rm.item(in.Key)
	if it.e.namesSeq() && it.e.Epoch != r.epoch {
		return // it will never mean anything again
	}
	r.order++
	e := *it.e
	if e.Code == chat.NotFound { // the server may have lost what was uploaded long ago
		e.Files = slices.Clone(e.Files)
		for n := range e.Files {
			if e.Files[n].Blob {
				e.Files[n].ID = ""
			}
		}
	}
	e.Order, e.At, e.State, e.Code, e.Message = r.order, r.now, Storing, "", ""
	it.e, it.tries, it.again, it.lapses = &e, 0, wait{}, 0
	rm.entries = append(slices.DeleteFunc(rm.entries, func(x *item) bool { return x == it }), it)
	r.step.stored = append(r.step.stored, it.e)
	r.showEntries(rm)
}

// discard forgets an entry.
func (r *Replica) discard(in Discard) {
	if r.MayDiscard(in.Key) {
		rm := r.keys[in.Key]
		r.remove(rm, rm.item(in.Key))
	}
}

// MayDiscard reports whether an entry can be forgotten: it failed, waits
// for uploads, or was not sent on any connection of this replica. What was sent
// and has no answer may be in the log.
func (r *Replica) MayDiscard(key chat.Key) bool {
	rm := r.keys[key]
	if rm == nil {
		return false
	}
	it := rm.item(key)
	return it.e.State == Failed || it.e.Uploads() || it.sent == 0 && (it.e.State == Storing || it.e.State == Queued)
}

// remove takes an entry out of the outbox.
func (r *Replica) remove(rm *room, it *item) {
	r.stopUploads(it)
	rm.entries = slices.DeleteFunc(rm.entries, func(x *item) bool { return x == it })
	rm.flight = slices.DeleteFunc(rm.flight, func(x *item) bool { return x == it })
	delete(r.keys, it.e.Key)
	r.ended[it.e.Key] = struct{}{}
	s := r.saving(rm)
	s.Done = append(s.Done, it.e.Key)
	r.showEntries(rm)
}

// become gives an entry another state.
func (r *Replica) become(rm *room, it *item, state State) {
	e := *it.e
	e.State = state
	it.e = &e
	r.showEntries(rm)
}

// fail marks an entry as refused, on disk too: a restart must not send it.
func (r *Replica) fail(rm *room, it *item, code chat.Code, message string) {
	e := *it.e
	e.State, e.Code, e.Message = Failed, code, message
	it.e = &e
	r.stopUploads(it)
	r.step.stored = append(r.step.stored, it.e)
	r.showEntries(rm)
}

// showEntries says that a room's entries changed.
func (r *Replica) showEntries(rm *room) {
	rm.posts, r.step.status = nil, true
	r.stir(rm)
	r.show(rm)
}

// item is the room's entry of that key.
func (rm *room) item(key chat.Key) *item {
	for _, it := range rm.entries {
		if it.e.Key == key {
			return it
		}
	}
	return nil
}

// counts are the entries not answered, and those refused.
func (rm *room) counts() (waiting, failed int) {
	for _, it := range rm.entries {
		switch {
		case it.e.waiting():
			waiting++
		case it.e.State == Failed:
			failed++
		}
	}
	return waiting, failed
}

// pending are the posts that the window does not show.
func (rm *room) pending() []*Entry {
	if rm.posts == nil {
		for _, it := range rm.entries {
			if it.e.Op == OpPost {
				rm.posts = append(rm.posts, it.e)
			}
		}
	}
	return rm.posts
}

// envelope is more than a send frame has around its posts.
const envelope = 64

// size is the encoded size of a post in a send, with its comma.
func size(e *Entry) int {
	if e.Op != OpPost {
		return 0
	}
	frame, err := wire.Append(nil, &wire.Send{Room: e.Room, Posts: []chat.Post{e.post()}})
	if err != nil {
		return chat.MaxClientSize // what cannot be encoded does not fit
	}
	return len(frame)
}

func (e *Entry) post() chat.Post {
	return chat.Post{Key: e.Key, Text: e.Text, Reply: e.Reply, Files: e.ids(), Mentions: e.Mentions}
}
