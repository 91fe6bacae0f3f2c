package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/html"
)

// chunkRows is how many rows are folded together (see fold), and passageRows how
// many of those are drawn together.
const (
	chunkRows     = 50
	passageRows   = 5
	chunkPassages = chunkRows / passageRows
)

// chunkOf numbers the chunk that a row is in.
func chunkOf(seq chat.Seq) int { return int(seq-1) / chunkRows }

// stretch cuts the n-th stretch of so many seqs out of rows, and the row before
// it.
func stretch(rows []*chat.Row, n, size int) (prev *chat.Row, part []*chat.Row) {
	if len(rows) == 0 {
		return nil, nil
	}
	first := int(rows[0].Seq)
	from := min(max(n*size+1-first, 0), len(rows))
	to := min(max((n+1)*size+1-first, 0), len(rows))
	if from > 0 {
		prev = rows[from-1]
	}
	return prev, rows[from:to]
}

// chunk draws the passages of one chunk. Print is the fingerprint of what they
// show: while it is the same there is nothing to draw. Far from what is in
// sight a chunk is Empty, and keeps its height (see fold).
type chunk struct {
	app.Compo
	M     *model
	Room  chat.RoomID
	N     int
	Print uint64
	Empty bool
}

func (c *chunk) Render() app.UI {
	body := html.Div().Class("chunk").DataSet("n", strconv.Itoa(c.N))
	if c.M.rep == nil || c.Empty {
		return body
	}
	t := c.M.scene(c.Room)
	last := lastRow(&t)
	var passages []app.UI
	for n := c.N * chunkPassages; n < (c.N+1)*chunkPassages && last != nil && chat.Seq(n*passageRows) < last.Seq; n++ {
		passages = append(passages, &passage{M: c.M, Room: c.Room, N: n, Print: c.M.passagePrint(&t, n)})
	}
	return body.Body(passages...)
}

// passage draws the rows of one passage.
type passage struct {
	app.Compo
	M     *model
	Room  chat.RoomID
	N     int
	Print uint64
}

func (p *passage) Render() app.UI {
	body := html.Div().Class("passage")
	s := p.M.roomOf(p.Room)
	if s == nil {
		return body
	}
	prev, rows := stretch(p.M.scene(p.Room).Rows, p.N, passageRows)
	if len(rows) == 0 {
		return body
	}
	// Rows that are not held yet have their place: history that completes the
	// passage must not move those that are drawn, one of which may have the focus.
	lines := make([]app.UI, 0, 2*passageRows)
	for range 2 * (int(rows[0].Seq-1) % passageRows) {
		lines = append(lines, html.Div())
	}
	return body.Body(append(lines, p.M.lines(s.Head, prev, rows)...)...)
}

// newChunk makes the component for chunk n of the open room.
func (m *model) newChunk(t *replica.Timeline, n int) *chunk {
	c := &chunk{M: m, Room: t.Room, N: n}
	if _, c.Empty = m.talk.folded[n]; !c.Empty {
		c.Print = m.print(t, n)
	}
	return c
}

// past draws chunk N and, nested before it, all that is older. go-app compares
// children by position: were the chunks a flat list, history put before them
// would move every one and draw all of them again.
type past struct {
	app.Compo
	M     *model
	Room  chat.RoomID
	N     int
	Talk  int
	Prefs int
}

func (p *past) Render() app.UI {
	if p.M.rep == nil {
		return html.Div().Class("past")
	}
	t := p.M.scene(p.Room)
	return html.Div().Class("past").Body(p.M.older(&t, p.N-1), p.M.newChunk(&t, p.N))
}

// older is what comes before a chunk: nothing yet, or the past.
func (m *model) older(t *replica.Timeline, n int) app.UI {
	if len(t.Rows) == 0 || n < chunkOf(t.Rows[0].Seq) {
		return html.Div().Class("past")
	}
	return &past{M: m, Room: t.Room, N: n, Talk: m.revs.talk + m.revs.rows + m.revs.people, Prefs: m.revs.prefs}
}

// print is the fingerprint of a chunk: of all its passages.
func (m *model) print(t *replica.Timeline, n int) uint64 {
	h := uint64(offset64)
	for i := n * chunkPassages; i < (n+1)*chunkPassages; i++ {
		h = (h ^ m.passagePrint(t, i)) * prime64
	}
	return h
}

// The constants of FNV-1a.
const (
	offset64 = 14695981039346656037
	prime64  = 1099511628211
)

// passagePrint is the fingerprint of a passage (FNV-1a over what its lines depend on), 0
// where nothing of it is held.
func (m *model) passagePrint(t *replica.Timeline, n int) uint64 {
	prev, rows := stretch(t.Rows, n, passageRows)
	if len(rows) == 0 {
		return 0
	}
	h := uint64(offset64)
	mix := func(v int64) { h = (h ^ uint64(v)) * prime64 }
	mix(int64(m.revs.prefs))
	mix(int64(m.revs.people))
	mix(m.L.Day(m.now()))
	if prev != nil {
		mix(int64(prev.Rev))
	}
	first, last := rows[0].Seq, rows[len(rows)-1].Seq
	within := func(seq chat.Seq) int64 { return int64(min(max(seq, first-1), last)) }
	mix(int64(first))
	mix(within(m.talk.divider))
	mix(within(m.talk.shown))
	mix(within(m.talk.upto))
	s := m.rep.Room(t.Room)
	if s == nil {
		return h
	}
	mix(within(s.Head.OthersRead))
	mix(within(s.Head.OthersGot))
	pending := s.Waiting+s.Failed > 0
	several := s.Head.Kind != chat.KindDirect && chunkOf(last) >= chunkOf(s.Head.Seq)-1 // who reads now, reads the newest
	for _, row := range rows {
		mix(int64(row.Rev))
		if several && row.By == m.me.ID {
			mix(int64(len(m.rep.ReadBy(t.Room, row.Seq))))
		}
		for i := range row.Files {
			mix(int64(len(m.files.bars[row.Files[i].ID])))
		}
		if row.Reply != 0 {
			if to := m.rep.Quoted(t.Room, row.Reply); to != nil {
				mix(int64(to.Rev))
			}
		}
		if pending {
			_, ops := m.rep.Shown(t.Room, row)
			for _, op := range ops {
				mix(op.Order)
				mix(int64(len(op.State)))
			}
		}
	}
	return h
}

// roomOf is a room's summary, nil before one is signed in.
func (m *model) roomOf(id chat.RoomID) *replica.Summary {
	if m.rep == nil {
		return nil
	}
	return m.rep.Room(id)
}
