package replica

import (
	"maps"
	"slices"

	"parley/shared/chat"
)

// overlay is a row with the entries on it, as it will be when they have
// passed, and those entries. Failed ones do not change it.
func overlay(row *chat.Row, items []*item, me chat.AccountID) (*chat.Row, []*Entry) {
	var on []*Entry
	shown := row
	for _, it := range items {
		e := it.e
		if e.Op == OpPost || e.Seq != row.Seq {
			continue
		}
		on = append(on, e)
		if e.State == Failed || row.Recalled != 0 {
			continue
		}
		if shown == row {
			shown = clone(row)
		}
		put(shown, e, me)
	}
	return shown, on
}

// put applies an entry to a row of one's own making.
func put(row *chat.Row, e *Entry, me chat.AccountID) {
	switch e.Op {
	case OpEdit:
		row.Text, row.Edited = e.Text, max(row.Edited, e.At)
	case OpRecall:
		row.Recalled = e.At
		row.Text, row.Files, row.Card, row.Reply, row.Mentions, row.Reactions = "", nil, nil, 0, nil, nil
	case OpReact:
		reactions := maps.Clone(row.Reactions)
		if reactions == nil {
			reactions = map[string][]chat.AccountID{}
		}
		by := slices.DeleteFunc(slices.Clone(reactions[e.Emoji]), func(id chat.AccountID) bool { return id == me })
		if e.On {
			by = append(by, me)
		}
		if reactions[e.Emoji] = by; len(by) == 0 {
			delete(reactions, e.Emoji)
		}
		row.Reactions = reactions
	}
}
