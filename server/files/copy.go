package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Copied says what Copy has done.
type Copied struct {
	Files   int // contents, thumbnails not counted
	Missing int // of those that were asked for
	Bytes   int64
}

// Copy copies blobs, with their thumbnails, from one directory into another,
// which it makes if need be. Either may be in use. What is not there is counted
// and left out. When Copy returns, the copies are synced.
//
// Errors: ErrFull; ctx's; the system's. Then the copy is not whole.
func Copy(ctx context.Context, from, to string, blobs []string) (Copied, error) {
	var c Copied
	source, target := &Dir{path: from}, &Dir{path: to}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return c, told("copy", err)
	}
	shelves := map[string]bool{}
	for _, blob := range blobs {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		n, err := copyBlob(source, target, blob)
		if errors.Is(err, fs.ErrNotExist) {
			c.Missing++
			continue
		}
		if err != nil {
			return c, told("copy", err)
		}
		c.Files++
		c.Bytes += n
		shelves[filepath.Join(to, blob[:2])] = true
	}
	for shelf := range shelves {
		if err := syncPath(shelf); err != nil {
			return c, told("copy", err)
		}
	}
	if err := errors.Join(syncPath(to), syncPath(filepath.Dir(to))); err != nil {
		return c, told("copy", err)
	}
	return c, nil
}

// copyBlob copies the thumbnail, if there is one, and then the blob.
func copyBlob(source, target *Dir, blob string) (size int64, err error) {
	content, err := source.open(blob, false)
	if err != nil {
		return 0, err
	}
	defer content.Close()
	path, err := target.blob(blob)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return 0, err
	}
	thumb, err := source.open(blob, true)
	if err == nil {
		defer thumb.Close()
		size, err = copyFile(path+thumbSuffix, thumb)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return size, err
	}
	n, err := copyFile(path, content)
	return size + n, err
}

func copyFile(to string, from *os.File) (size int64, err error) {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(f, from)
	if err == nil {
		err = f.Sync()
	}
	return size, errors.Join(err, f.Close())
}
