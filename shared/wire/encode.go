package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"parley/shared/chat"
)

// Append writes f to dst as one frame, without HTML escaping and without a
// trailing line feed. It fails only for a value that JSON cannot hold, and
// then returns dst as it was.
//
// Rows are what a server writes all day, so they are written by hand; the
// bytes are those of encoding/json, but for lists, which are never null.
func Append(dst []byte, f Frame) ([]byte, error) {
	e := encoder{out: dst}
	e.raw(`{"t":"`)
	e.raw(f.Type())
	e.raw(`"`)
	e.frame(f)
	e.raw("}")
	if e.err != nil {
		return dst, fmt.Errorf("wire: encode %s: %w", f.Type(), e.err)
	}
	return e.out, nil
}

// encoder appends JSON. The names given to its methods come with their comma,
// quotes and colon.
type encoder struct {
	out []byte
	err error
}

func (e *encoder) frame(f Frame) {
	switch f := f.(type) {
	case *Send:
		e.send(f)
	case *Rows:
		e.rowsFrame(f)
	case *Page:
		e.page(f)
	case *Head:
		e.raw(`,"room":`)
		e.head(&f.Room)
		e.users(f.Users)
	case *Welcome:
		e.welcome(f)
	case *Marks:
		e.marks(f)
	default:
		e.rest(f)
	}
}

// rest appends the fields of a frame by reflection.
func (e *encoder) rest(f Frame) {
	body := e.marshal(f)
	if len(body) > 2 {
		e.raw(",")
		e.out = append(e.out, body[1:len(body)-1]...)
	}
}

func (e *encoder) marshal(v any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		e.err = err
		return nil
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}

func (e *encoder) send(f *Send) {
	e.number(`,"room":`, int64(f.Room))
	e.raw(`,"posts":`)
	list(e, f.Posts, (*encoder).post)
}

func (e *encoder) post(p *chat.Post) {
	e.raw(`{"key":`)
	e.key(p.Key)
	e.optText(`,"text":`, p.Text)
	e.optNumber(`,"reply":`, int64(p.Reply))
	e.mentions(p.Mentions)
	if len(p.Files) > 0 {
		e.raw(`,"files":`)
		list(e, p.Files, func(e *encoder, s *string) { e.text(*s) })
	}
	e.optJSON(`,"card":`, p.Card)
	e.raw("}")
}

func (e *encoder) rowsFrame(f *Rows) {
	e.number(`,"room":`, int64(f.Room))
	e.number(`,"from":`, int64(f.From))
	e.number(`,"upto":`, int64(f.Upto))
	e.raw(`,"rows":`)
	list(e, f.Rows, (*encoder).row)
	e.users(f.Users)
	if len(f.Keys) > 0 {
		e.raw(`,"keys":{`)
		e.keysByAccount(f.Keys)
		e.raw("}")
	}
	e.optFlag(`,"reset":true`, f.Reset)
	e.optFlag(`,"more":true`, f.More)
}

func (e *encoder) keysByAccount(keys map[chat.AccountID][]chat.Key) {
	names := make([]string, 0, len(keys))
	for id := range keys {
		names = append(names, strconv.FormatInt(int64(id), 10))
	}
	slices.Sort(names) // as encoding/json does
	for i, name := range names {
		if i > 0 {
			e.raw(",")
		}
		e.text(name)
		e.raw(":")
		id, _ := strconv.ParseInt(name, 10, 64)
		list(e, keys[chat.AccountID(id)], func(e *encoder, k *chat.Key) { e.key(*k) })
	}
}

func (e *encoder) page(f *Page) {
	e.number(`,"room":`, int64(f.Room))
	e.number(`,"before":`, int64(f.Before))
	e.number(`,"rev":`, int64(f.Rev))
	e.raw(`,"rows":`)
	list(e, f.Rows, (*encoder).row)
	e.users(f.Users)
	e.raw(`,"start":`)
	e.out = strconv.AppendBool(e.out, f.Start)
	e.optFlag(`,"more":true`, f.More)
}

func (e *encoder) welcome(f *Welcome) {
	e.number(`,"v":`, int64(f.V))
	e.raw(`,"epoch":`)
	e.text(f.Epoch)
	e.raw(`,"me":`)
	e.out = append(e.out, e.marshal(f.Me)...)
	e.number(`,"now":`, int64(f.Now))
	e.raw(`,"rooms":`)
	list(e, f.Rooms, (*encoder).head)
	e.users(f.Users)
	e.raw(`,"gone":`)
	list(e, f.Gone, func(e *encoder, id *chat.RoomID) { e.number("", int64(*id)) })
	e.raw(`,"online":`)
	list(e, f.Online, (*encoder).account)
}

func (e *encoder) marks(f *Marks) {
	e.number(`,"room":`, int64(f.Room))
	e.raw(`,"marks":`)
	list(e, f.Marks, func(e *encoder, m *chat.Mark) {
		e.number(`{"user":`, int64(m.User))
		e.number(`,"read":`, int64(m.Read))
		e.number(`,"read_n":`, int64(m.ReadN))
		e.optNumber(`,"got":`, int64(m.Got))
		e.raw("}")
	})
}

func (e *encoder) head(h *chat.Head) {
	e.number(`{"id":`, int64(h.ID))
	e.raw(`,"kind":`)
	e.text(h.Kind)
	e.raw(`,"name":`)
	e.text(h.Name)
	e.optNumber(`,"peer":`, int64(h.Peer))
	e.optText(`,"about":`, h.About)
	e.number(`,"members":`, int64(h.Members))
	e.number(`,"rev":`, int64(h.Rev))
	e.number(`,"seq":`, int64(h.Seq))
	e.number(`,"n":`, int64(h.N))
	e.number(`,"read":`, int64(h.Read))
	e.number(`,"read_n":`, int64(h.ReadN))
	e.number(`,"got":`, int64(h.Got))
	e.optNumber(`,"others_read":`, int64(h.OthersRead))
	e.optNumber(`,"others_got":`, int64(h.OthersGot))
	if h.Last != nil {
		e.raw(`,"last":`)
		e.row(h.Last)
	}
	e.optFlag(`,"muted":true`, h.Muted)
	e.standing(h)
	e.raw(`,"role":`)
	e.text(h.Role)
	e.raw(`,"tag":`)
	e.text(h.Tag)
	e.raw("}")
}

// standing appends what a member has made of a room, and what moderators do.
func (e *encoder) standing(h *chat.Head) {
	e.optFlag(`,"top":true`, h.Top)
	if h.Hidden != nil {
		e.number(`,"hidden":`, int64(*h.Hidden))
	}
	e.optFlag(`,"unread":true`, h.Unread)
	e.optFlag(`,"blocked":true`, h.Blocked)
	e.optNumber(`,"mention":`, int64(h.Mention))
	if len(h.Pins) > 0 {
		e.raw(`,"pins":`)
		list(e, h.Pins, func(e *encoder, s *chat.Seq) { e.number("", int64(*s)) })
	}
	e.optNumber(`,"reports":`, int64(h.Reports))
}

func (e *encoder) row(r *chat.Row) {
	e.number(`{"seq":`, int64(r.Seq))
	e.number(`,"n":`, int64(r.N))
	e.number(`,"rev":`, int64(r.Rev))
	e.raw(`,"key":`)
	e.key(r.Key)
	e.number(`,"by":`, int64(r.By))
	e.number(`,"at":`, int64(r.At))
	e.raw(`,"kind":`)
	e.text(r.Kind)
	e.raw(`,"text":`)
	e.text(r.Text)
	e.optNumber(`,"reply":`, int64(r.Reply))
	e.mentions(r.Mentions)
	if len(r.Files) > 0 {
		e.raw(`,"files":`)
		list(e, r.Files, (*encoder).file)
	}
	e.optJSON(`,"card":`, r.Card)
	e.optNumber(`,"edited":`, int64(r.Edited))
	e.optNumber(`,"recalled":`, int64(r.Recalled))
	if len(r.Reactions) > 0 {
		e.raw(`,"reactions":{`)
		e.reactions(r.Reactions)
		e.raw("}")
	}
	if r.System != nil {
		e.raw(`,"system":{"event":`)
		e.text(r.System.Event)
		e.optNumber(`,"account":`, int64(r.System.Account))
		e.optText(`,"text":`, r.System.Text)
		e.raw("}")
	}
	e.raw("}")
}

func (e *encoder) reactions(by map[string][]chat.AccountID) {
	for i, emoji := range slices.Sorted(maps.Keys(by)) {
		if i > 0 {
			e.raw(",")
		}
		e.text(emoji)
		e.raw(":")
		list(e, by[emoji], (*encoder).account)
	}
}

func (e *encoder) file(f *chat.File) {
	e.raw(`{"id":`)
	e.text(f.ID)
	e.raw(`,"name":`)
	e.text(f.Name)
	e.raw(`,"type":`)
	e.text(f.Type)
	e.number(`,"size":`, f.Size)
	e.optNumber(`,"width":`, int64(f.Width))
	e.optNumber(`,"height":`, int64(f.Height))
	e.optNumber(`,"length":`, f.Length)
	e.raw("}")
}

func (e *encoder) users(users []chat.User) {
	e.raw(`,"users":`)
	list(e, users, func(e *encoder, u *chat.User) {
		e.number(`{"id":`, int64(u.ID))
		e.raw(`,"name":`)
		e.text(u.Name)
		e.optText(`,"avatar":`, u.Avatar)
		e.raw(`,"kind":`)
		e.text(u.Kind)
		e.raw("}")
	})
}

func (e *encoder) mentions(who []chat.AccountID) {
	if len(who) > 0 {
		e.raw(`,"mentions":`)
		list(e, who, (*encoder).account)
	}
}

func (e *encoder) account(id *chat.AccountID) { e.number("", int64(*id)) }

// list appends an array, which is [] even if nil.
func list[T any](e *encoder, items []T, each func(*encoder, *T)) {
	e.raw("[")
	for i := range items {
		if i > 0 {
			e.raw(",")
		}
		each(e, &items[i])
	}
	e.raw("]")
}

func (e *encoder) raw(s string) { e.out = append(e.out, s...) }

func (e *encoder) number(name string, n int64) {
	e.raw(name)
	e.out = strconv.AppendInt(e.out, n, 10)
}

func (e *encoder) optNumber(name string, n int64) {
	if n != 0 {
		e.number(name, n)
	}
}

func (e *encoder) optText(name, s string) {
	if s != "" {
		e.raw(name)
		e.text(s)
	}
}

func (e *encoder) optFlag(field string, on bool) {
	if on {
		e.raw(field)
	}
}

func (e *encoder) optJSON(name string, raw json.RawMessage) {
	if len(raw) > 0 {
		e.raw(name)
		e.out = append(e.out, e.marshal(raw)...)
	}
}

func (e *encoder) key(k chat.Key) {
	e.raw(`"`)
	e.out, _ = k.AppendText(e.out)
	e.raw(`"`)
}
