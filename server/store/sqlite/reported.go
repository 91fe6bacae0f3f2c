package sqlite

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"parley/server/store"
)

// ReadReports reads what was reported in direct rooms, or in all, the oldest
// first, whether or not a process serves the database in dir meanwhile.
//
// Errors: fs.ErrNotExist if there is no database, ErrForeign, ErrDamaged,
// store.ErrOlder, store.ErrNewer, store.ErrUnavailable; ctx's; the system's.
func ReadReports(ctx context.Context, dir string, all bool) (reports []store.Reported, err error) {
	path := filepath.Join(dir, name)
	if err = present(path); err == nil {
		err = reading(ctx, path, func(conn *sqlite.Conn) error {
			if err := current(conn); err != nil {
				return err
			}
			reports, err = list((&reader{conn: conn}).ask(reported).bool(all), scanReported)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read the reports in %s: %w", dir, err)
	}
	return reports, nil
}

const reported = `SELECT p.id, p.room, p.seq, p.author, p.at, p.reason, r.kind, r.name,
	coalesce(b.id, p.author), coalesce(b.name, ''), coalesce(b.avatar, ''), coalesce(b.kind, ''),
	coalesce(a.id, x.author), coalesce(a.name, ''), coalesce(a.avatar, ''), coalesce(a.kind, ''),` + rowColumns + `
	FROM reports p CROSS JOIN rooms r ON r.id = p.room CROSS JOIN messages x ON x.room = p.room AND x.seq = p.seq
	LEFT JOIN accounts b ON b.id = p.author LEFT JOIN accounts a ON a.id = x.author
	WHERE ? OR r.kind = 'direct' ORDER BY p.at, p.id`

func scanReported(s *sqlite.Stmt, at int) (r store.Reported, err error) {
	if r.Report, err = scanReport(s, at); err != nil {
		return r, err
	}
	r.Kind, r.Name = s.ColumnText(at+6), s.ColumnText(at+7)
	if r.Reporter, err = scanUser(s, at+8); err != nil {
		return r, err
	}
	if r.Author, err = scanUser(s, at+12); err != nil {
		return r, err
	}
	r.Row, err = scanRow(s, at+16)
	return r, err
}

// current makes sure that a database has the schema of this release.
func current(conn *sqlite.Conn) error {
	known, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return err
	}
	version, err := number(conn, "PRAGMA user_version")
	switch {
	case err != nil:
		return err
	case version > int64(len(known)):
		return newer(version, len(known))
	case version < int64(len(known)):
		return fmt.Errorf("%w: its schema is number %d, this release has %d", store.ErrOlder, version, len(known))
	}
	return nil
}
