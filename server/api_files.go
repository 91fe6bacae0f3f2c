package server

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"parley/server/files"
	"parley/server/store"
	"parley/shared/chat"
)

type fileInput struct {
	ID string `path:"id"`
}

type fileAnswer struct {
	Body chat.File
}

func (s *Server) fileRoutes(api huma.API) {
	route(api, huma.Operation{
		OperationID: "upload", Method: http.MethodPost, Path: "/files", Summary: "Upload a file",
		Description: "Its type is told by its content. Pictures are turned upright and lose their metadata. " +
			"A file that no message names within a day is deleted.",
		DefaultStatus: http.StatusCreated,
	}, s.postFile)
	// Described only now: else huma would read the body itself.
	api.OpenAPI().Paths[apiVersion+"/files"].Post.RequestBody = uploadBody()
	route(api, huma.Operation{
		OperationID: "file", Method: http.MethodGet, Path: "/files/{id}", Summary: "Download a file",
		Description: "By its uploader, and by members of a room where a message refers to it. Ranges are served. " +
			"Pictures and recordings that a browser can show safely come inline, everything else as an attachment.",
		Parameters: []*huma.Param{{
			Name: "thumb", In: "query", Description: "Of a picture: one of at most 640 pixels",
			Schema: &huma.Schema{Type: huma.TypeString}, AllowEmptyValue: true,
		}},
		Responses: map[string]*huma.Response{"200": {
			Description: "The content", Content: map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}},
	}, s.getFile)
}

func uploadBody() *huma.RequestBody {
	form := &huma.Schema{
		Type: huma.TypeObject, Required: []string{fileField},
		Properties: map[string]*huma.Schema{
			fileField:   {Type: huma.TypeString, Format: "binary", Description: "The file, with its name"},
			lengthField: {Type: huma.TypeInteger, Description: "Of a recording, in milliseconds"},
		},
	}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form}}}
}

func (s *Server) postFile(ctx context.Context, c *caller, _ *nothing) (*fileAnswer, error) {
	if s.shelf == nil {
		return nil, errNoFiles
	}
	file, err := s.upload(ctx, c)
	if err != nil {
		return nil, err
	}
	return &fileAnswer{file.File}, nil
}

func (s *Server) getFile(ctx context.Context, c *caller, in *fileInput) (*huma.StreamResponse, error) {
	if s.shelf == nil {
		return nil, errNoFile
	}
	var file store.File
	err := s.view(ctx, func(r store.Reader) (err error) {
		file, err = readable(r, c.Account, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	thumb := c.request.URL.Query().Has("thumb")
	if thumb && file.Width == 0 {
		return nil, errNoFile
	}
	thumb = thumb && file.Thumb != "" // a small picture is its own
	content, err := s.shelf.dir.Open(file.Blob, thumb)
	if errors.Is(err, fs.ErrNotExist) { // deleted just now
		return nil, errNoFile
	}
	if err != nil {
		return nil, s.failFile(err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer content.Close()
		r, w := humago.Unwrap(ctx)
		serveFile(w, r, c.socket, &file, content, thumb)
	}}, nil
}

// serveFile sends a content such that no browser takes it for a page or a
// program, whatever it holds.
func serveFile(w http.ResponseWriter, r *http.Request, socket *http.ResponseController, file *store.File, content files.Content, thumb bool) {
	kind, tag := file.Type, file.ID
	if thumb {
		kind, tag = file.Thumb, file.ID+thumbTag
	}
	safe := files.Safe(kind)
	if !safe {
		kind = files.Plain
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", files.Disposition(safe, file.Name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("ETag", `"`+tag+`"`) // a content never changes
	http.ServeContent(pacedAnswer{w, socket}, r, "", time.Time{}, content)
}

const thumbTag = "-thumb"

// pacedAnswer sends an answer that may take long, but must not stand still.
type pacedAnswer struct {
	http.ResponseWriter
	socket *http.ResponseController
}

// Write implements http.ResponseWriter.
func (p pacedAnswer) Write(b []byte) (int, error) {
	_ = p.socket.SetWriteDeadline(time.Now().Add(stallTime)) // unsupported in tests without a socket
	return p.ResponseWriter.Write(b)
}
