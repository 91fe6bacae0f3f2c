package disk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"parley/shared/chat"
	"parley/ui/blob"
)

// Draft is what is being written in a room. Reply and Edit mean something
// under Epoch only.
type Draft struct {
	Room  chat.RoomID `json:"room"`
	Text  string      `json:"text,omitempty"`
	Kept  string      `json:"kept,omitempty"` // the text that was there before the edit
	Reply chat.Seq    `json:"reply,omitempty"`
	Edit  chat.Seq    `json:"edit,omitempty"`
	Files []DraftFile `json:"files,omitempty"`
	Epoch string      `json:"epoch,omitempty"`
}

// DraftFile is a file that was chosen and is not sent. Its content lies with the
// blobs under Key, as the only one; it is stored when the draft first names it,
// and goes when the draft no longer does.
type DraftFile struct {
	Key     chat.Key  `json:"key"`
	File    chat.File `json:"file"`
	Content blob.Blob `json:"-"` // to be stored
}

func (d *Draft) empty() bool {
	return d.Text == "" && d.Kept == "" && d.Reply == 0 && d.Edit == 0 && len(d.Files) == 0
}

func (d *Draft) holds(key chat.Key) bool {
	return slices.ContainsFunc(d.Files, func(f DraftFile) bool { return f.Key == key })
}

// Drafts reads all drafts.
func (s *Store) Drafts(ctx context.Context) ([]Draft, error) {
	var start Start
	if err := s.engine.view(ctx, func(t tx) error { start = Start{}; return s.readOwn(t, &start) }); err != nil {
		return nil, fmt.Errorf("disk: read drafts: %w", err)
	}
	return start.Drafts, nil
}

// SaveDrafts stores drafts. One that holds nothing is deleted. Where there is
// no room for the files, they are on the screen only: the texts are stored.
func (s *Store) SaveDrafts(ctx context.Context, drafts []Draft) error {
	err := s.saveDrafts(ctx, drafts)
	if errors.Is(err, ErrFull) {
		texts := slices.Clone(drafts)
		for i := range texts {
			texts[i].Files = nil
		}
		err = s.saveDrafts(ctx, texts)
	}
	if err != nil {
		return fmt.Errorf("disk: save drafts: %w", err)
	}
	return nil
}

func (s *Store) saveDrafts(ctx context.Context, drafts []Draft) error {
	return s.engine.update(ctx, false, func(t tx) error {
		for _, d := range drafts {
			d.Epoch = s.epoch
			if err := d.save(t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d Draft) save(t tx) error {
	key := roomKey(d.Room)
	value, err := t.get(tableDrafts, key)
	if err != nil {
		return err
	}
	var old Draft
	if value != "" && json.Unmarshal([]byte(value), &old) != nil {
		old = Draft{}
	}
	for _, f := range old.Files {
		if !d.holds(f.Key) {
			t.erase(tableBlobs, blobKey(f.Key, 0), blobKey(f.Key, 0))
		}
	}
	for _, f := range d.Files {
		if !old.holds(f.Key) && !f.Content.None() {
			t.putBlob(blobKey(f.Key, 0), f.Content)
		}
	}
	if d.empty() {
		t.erase(tableDrafts, key, key)
		return nil
	}
	return putJSON(t, tableDrafts, key, d)
}
