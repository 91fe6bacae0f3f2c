package files

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/semaphore"
)

var (
	// ErrTooLarge says that a content is larger than was allowed.
	ErrTooLarge = errors.New("files: too large")
	// ErrFull says that the disk is full.
	ErrFull = errors.New("files: no space left")
	// ErrCut says that a content did not arrive whole.
	ErrCut = errors.New("files: the content was cut off")
)

const (
	tmp         = "tmp"
	thumbSuffix = ".t"
)

// Dir is a directory of blobs. It is safe for concurrent use.
type Dir struct {
	path     string
	parts    string              // where uploads are that are not whole yet
	bucket   *bucket             // where blobs are if not at path
	decoding *semaphore.Weighted // bytes of memory that pictures may take
}

// Open opens a directory, making it where there is none, and removes what
// uploads have left there that a crash has cut off. The caller makes sure that
// no other process uses it.
func Open(path string) (*Dir, error) {
	parts := filepath.Join(path, tmp)
	d := &Dir{path: path, parts: parts, decoding: semaphore.NewWeighted(decodeMemory)}
	if err := errors.Join(os.RemoveAll(parts), os.MkdirAll(parts, 0o700)); err != nil {
		return nil, fmt.Errorf("files: open %s: %w", path, err)
	}
	return d, nil
}

// abandoned is how long an upload may take at most that another node has begun.
const abandoned = 24 * time.Hour

// OpenShared opens a directory that several nodes use, each with a place of its
// own for what is not whole yet. What crashed nodes have left there is removed
// after a day.
func OpenShared(path string) (_ *Dir, err error) {
	d := &Dir{path: path, decoding: semaphore.NewWeighted(decodeMemory)}
	parts := filepath.Join(path, tmp)
	if err = os.MkdirAll(parts, 0o700); err == nil {
		err = removeOld(parts, time.Now().Add(-abandoned))
	}
	if err == nil {
		d.parts, err = os.MkdirTemp(parts, "node-")
	}
	if err != nil {
		return nil, fmt.Errorf("files: open %s: %w", path, err)
	}
	return d, nil
}

// removeOld removes the places of nodes in which nothing has come since a time.
func removeOld(parts string, before time.Time) error {
	nodes, err := os.ReadDir(parts)
	if err != nil {
		return err
	}
	for _, node := range nodes {
		info, err := node.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // it is gone meanwhile, or in use
		}
		if err := os.RemoveAll(filepath.Join(parts, node.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Upload is a content that has arrived, but is not kept yet.
type Upload struct {
	Size int64    // of what came
	Sum  [32]byte // SHA-256 of what came

	dir   *Dir
	path  string
	thumb string // "" for none
}

// Receive streams a content of at most limit bytes to the disk. The caller
// discards it in the end.
//
// Errors: ErrTooLarge; ErrFull; ErrCut, with what r said; the system's. Then
// nothing is left.
func (d *Dir) Receive(r io.Reader, limit int64) (_ *Upload, err error) {
	f, err := d.createPart("upload-*")
	if err != nil {
		return nil, told("receive", err)
	}
	u := &Upload{dir: d, path: f.Name()}
	defer func() {
		if err != nil {
			u.Discard()
		}
	}()
	sum := sha256.New()
	source := &watched{Reader: io.LimitReader(r, limit+1)}
	u.Size, err = io.Copy(f, io.TeeReader(source, sum))
	err = errors.Join(err, f.Close())
	switch {
	case source.failed != nil:
		return nil, fmt.Errorf("%w: %w", ErrCut, source.failed)
	case err != nil:
		return nil, told("receive", err)
	case u.Size > limit:
		return nil, ErrTooLarge
	}
	u.Sum = [32]byte(sum.Sum(nil))
	return u, nil
}

// createPart makes a file for what is not whole yet. Its place is made again if
// another node thought that this one was no more.
func (d *Dir) createPart(pattern string) (*os.File, error) {
	f, err := os.CreateTemp(d.parts, pattern)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(d.parts, 0o700); err != nil {
			return nil, err
		}
		f, err = os.CreateTemp(d.parts, pattern)
	}
	return f, err
}

// watched remembers how reading failed, to tell it from writing.
type watched struct {
	io.Reader
	failed error
}

// Read implements io.Reader.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if err != nil && err != io.EOF {
		w.failed = err
	}
	return n, err
}

// told turns an error of the system into one of this package's.
func told(what string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%s: %w (%v)", what, ErrFull, err)
	}
	return fmt.Errorf("files: %s: %w", what, err)
}

// Discard removes what is left of the upload: all of it, unless it was kept.
func (u *Upload) Discard() {
	for _, path := range []string{u.path, u.thumb} {
		if path != "" {
			_ = os.Remove(path) // what cannot be removed now, Open removes
		}
	}
}

// replace makes what write writes the content, or the thumbnail.
func (u *Upload) replace(what *string, write func(io.Writer) error) (size int64, err error) {
	f, err := u.dir.createPart("made-*")
	if err != nil {
		return 0, told("write", err)
	}
	err = write(f)
	if err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(f.Name()))
	}
	if *what != "" {
		if err := os.Rename(f.Name(), *what); err != nil {
			return 0, told("write", errors.Join(err, os.Remove(f.Name())))
		}
		return size, nil
	}
	*what = f.Name()
	return size, nil
}

// Keep makes the upload the blob of that name, which must be new: at least 16
// lower-case hexadecimal digits. When it returns, the blob is synced.
func (u *Upload) Keep(blob string) error {
	if b := u.dir.bucket; b != nil {
		if u.thumb != "" {
			if err := b.keep(blob, true, u.thumb); err != nil {
				return err
			}
		}
		return b.keep(blob, false, u.path)
	}
	path, err := u.dir.blob(blob)
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return told("keep", err)
	} else if err == nil {
		if err := syncPath(u.dir.path); err != nil {
			return told("keep", err)
		}
	}
	now := time.Now() // by which Stale counts
	for from, to := range map[string]string{u.thumb: path + thumbSuffix, u.path: path} {
		if from == "" {
			continue
		}
		if err := errors.Join(os.Chtimes(from, now, now), syncPath(from)); err != nil {
			return told("keep", err)
		}
		if err := os.Rename(from, to); err != nil {
			return told("keep", err)
		}
	}
	if err := syncPath(filepath.Dir(path)); err != nil {
		return told("keep", err)
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// blob says where a blob lies. Names come from the store: one that is none is
// refused all the same, before it names anything else.
func (d *Dir) blob(blob string) (string, error) {
	if !isBlob(blob) {
		return "", fmt.Errorf("files: %q is no blob: %w", blob, fs.ErrNotExist)
	}
	return filepath.Join(d.path, blob[:2], blob), nil
}

func isBlob(name string) bool {
	return len(name) >= 16 && len(name) <= 64 && strings.Trim(name, "0123456789abcdef") == ""
}

// Content is what a blob holds.
type Content interface {
	io.ReadSeekCloser
}

// Open opens a blob, or its thumbnail. fs.ErrNotExist if it is not there.
func (d *Dir) Open(blob string, thumb bool) (Content, error) {
	if d.bucket != nil {
		return d.bucket.open(blob, thumb)
	}
	f, err := d.open(blob, thumb)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (d *Dir) open(blob string, thumb bool) (*os.File, error) {
	path, err := d.blob(blob)
	if err != nil {
		return nil, err
	}
	if thumb {
		path += thumbSuffix
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, told("open", err)
	}
	return f, nil
}

// Remove removes a blob with its thumbnail. Removing one that is not there is
// fine.
func (d *Dir) Remove(blob string) error {
	if d.bucket != nil {
		return d.bucket.remove(blob)
	}
	path, err := d.blob(blob)
	if err != nil {
		return err
	}
	for _, p := range []string{path, path + thumbSuffix} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return told("remove", err)
		}
	}
	return nil
}

// Stale calls fn for each blob that has been kept before a time, until ctx ends
// or fn fails.
func (d *Dir) Stale(ctx context.Context, before time.Time, fn func(blob string) error) error {
	if d.bucket != nil {
		return d.bucket.stale(ctx, before, fn)
	}
	shelves, err := os.ReadDir(d.path)
	if err != nil {
		return told("list", err)
	}
	for _, shelf := range shelves {
		if shelf.Name() == tmp || !shelf.IsDir() {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(d.path, shelf.Name()))
		if err != nil {
			return told("list", err)
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			blob := strings.TrimSuffix(e.Name(), thumbSuffix)
			info, err := e.Info()
			if err != nil || !isBlob(blob) || !info.ModTime().Before(before) {
				continue // it is gone meanwhile, or not ours, or new
			}
			if err := fn(blob); err != nil {
				return err
			}
		}
	}
	return nil
}
