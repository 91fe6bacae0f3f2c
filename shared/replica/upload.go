package replica

import (
	"slices"
	"strings"

	"parley/shared/chat"
)

const (
	maxUploads  = 2      // at once, of all rooms
	uploadRetry = 2_000  // ms until an upload that failed for now is tried again, doubled each time
	uploadMost  = 60_000 // but never more
	fileIDSize  = 64     // of an id that is not known yet: none is longer
)

// Attachment is a file of a post. Its ID is empty until it is uploaded. A file
// with Blob has its content in this device's storage, until the entry ends; one
// without was uploaded before.
type Attachment struct {
	chat.File
	Blob bool `json:"blob,omitempty"`
}

// complete reports whether all files of the entry are uploaded.
func (e *Entry) complete() bool {
	return !slices.ContainsFunc(e.Files, func(a Attachment) bool { return a.ID == "" })
}

// Uploads reports whether the entry waits for uploads: it can be given up then.
func (e *Entry) Uploads() bool { return e.waiting() && !e.complete() }

// driveUploads starts uploads, those of the oldest entries first. Only who may
// send uploads: of two uploads of a file one would be left over.
func (r *Replica) driveUploads() {
	if !r.live || r.mute {
		return
	}
	for r.uploading < maxUploads {
		it, n := r.nextUpload()
		if it == nil {
			return
		}
		if it.uploads == nil {
			it.uploads = make([]bool, len(it.e.Files))
		}
		it.uploads[n] = true
		r.uploading++
		r.emit(Upload{Room: it.e.Room, Key: it.e.Key, N: n, File: it.e.Files[n].File})
	}
}

// nextUpload is the first file to be uploaded that nothing keeps back.
func (r *Replica) nextUpload() (next *item, n int) {
	for _, rm := range r.all {
		for _, it := range rm.entries {
			if it.e.State != Queued || !it.again.due(r.now) || next != nil && next.e.Order <= it.e.Order {
				continue
			}
			for i, a := range it.e.Files {
				if a.ID == "" && (it.uploads == nil || !it.uploads[i]) {
					next, n = it, i
					break
				}
			}
		}
	}
	return next, n
}

// failGone gives up the uploads for a room that was taken from us.
func (r *Replica) failGone(rm *room) {
	if !rm.gone {
		return
	}
	for _, it := range rm.entries {
		if it.e.Uploads() {
			r.fail(rm, it, chat.NotFound, chat.ErrNotFound.Message)
		}
	}
}

// loading returns the entry whose file is being uploaded, and ends that.
func (r *Replica) loading(key chat.Key, n int) (*room, *item) {
	rm := r.keys[key]
	if rm == nil {
		return nil, nil
	}
	it := rm.item(key)
	if n < 0 || n >= len(it.uploads) || !it.uploads[n] {
		return nil, nil
	}
	it.uploads[n] = false
	r.uploading--
	r.stir(rm)
	return rm, it
}

// uploaded keeps the id of a file. When it was the last, the entry may go, but
// not before its ids are on disk: a tab that dies in between would upload again,
// and post other ids under the same key.
func (r *Replica) uploaded(in Uploaded) {
	rm, it := r.loading(in.Key, in.N)
	if it == nil || in.File.ID == "" {
		return
	}
	e := *it.e
	e.Files = slices.Clone(e.Files)
	e.Files[in.N].File = in.File
	if it.lapses = 0; e.complete() {
		e.State = Storing
	}
	it.e, it.size = &e, size(&e)
	r.step.stored = append(r.step.stored, it.e)
	r.showEntries(rm)
}

// notUploaded tries again later, or gives the entry up.
func (r *Replica) notUploaded(in NotUploaded) {
	rm, it := r.loading(in.Key, in.N)
	if it == nil {
		return
	}
	switch in.Code {
	case chat.Unavailable, chat.SlowDown, chat.Unauthorized:
		long := min(chat.Time(uploadRetry)<<min(it.lapses, 10), uploadMost)
		it.again = wait{r.now, max(long, in.Retry)}
		it.lapses++
	default:
		r.fail(rm, it, in.Code, in.Message)
	}
}

// stopUploads ends the uploads of an entry that no longer wants them.
func (r *Replica) stopUploads(it *item) {
	for n, on := range it.uploads {
		if on {
			r.uploading--
			r.emit(StopUpload{Key: it.e.Key, N: n})
		}
	}
	it.uploads = nil
}

// stopAllUploads leaves the uploads to another tab.
func (r *Replica) stopAllUploads() {
	for _, rm := range r.all {
		for _, it := range rm.entries {
			r.stopUploads(it)
		}
	}
}

// hurryUploads has failed uploads tried at once: there is a new connection.
func (r *Replica) hurryUploads() {
	for _, rm := range r.all {
		for _, it := range rm.entries {
			it.again, it.lapses = wait{}, 0
		}
	}
}

// adoptFiles takes the ids that another tab has stored. The first that is stored
// counts, for all tabs.
func (r *Replica) adoptFiles(rm *room, it *item, stored *Entry) {
	s := it.e.State
	if s != Queued && s != Storing || stored.Order != it.e.Order || len(stored.Files) != len(it.e.Files) ||
		slices.Contains(rm.flight, it) {
		return
	}
	e := *it.e
	e.Files = slices.Clone(e.Files)
	for n, a := range stored.Files {
		if a.ID == "" || a.ID == e.Files[n].ID {
			continue
		}
		e.Files[n] = a
		if n < len(it.uploads) && it.uploads[n] {
			it.uploads[n] = false
			r.uploading--
			r.emit(StopUpload{Key: e.Key, N: n})
		}
	}
	if len(e.Files) == 0 {
		return
	}
	was := it.e
	it.e, it.size = &e, size(&e)
	switch {
	case stored.complete():
		e.State = Queued // these are on disk
	case e.complete() && !was.complete():
		e.State = Storing // some of them are only here
		r.step.stored = append(r.step.stored, it.e)
	}
	r.showEntries(rm)
}

// ids are the files of a post. One that is not uploaded takes as much room as
// its id may.
func (e *Entry) ids() []string {
	var ids []string
	for _, a := range e.Files {
		id := a.ID
		if id == "" {
			id = noID
		}
		ids = append(ids, id)
	}
	return ids
}

var noID = strings.Repeat("x", fileIDSize)
