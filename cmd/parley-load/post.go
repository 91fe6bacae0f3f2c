package main

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"parley/shared/chat"
)

// A post's text begins with who sent it as which one of theirs, and when, each
// as hexadecimal digits; filler makes it as long as was asked for. Its key says
// the same, so that a text under another's key is noticed.
const (
	posterAt, countAt, sentAt, fillerAt = 0, 9, 18, 35
	minBody                             = 48
	keySize                             = 36
)

// filler is what people write.
const filler = "The container leaves on Friday; the papers are with the agent, please confirm the price of the second lot by noon. "

// fill makes a body of so many bytes, with blanks where the numbers go.
func fill(size int) []byte {
	body := make([]byte, max(size, minBody))
	for i := range body {
		body[i] = filler[i%len(filler)]
	}
	for i := range fillerAt {
		body[i] = ' '
	}
	return body
}

// poster posts in a room, and knows what it has sent.
type poster struct {
	id     uint32
	client *client
	ledger *ledger
	sent   uint32
	stored uint32 // as the log tells
	echoed uint32 // as its own connection was told
	// after is called at each own echo; nil: nothing follows.
	after func(p *poster)
	via   *caller // nil: its client's own connection

	body []byte // of the next post
	out  []byte // the next frame, unmasked
	wire []byte // and masked
}

// newPoster makes the poster of a client in a room, which it follows unless it
// posts through the API. Ids are drawn one after the
// other, and are unique in a run.
func newPoster(id uint32, c *client, l *ledger, size int) *poster {
	p := &poster{id: id, client: c, ledger: l, body: fill(size)}
	putHex(p.body[posterAt:posterAt+8], uint64(id))
	l.posters[c.account] = p
	c.posters = append(c.posters, p)
	if r := c.reader(l.room); r != nil {
		r.posters = append(r.posters, p)
	}
	return p
}

// post sends n posts in one frame; through the API always one.
func (p *poster) post(n int) error {
	if p.via != nil {
		return p.via.post()
	}
	out := append(p.out[:0], `{"t":"send","room":`...)
	out = strconv.AppendInt(out, p.ledger.room, 10)
	out = append(out, `,"posts":[`...)
	at, now := time.Now().UnixMilli(), p.client.loop.now()
	for i := range n {
		if i > 0 {
			out = append(out, ',')
		}
		p.sent++
		out = append(out, `{"key":"`...)
		out, _ = p.key(at, p.sent).AppendText(out)
		out = append(out, `","text":"`...)
		out = append(out, p.text(p.sent, now)...)
		out = append(out, `"}`...)
	}
	out = append(out, "]}"...)
	p.out = out
	p.wire = appendFrame(p.wire[:0], opText, out)
	return p.client.write(p.wire)
}

// text is the body of a post, until the next one.
func (p *poster) text(count uint32, now int64) []byte {
	putHex(p.body[countAt:countAt+8], uint64(count))
	putHex(p.body[sentAt:sentAt+16], uint64(now))
	return p.body
}

// key is the key of a post sent at a time.
func (p *poster) key(at int64, count uint32) chat.Key {
	var low [10]byte
	for i := range 4 {
		low[2+i] = byte(p.id >> (24 - 8*i))
		low[6+i] = byte(count >> (24 - 8*i))
	}
	low[2] &= 0x3f // where the variant is
	return chat.KeyV7(chat.Time(at), low)
}

// recognize says which of its posts a row is. Whether it is its turn is the
// ledger's to decide.
func (p *poster) recognize(row *seenRow) (entry, error) {
	if string(row.kind) != chat.KindText || len(row.text) != len(p.body) {
		return entry{}, fmt.Errorf("a %s of %d bytes, posted was a text of %d", row.kind, len(row.text), len(p.body))
	}
	id, ok1 := getHex(row.text[posterAt : posterAt+8])
	count, ok2 := getHex(row.text[countAt : countAt+8])
	sent, ok3 := getHex(row.text[sentAt : sentAt+16])
	if !ok1 || !ok2 || !ok3 || string(row.text[fillerAt:]) != string(p.body[fillerAt:]) {
		return entry{}, fmt.Errorf("the text %q was never posted", row.text)
	}
	if uint32(id) != p.id {
		return entry{}, fmt.Errorf("a post of another sender under this one's name")
	}
	var was chat.Key
	if err := was.UnmarshalText(row.key); err != nil {
		return entry{}, fmt.Errorf("the key %q: %w", row.key, err)
	}
	want := p.key(0, uint32(count))
	copy(want[:6], was[:6]) // the time is only there for the order in the index
	if was != want {
		return entry{}, fmt.Errorf("post %d has the key %v of another", count, was)
	}
	return entry{poster: p, count: uint32(count), sent: int64(sent), seq: row.seq}, nil
}

const hexDigits = "0123456789abcdef"

// putHex writes the low digits of n.
func putHex(dst []byte, n uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = hexDigits[n&15]
		n >>= 4
	}
}

func getHex(src []byte) (n uint64, ok bool) {
	var packed [8]byte
	used, err := hex.Decode(packed[:], src)
	for _, b := range packed[:used] {
		n = n<<8 | uint64(b)
	}
	return n, err == nil
}
