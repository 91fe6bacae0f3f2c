package replica_test

import (
	"fmt"
	"slices"
	"testing"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/shared/wire"
)

// upload is the model's: what is uploaded has an id until it is swept.
func (m *model) upload() chat.File {
	m.newID++
	id := fmt.Sprint("f", m.newID)
	m.files[id] = true
	return chat.File{ID: id, Name: "photo.jpg", Type: "image/jpeg", Width: 3, Height: 2}
}

// sweep removes what no row names.
func (m *model) sweep() {
	named := map[string]bool{}
	for _, l := range m.logs {
		for _, row := range l.rows {
			for _, f := range row.Files {
				named[f.ID] = true
			}
		}
	}
	m.files = named
}

func (m *model) has(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return !m.files[id] })
}

func filesOf(ids []string) []chat.File {
	var files []chat.File
	for _, id := range ids {
		files = append(files, chat.File{ID: id})
	}
	return files
}

// begun checks an upload, and has it run.
func (s *sim) begun(u replica.Upload) {
	e := s.r.Entry(u.Key)
	switch {
	case !s.up:
		s.Fatalf("%s is uploaded without a connection", u.Key)
	case e == nil || e.Files[u.N].ID != "" || !s.durable[u.Key]:
		s.Fatalf("%s is uploaded, but %+v", u.Key, e)
	case len(s.uploads) == 2 || len(s.without(u.Key, u.N)) != len(s.uploads):
		s.Fatalf("%s is uploaded beside %+v", u.Key, s.uploads)
	}
	s.uploads = append(s.uploads, u)
}

func (s *sim) without(key chat.Key, n int) []replica.Upload {
	return slices.DeleteFunc(slices.Clone(s.uploads), func(u replica.Upload) bool { return u.Key == key && u.N == n })
}

// upload ends one that runs, with or without a connection, or gives up an entry.
func (s *sim) upload() {
	if len(s.uploads) == 0 {
		return
	}
	at := s.between(0, len(s.uploads)-1)
	if s.between(0, 9) == 0 {
		s.discarded[s.uploads[at].Key] = true
		s.step(replica.Discard{Key: s.uploads[at].Key})
		return
	}
	s.end(at, s.between(0, 2) > 0)
}

func (s *sim) end(at int, well bool) {
	u := s.uploads[at]
	s.uploads = s.without(u.Key, u.N)
	if well {
		s.step(replica.Uploaded{Key: u.Key, N: u.N, File: s.m.upload()})
		return
	}
	code := choose(s, []chat.Code{chat.Unavailable, chat.SlowDown, chat.TooLarge})
	s.step(replica.NotUploaded{Key: u.Key, N: u.N, Code: code, Message: "no"})
}

// photo is a file that waits to be uploaded.
var photo = replica.Attachment{File: chat.File{Name: "photo.jpg", Type: "image/jpeg", Size: 9}, Blob: true}

// running are the uploads that the last input began.
func (g *rig) running() (keys []string) {
	for _, e := range g.last {
		switch e := e.(type) {
		case replica.Upload:
			keys = append(keys, fmt.Sprint(e.Key[15], ".", e.N))
		case replica.StopUpload:
			keys = append(keys, fmt.Sprint("not ", e.Key[15], ".", e.N))
		}
	}
	return keys
}

func (g *rig) wantRunning(want ...string) {
	g.t.Helper()
	if got := g.running(); !slices.Equal(got, want) {
		g.t.Fatalf("uploads %v, want %v", got, want)
	}
}

func done(key, n int, id string) replica.Uploaded {
	return replica.Uploaded{Key: keyOf(key), N: n, File: chat.File{ID: id, Name: "photo.jpg"}}
}

// Promise 6: a post waits for its files, what is written later in its room waits
// for it, and it is sent when the ids are on disk.
func TestPostWithFiles(t *testing.T) {
	g := newRig(t)
	g.connect()
	silent(t, g.do(replica.Compose{Room: direct, Key: keyOf(1), Files: []replica.Attachment{photo, photo, photo}}))
	g.wantRunning("1.0", "1.1")
	silent(t, g.do(replica.Compose{Room: direct, Key: keyOf(2), Text: "after"}))
	sends(t, g.do(replica.Compose{Room: group, Key: keyOf(3), Text: "elsewhere"}), 3)
	silent(t, g.do(done(1, 1, "b")))
	g.wantRunning("1.2")
	if e := g.disk.outbox[keyOf(1)]; e.Files[1].ID != "b" || !e.Files[1].Blob || e.Files[0].ID != "" {
		t.Errorf("stored %+v", e.Files)
	}
	silent(t, g.do(done(1, 1, "doubled")))
	silent(t, g.do(done(1, 0, "a")))
	g.slow = true
	silent(t, g.do(done(1, 2, "c")))
	if e := g.r.Entry(keyOf(1)); e.State != replica.Storing || e.Uploads() {
		t.Errorf("%+v", e)
	}
	frames := g.do(replica.Stored{Keys: []chat.Key{keyOf(1)}})
	sends(t, frames, 1, 2)
	if ids := frames[0].(*wire.Send).Posts[0].Files; !slices.Equal(ids, []string{"a", "b", "c"}) {
		t.Errorf("%v", ids)
	}
}

// sends wants one frame with the posts of these keys.
func sends(t *testing.T, frames []wire.Frame, keys ...int) {
	t.Helper()
	if len(frames) != 1 {
		t.Fatalf("%d frames", len(frames))
	}
	send, is := frames[0].(*wire.Send)
	if !is || len(send.Posts) != len(keys) {
		t.Fatalf("%+v", frames[0])
	}
	for i, key := range keys {
		if send.Posts[i].Key != keyOf(key) {
			t.Errorf("post %d is %s", i, send.Posts[i].Key)
		}
	}
}

// An upload is tried again after a while that doubles, and at once on a new
// connection; it is not begun without one. A refusal fails the entry.
func TestUploadFails(t *testing.T) {
	g := newRig(t)
	g.do(replica.Compose{Room: direct, Key: keyOf(1), Text: "caption", Files: []replica.Attachment{photo, photo}})
	g.wantRunning()
	g.connect()
	g.wantRunning("1.0", "1.1")
	not := replica.NotUploaded{Key: keyOf(1), N: 0, Code: chat.Unavailable}
	for _, long := range []chat.Time{2000, 4000, 8000} {
		g.do(not)
		g.wantRunning()
		if at := g.r.Wake(); at != g.now+long {
			t.Errorf("woken after %d, want %d", at-g.now, long)
		}
		g.now += long
		g.do(replica.Tick{})
		g.wantRunning("1.0")
	}
	g.do(not)
	g.do(replica.Closed{})
	g.connect()
	g.wantRunning("1.0")
	g.do(replica.NotUploaded{Key: keyOf(1), N: 1, Code: chat.TooLarge, Message: "too much"})
	g.wantRunning("not 1.0")
	if e := g.r.Entry(keyOf(1)); e.State != replica.Failed || e.Code != chat.TooLarge || e.Message != "too much" || e.Text != "caption" {
		t.Errorf("%+v", e)
	}
	g.do(replica.Retry{Key: keyOf(1)})
	g.wantRunning("1.0", "1.1")
	silent(t, g.do(done(1, 0, "a")))
	frames := g.do(done(1, 1, "b"))
	sends(t, frames, 1)
	g.from(&wire.Reject{Code: chat.NotFound, Message: "no such file", Room: direct, Key: keyOf(1)})
	g.do(replica.Retry{Key: keyOf(1)}) // what was swept is uploaded again
	g.wantRunning("1.0", "1.1")
	g.do(replica.Discard{Key: keyOf(1)})
	g.wantRunning("not 1.0", "not 1.1")
	if g.r.Entry(keyOf(1)) != nil || len(g.disk.outbox) != 0 || g.r.Wake() != 0 {
		t.Errorf("%+v is left, wake %d", g.disk.outbox, g.r.Wake())
	}
}

// Files that are uploaded already (of a message that is forwarded) go at once.
func TestForwardedFiles(t *testing.T) {
	g := newRig(t)
	g.connect()
	there := replica.Attachment{File: chat.File{ID: "x", Name: "a.pdf"}}
	sends(t, g.do(replica.Compose{Room: direct, Key: keyOf(1), Files: []replica.Attachment{there}}), 1)
	g.from(&wire.Reject{Code: chat.NotFound, Message: "no such file", Room: direct, Key: keyOf(1)})
	sends(t, g.do(replica.Retry{Key: keyOf(1)}), 1)
	g.do(replica.Compose{Room: direct, Key: keyOf(2), Files: make([]replica.Attachment, chat.MaxFiles+1)})
	if _, refused := g.last[0].(replica.Refused); !refused {
		t.Errorf("%+v", g.last)
	}
}

// Of two tabs only the sender uploads, and the ids that are stored first count.
func TestTwoTabsUpload(t *testing.T) {
	a, b := newRig(t), newRig(t)
	b.disk = a.disk
	a.connect()
	a.do(replica.Compose{Room: direct, Key: keyOf(1), Files: []replica.Attachment{photo, photo}})
	b.do(replica.Sender{On: false})
	b.connect()
	b.do(replica.Outbox{Entries: b.disk.restore().Outbox})
	b.wantRunning()
	a.do(done(1, 0, "first"))
	a.do(replica.Sender{On: false})
	a.wantRunning("not 1.1")
	b.do(replica.Sender{On: true})
	b.wantRunning("1.0", "1.1") // it has not read yet what the other has stored
	b.slow = true
	b.do(done(1, 1, "second"))
	b.do(replica.Outbox{Entries: []replica.Entry{{Key: keyOf(1), Order: 1, Room: direct, Op: replica.OpPost, State: replica.Queued,
		Files: []replica.Attachment{{File: chat.File{ID: "first"}, Blob: true}, {File: chat.File{ID: "other"}, Blob: true}}}}})
	b.wantRunning("not 1.0")
	if e := b.r.Entry(keyOf(1)); e.Files[0].ID != "first" || e.Files[1].ID != "other" || e.State != replica.Queued && e.State != replica.Sending {
		t.Errorf("%+v", e)
	}
}

// Uploads for a room that was taken from us are given up, visibly.
func TestUploadToGone(t *testing.T) {
	g := newRig(t)
	g.connect(chat.Head{ID: group, Kind: chat.KindGroup, Name: "team", Role: chat.RoleMember, Tag: "t"})
	g.do(replica.Compose{Room: group, Key: keyOf(1), Files: []replica.Attachment{photo}})
	g.wantRunning("1.0")
	g.from(&wire.Gone{Room: group})
	g.wantRunning("not 1.0")
	if e := g.r.Entry(keyOf(1)); e.State != replica.Failed {
		t.Errorf("%+v", e)
	}
}
