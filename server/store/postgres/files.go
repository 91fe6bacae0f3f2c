package postgres

import (
	"fmt"

	"parley/server/store"
	"parley/shared/chat"
)

// File implements store.Reader.
func (r *reader) File(id string) (store.File, error) {
	if !storable(id) {
		return store.File{}, store.ErrNotFound
	}
	return one(&r.asker, scanFile, `SELECT`+fileColumns+`FROM files f WHERE f.id = $1`, id)
}

// FileOf implements store.Reader.
func (r *reader) FileOf(hash [32]byte) (store.File, error) {
	return one(&r.asker, scanFile, `SELECT`+fileColumns+`FROM files f WHERE f.hash = $1 ORDER BY f.id LIMIT 1`, hash[:])
}

// FileShown implements store.Reader.
func (r *reader) FileShown(id string, account chat.AccountID) (bool, error) {
	if !storable(id) {
		return false, nil
	}
	return r.is(`SELECT EXISTS (SELECT FROM file_rows x JOIN members m ON m.room = x.room AND m.account = $2
		WHERE x.file = $1 AND m.role <> 'banned')
		OR EXISTS (SELECT FROM accounts WHERE avatar = $1 AND avatar <> '')`, id, int64(account))
}

// FileUsed implements store.Reader.
func (r *reader) FileUsed(id string) (bool, error) {
	if !storable(id) {
		return false, nil
	}
	return r.is(`SELECT EXISTS (SELECT FROM file_rows WHERE file = $1)
		OR EXISTS (SELECT FROM accounts WHERE avatar = $1 AND avatar <> '')`, id)
}

// FileSpace implements store.Reader.
func (r *reader) FileSpace(account chat.AccountID) (int64, error) {
	if account == 0 {
		return one(&r.asker, scanID[int64], `SELECT coalesce(sum(space), 0)::bigint FROM files`)
	}
	return one(&r.asker, scanID[int64], `SELECT coalesce(sum(space), 0)::bigint FROM files WHERE account = $1`, int64(account))
}

// UnusedFiles implements store.Reader.
func (r *reader) UnusedFiles(before chat.Time, limit int) ([]store.File, error) {
	return list(&r.asker, scanFile, `SELECT`+fileColumns+`FROM files f WHERE f.refs = 0 AND f.at < $1
		AND NOT EXISTS (SELECT FROM accounts a WHERE a.avatar = f.id AND a.avatar <> '')
		ORDER BY f.at, f.id LIMIT $2`, int64(before), max(limit, 0))
}

// BlobUsed implements store.Reader.
func (r *reader) BlobUsed(blob string) (bool, error) {
	if !storable(blob) {
		return false, nil
	}
	return r.is(`SELECT EXISTS (SELECT FROM files WHERE blob = $1)`, blob)
}

// PutFile implements store.Tx.
func (t *tx) PutFile(f store.File) error {
	n, err := t.exec(`INSERT INTO files
		(id, account, at, name, type, size, width, height, length, thumb, space, hash, blob, refs)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (SELECT count(*) FROM file_rows WHERE file = $1))
		ON CONFLICT DO NOTHING`,
		f.ID, int64(f.Account), int64(f.At), []byte(f.Name), clean(f.Type), f.Size, f.Width, f.Height, f.Length,
		f.Thumb, f.Space, f.Hash[:], f.Blob)
	if err == nil && n == 0 {
		err = fmt.Errorf("file %s: %w", f.ID, store.ErrExists)
	}
	return err
}

// DeleteFile implements store.Tx.
func (t *tx) DeleteFile(id string) error {
	if !storable(id) {
		return nil
	}
	_, err := t.exec(`DELETE FROM files WHERE id = $1`, id)
	return err
}

// refer notes to which files a row refers.
func (t *tx) refer(room chat.RoomID, row *chat.Row) error {
	if len(row.Files) == 0 {
		return nil
	}
	ids := make([]string, len(row.Files))
	for i := range row.Files {
		ids[i] = row.Files[i].ID
	}
	_, err := t.exec(`WITH come AS (
			INSERT INTO file_rows (file, room, seq) SELECT DISTINCT file, $2::bigint, $3::bigint FROM unnest($1::text[]) file
			ON CONFLICT DO NOTHING RETURNING file)
		UPDATE files SET refs = refs + 1 WHERE id IN (SELECT file FROM come)`, ids, int64(room), int64(row.Seq))
	return err
}

// referAnew is refer for a row that had another form.
func (t *tx) referAnew(room chat.RoomID, row *chat.Row) error {
	_, err := t.exec(`WITH gone AS (DELETE FROM file_rows WHERE room = $1 AND seq = $2 RETURNING file)
		UPDATE files SET refs = refs - 1 WHERE id IN (SELECT file FROM gone)`, int64(room), int64(row.Seq))
	if err != nil {
		return err
	}
	return t.refer(room, row)
}
