package memory

import (
	"maps"
	"slices"

	"parley/server/store"
	"parley/shared/chat"
)

func copyAccount(a store.Account) store.Account {
	a.Settings = slices.Clone(a.Settings)
	return a
}

func copyRoom(r store.Room) store.Room {
	r.Pins = slices.Clone(r.Pins)
	return r
}

func copyRow(row chat.Row) chat.Row {
	row.Files = slices.Clone(row.Files)
	row.Card = slices.Clone(row.Card)
	row.Mentions = slices.Clone(row.Mentions)
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

// clone copies the maps and logs. What lies in them is never changed in place,
// but replaced.
func (d *data) clone() data {
	c := data{
		accounts: maps.Clone(d.accounts), usernames: maps.Clone(d.usernames),
		sessions: maps.Clone(d.sessions), hashes: maps.Clone(d.hashes),
		pushes: maps.Clone(d.pushes), leavers: maps.Clone(d.leavers),
		rooms: maps.Clone(d.rooms), pairs: maps.Clone(d.pairs), names: maps.Clone(d.names),
		members: maps.Clone(d.members), joined: maps.Clone(d.joined),
		logs: make(map[chat.RoomID]*log, len(d.logs)), sends: maps.Clone(d.sends),
		files: maps.Clone(d.files), fileRows: maps.Clone(d.fileRows),
		reports: maps.Clone(d.reports), reported: maps.Clone(d.reported),
	}
	for file, rows := range c.fileRows {
		c.fileRows[file] = maps.Clone(rows)
	}
	for room, members := range c.members {
		c.members[room] = maps.Clone(members)
	}
	for account, rooms := range c.joined {
		c.joined[account] = maps.Clone(rooms)
	}
	for room, l := range d.logs {
		c.logs[room] = &log{rows: slices.Clone(l.rows), changes: slices.Clone(l.changes)}
	}
	return c
}
