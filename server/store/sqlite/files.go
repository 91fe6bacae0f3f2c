package sqlite

import (
	"zombiezen.com/go/sqlite"

	"parley/server/store"
	"parley/shared/chat"
)

const fileColumns = ` f.id, f.account, f.at, f.name, f.type, f.size, f.width, f.height, f.length, f.thumb, f.space, f.hash, f.blob `

func scanFile(s *sqlite.Stmt, at int) (store.File, error) {
	f := store.File{
		File: chat.File{
			ID:     s.ColumnText(at),
			Name:   s.ColumnText(at + 3),
			Type:   s.ColumnText(at + 4),
			Size:   s.ColumnInt64(at + 5),
			Width:  s.ColumnInt(at + 6),
			Height: s.ColumnInt(at + 7),
			Length: s.ColumnInt64(at + 8),
		},
		Account: chat.AccountID(s.ColumnInt64(at + 1)),
		At:      chat.Time(s.ColumnInt64(at + 2)),
		Thumb:   s.ColumnText(at + 9),
		Space:   s.ColumnInt64(at + 10),
		Blob:    s.ColumnText(at + 12),
	}
	s.ColumnBytes(at+11, f.Hash[:])
	return f, nil
}

// File implements store.Reader.
func (r *reader) File(id string) (store.File, error) {
	return one(r.ask(`SELECT`+fileColumns+`FROM files f WHERE f.id = ?`).text(id), scanFile)
}

// FileOf implements store.Reader.
func (r *reader) FileOf(hash [32]byte) (store.File, error) {
	return one(r.ask(`SELECT`+fileColumns+`FROM files f WHERE f.hash = (SELECT ?) ORDER BY f.id LIMIT 1`).blob(hash[:]), scanFile)
}

// FileShown implements store.Reader.
func (r *reader) FileShown(id string, account chat.AccountID) (bool, error) {
	shown, err := r.any(r.ask(`SELECT 1 FROM file_rows x CROSS JOIN members m ON m.room = x.room AND m.account = (SELECT ?)
		WHERE x.file = (SELECT ?) AND m.role <> 'banned' LIMIT 1`).int(int64(account)).text(id))
	if err != nil || shown {
		return shown, err
	}
	return r.isAvatar(id)
}

func (r *reader) isAvatar(id string) (bool, error) {
	return r.any(r.ask(`SELECT 1 FROM accounts WHERE avatar = ? AND avatar <> '' LIMIT 1`).text(id))
}

// FileUsed implements store.Reader.
func (r *reader) FileUsed(id string) (bool, error) {
	used, err := r.any(r.ask(`SELECT 1 FROM file_rows WHERE file = ? LIMIT 1`).text(id))
	if err != nil || used {
		return used, err
	}
	return r.isAvatar(id)
}

// FileSpace implements store.Reader.
func (r *reader) FileSpace(account chat.AccountID) (int64, error) {
	if account == 0 {
		return one(r.ask(`SELECT coalesce(sum(space), 0) FROM files`), scanInt)
	}
	return one(r.ask(`SELECT coalesce(sum(space), 0) FROM files WHERE account = ?`).int(int64(account)), scanInt)
}

// UnusedFiles implements store.Reader.
func (r *reader) UnusedFiles(before chat.Time, limit int) ([]store.File, error) {
	return list(r.ask(`SELECT`+fileColumns+`FROM files f WHERE f.refs = 0 AND f.at < (SELECT ?)
		AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.avatar = f.id AND a.avatar <> '')
		ORDER BY f.at, f.id LIMIT (SELECT ?)`).int(int64(before)).int(int64(max(limit, 0))), scanFile)
}

// BlobUsed implements store.Reader.
func (r *reader) BlobUsed(blob string) (bool, error) {
	return r.any(r.ask(`SELECT 1 FROM files WHERE blob = ? LIMIT 1`).text(blob))
}

// PutFile implements store.Tx.
func (t *tx) PutFile(f store.File) error {
	return t.write(t.ask(`INSERT INTO files
		(id, account, at, name, type, size, width, height, length, thumb, space, hash, blob, refs)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, (SELECT count(*) FROM file_rows WHERE file = ?1))`).
		text(f.ID).int(int64(f.Account)).int(int64(f.At)).text(f.Name).text(f.Type).int(f.Size).
		int(int64(f.Width)).int(int64(f.Height)).int(f.Length).text(f.Thumb).int(f.Space).blob(f.Hash[:]).text(f.Blob))
}

// DeleteFile implements store.Tx.
func (t *tx) DeleteFile(id string) error {
	return t.write(t.ask(`DELETE FROM files WHERE id = ?`).text(id))
}

// refer notes to which files a row refers.
func (t *tx) refer(room chat.RoomID, row *chat.Row) error {
	for i := range row.Files {
		err := t.write(t.ask(`INSERT INTO file_rows (file, room, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`).
			text(row.Files[i].ID).int(int64(room)).int(int64(row.Seq)))
		if err != nil {
			return err
		}
	}
	return nil
}

// referAnew is refer for a row that had another form.
func (t *tx) referAnew(room chat.RoomID, row *chat.Row) error {
	err := t.write(t.ask(`DELETE FROM file_rows WHERE room = ? AND seq = ?`).int(int64(room)).int(int64(row.Seq)))
	if err != nil {
		return err
	}
	return t.refer(room, row)
}
