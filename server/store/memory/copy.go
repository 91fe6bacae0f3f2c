package memory

import (
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

func copyAccount(a store.Account) store.Account {
	a.Settings = slices.Clone(a.Settings)
	return a
}

func copyRow(row chat.Row) chat.Row {
	row.Files = slices.Clone(row.Files)
	row.Card = slices.Clone(row.Card)
	if row.System != nil {
		system := *row.System
		row.System = &system
	}
	if row.Reactions != nil {
		reactions := make(map[string][]chat.AccountID, len(row.Reactions))
		for emoji, by := range row.Reactions {
			reactions[emoji] = slices.Clone(by)
		}
		row.Reactions = reactions
	}
	return row
}
