package server

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"parley/server/files"
	"parley/server/store"
	"parley/shared/chat"
)

const (
	formSpace   = 64 << 10 // of an upload's body beside the file
	maxLength   = 24 * time.Hour
	stallTime   = 30 * time.Second // in which something of a body or an answer must move
	slowest     = 4 << 10          // bytes a second that an upload must have on the average, after the first minute
	drainMost   = 1 << 30          // of a refused upload
	maxExamine  = 2 * time.Minute  // that an upload may wait to be looked at and stored
	lengthField = "length"
	fileField   = "file"
)

var (
	errForm     = problem(http.StatusUnsupportedMediaType, chat.Unsupported, "an upload is multipart/form-data")
	errNoField  = chat.Refuse(chat.BadRequest, "the form has no field named file with a file in it")
	errTwoFiles = chat.Refuse(chat.BadRequest, "the form has more than one file")
	errEmpty    = chat.Refuse(chat.BadRequest, "the file is empty")
	errLength   = chat.Refuse(chat.BadRequest, "length is a number of milliseconds, at most a day")
	errNoFiles  = chat.Refuse(chat.Unsupported, "this server takes no files")
)

// form is what an upload brought.
type form struct {
	upload *files.Upload
	name   string
	length int64
}

// upload takes a file of an account and returns what is kept of it.
func (s *Server) upload(ctx context.Context, c *caller) (*store.File, error) {
	boundary, err := boundaryOf(c.request)
	if err != nil {
		return nil, err
	}
	if retry, ok := s.limits.uploads(c.Account); !ok {
		return nil, slowDown(retry)
	}
	if err := s.shelf.begin(c.Account); err != nil {
		return nil, err
	}
	defer s.shelf.end(c.Account)
	body := &paced{Reader: c.request.Body, socket: c.socket, began: time.Now()}
	defer func() { _ = c.socket.SetReadDeadline(time.Time{}) }() // unsupported in tests without a socket
	got, err := s.receive(ctx, c, multipart.NewReader(body, boundary))
	if err != nil {
		if code := chat.CodeOf(err); code == chat.TooLarge || code == chat.StorageFull {
			// A browser sees the answer only when it has sent everything.
			_, _ = io.CopyN(io.Discard, body, drainMost)
		}
		return nil, err
	}
	defer got.upload.Discard()
	_ = c.socket.SetWriteDeadline(time.Now().Add(stallTime + maxExamine)) // unsupported in tests without a socket
	ctx, cancel := context.WithTimeout(ctx, maxExamine)
	defer cancel()
	return s.putUpload(ctx, c.Account, got)
}

func boundaryOf(r *http.Request) (string, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" || len(r.Header.Values("Content-Type")) != 1 {
		return "", errForm
	}
	return params["boundary"], nil
}

// receive reads the form to its end. The file goes to the disk as it comes.
func (s *Server) receive(ctx context.Context, c *caller, parts *multipart.Reader) (_ *form, err error) {
	limit, err := s.fileLimit(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	if length := c.request.ContentLength; length > limit.size+formSpace {
		return nil, limit.refusal
	}
	got := &form{}
	defer func() {
		if err != nil && got.upload != nil {
			got.upload.Discard()
		}
	}()
	for {
		part, err := parts.NextPart()
		if err == io.EOF && got.upload == nil {
			return nil, errNoField
		}
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return nil, errNoBody
		}
		switch part.FormName() {
		case lengthField:
			err = got.readLength(part)
		case fileField:
			err = s.readFile(got, part, limit)
		}
		if err != nil {
			return nil, err
		}
	}
}

// readLength reads how long a recording is.
func (f *form) readLength(part io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(part, 32))
	if err != nil {
		return errNoBody
	}
	f.length, err = strconv.ParseInt(string(text), 10, 64)
	if err != nil || f.length < 0 || f.length > int64(maxLength/time.Millisecond) {
		return errLength
	}
	return nil
}

func (s *Server) readFile(f *form, part *multipart.Part, limit limit) error {
	if f.upload != nil {
		return errTwoFiles
	}
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil || params["filename"] == "" {
		return errNoField
	}
	upload, err := s.shelf.dir.Receive(part, limit.size)
	switch {
	case errors.Is(err, files.ErrTooLarge):
		return limit.refusal
	case errors.Is(err, files.ErrCut):
		return errNoBody
	case err != nil:
		return s.failFile(err)
	}
	f.upload, f.name = upload, files.CleanName(params["filename"])
	if upload.Size == 0 {
		return errEmpty
	}
	return nil
}

// limit is how large a file may be, and what is said of a larger one.
type limit struct {
	size    int64
	refusal error
}

// fileLimit says how much an account may upload now.
func (s *Server) fileLimit(ctx context.Context, account chat.AccountID) (limit, error) {
	most := limit{s.cfg.MaxFile, chat.Refuse(chat.TooLarge, "a file has at most "+sizeText(s.cfg.MaxFile))}
	err := s.view(ctx, func(r store.Reader) error {
		left, refusal, err := s.space(r, account)
		if err == nil && refusal != nil && left < most.size {
			most = limit{left, refusal}
		}
		return err
	})
	if err == nil && most.size <= 0 {
		err = most.refusal
	}
	return most, err
}

// space returns how many bytes an account may still store, and what is said
// where that is too little; nil where there is no bound.
func (s *Server) space(r store.Reader, account chat.AccountID) (left int64, refusal error, err error) {
	for _, bound := range []struct {
		account chat.AccountID
		most    int64
		what    string
	}{
		{account, s.cfg.MaxAccountFiles, "your files take as much space as they may"},
		{0, s.cfg.MaxFiles, "the server has no space left for files"},
	} {
		if bound.most == 0 {
			continue
		}
		used, err := r.FileSpace(bound.account)
		if err != nil {
			return 0, nil, err
		}
		if refusal == nil || bound.most-used < left {
			left, refusal = bound.most-used, chat.Refuse(chat.StorageFull, bound.what)
		}
	}
	return left, refusal, nil
}

// putUpload looks at an upload and stores it: the content first, so that whoever
// hears of the file can read it.
func (s *Server) putUpload(ctx context.Context, account chat.AccountID, f *form) (*store.File, error) {
	facts, err := f.upload.Examine(ctx)
	if err != nil {
		return nil, s.failFile(err)
	}
	id := s.newFileID()
	file := store.File{
		File: chat.File{
			ID: id, Name: f.name, Type: facts.Type, Size: facts.Size, Width: facts.Width, Height: facts.Height,
		},
		Account: account, At: s.now(), Thumb: facts.Thumb, Space: max(facts.Size+facts.ThumbSize, block), Blob: id,
		Hash: s.contentHash("file", 0, 0, string(f.upload.Sum[:])),
	}
	if files.Sound(file.Type) {
		file.Length = f.length
	}
	if err := f.upload.Keep(id); err != nil {
		return nil, s.failFile(err)
	}
	var stored store.File
	err = s.update(ctx, func(tx store.Tx) error {
		stored = file
		return s.putFile(tx, &stored)
	})
	// Where nobody knows whether the file is stored, its content stays: a sweep
	// finds what is nobody's.
	if err != nil && chat.CodeOf(err) != chat.Unavailable || err == nil && stored.Blob != id {
		s.drop(id)
	}
	if err != nil {
		return nil, err
	}
	return &stored, nil
}

// putFile stores a file. If its content is there already, under whatever name,
// it is not kept a second time; nothing tells its uploader so.
func (s *Server) putFile(tx store.Tx, file *store.File) error {
	left, refusal, err := s.space(tx, file.Account)
	if err != nil {
		return err
	}
	if refusal != nil && file.Space > left {
		return refusal
	}
	twin, err := tx.FileOf(file.Hash)
	switch {
	case err == nil:
		file.Blob, file.Thumb, file.Space = twin.Blob, twin.Thumb, twin.Space
		file.Type, file.Size, file.Width, file.Height = twin.Type, twin.Size, twin.Width, twin.Height
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	return tx.PutFile(*file)
}

// failFile tells an error of the directory in the protocol's words.
func (s *Server) failFile(err error) error {
	if errors.Is(err, files.ErrFull) {
		err = errors.Join(store.ErrFull, err)
	}
	return s.fail(err)
}

// sizeText writes a number of bytes for people.
func sizeText(n int64) string {
	if n >= 1<<20 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}

// paced reads a body that may take long, but must not stand still.
type paced struct {
	io.Reader
	socket *http.ResponseController
	began  time.Time
	read   int64
}

// Read implements io.Reader.
func (p *paced) Read(b []byte) (int, error) {
	until := p.began.Add(time.Minute + time.Duration(p.read/slowest)*time.Second)
	if stalled := time.Now().Add(stallTime); stalled.Before(until) {
		until = stalled
	}
	_ = p.socket.SetReadDeadline(until) // unsupported in tests without a socket
	n, err := p.Reader.Read(b)
	p.read += int64(n)
	return n, err
}
