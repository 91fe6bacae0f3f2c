package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"encoding/json"

	"parley/shared/chat"
)

// archive is a database with many rows, in rooms of a thousand.
func archive(rows int) crowd {
	return crowd{Accounts: 256, Rooms: max(1, rows/1000), Members: 4, Rows: min(rows, 1000)}
}

// history measures pages: the newest rows of a room, and older ones.
type history struct {
	Rows   int `default:"1000000" help:"How many rows the database has."`
	Rounds int `default:"3" help:"How many rounds of each."`
}

const pageRows = 50

// scenario implements scenario.
func (s *history) scenario(b *bench) error {
	c := archive(s.Rows)
	dir, err := b.copied(c)
	if err != nil {
		return err
	}
	return b.on(dir, func(l *loop, n *node) error {
		clients, _ := b.gather(l, n, c, &tally{})
		if err := connect(l, clients[:1]); err != nil {
			return err
		}
		p := &paging{loop: l, crowd: c, client: clients[0], mine: c.rooms(0), random: rand.New(rand.NewPCG(1, 2))}
		p.client.on = p.take
		who := group(int64(s.Rows)) + " rows: "
		if err := s.rounds(b, p, "last 50 of a room, "+who, func() int { return 0 }); err != nil {
			return err
		}
		return s.rounds(b, p, "50 somewhere in a room, "+who, func() int { return 1 + pageRows + p.random.IntN(c.Rows-pageRows) })
	})
}

func (s *history) rounds(b *bench, p *paging, name string, before func() int) error {
	var p50, p99 []float64
	for i := range s.Rounds + 1 {
		var ns []int64
		for until := time.Now().Add(b.Round / 2); time.Now().Before(until); {
			took, err := p.page(before())
			if err != nil {
				return err
			}
			ns = append(ns, int64(took))
		}
		if i > 0 { // the first is to warm up
			p50, p99 = append(p50, quantile(ns, 0.5)), append(p99, quantile(ns, 0.99))
		}
	}
	b.tell("ms", p50, "%sp50", name)
	b.tell("ms", p99, "%sp99", name)
	return nil
}

// paging asks for one page after the other, each of another room, and checks it.
type paging struct {
	loop   *loop
	crowd  crowd
	client *client
	mine   []int
	random *rand.Rand
	asked  int // the room
	before int
	came   bool
}

// page asks for the rows before one, 0 for the newest.
func (p *paging) page(before int) (time.Duration, error) {
	p.asked, p.before, p.came = p.mine[p.random.IntN(len(p.mine))], before, false
	ask := fmt.Sprintf(`{"t":"pull","room":%d,"before":%d}`, p.crowd.room(p.asked), before)
	began := time.Now()
	var took time.Duration
	if err := p.client.write(appendFrame(nil, opText, []byte(ask))); err != nil {
		return 0, err
	}
	err := p.loop.until(10*time.Second, "a page", func() bool {
		if p.came && took == 0 {
			took = time.Since(began)
		}
		return p.came || p.client.phase == away
	})
	return took, err
}

// take takes a frame, and checks it if it is a page.
func (p *paging) take(kind string, data []byte) {
	if kind != "page" {
		return
	}
	p.came = true
	p.client.fail(p.check(data))
}

var errPage = errors.New("a page is not as it should be")

func (p *paging) check(data []byte) error {
	last := p.crowd.Rows
	if p.before > 0 {
		last = p.before - 1
	}
	n := 0
	ok := fieldsOf(data, func(key, value []byte) bool {
		if string(key) != "rows" {
			return true
		}
		return itemsOf(value, func(item []byte) bool {
			row, ok := scanRow(item)
			n++
			return ok && int(row.seq) == last-pageRows+n && (n > 1 || string(row.text) == p.crowd.text(p.asked, int(row.seq)))
		})
	})
	if !ok || n != pageRows {
		return fmt.Errorf("%w: before %d: %.300s", errPage, p.before, data)
	}
	return nil
}

// finding measures searches in all rooms of an account.
type finding struct {
	Rows   int `default:"1000000" help:"How many rows the database has."`
	Rounds int `default:"3" help:"How many rounds."`
}

// scenario implements scenario.
func (s *finding) scenario(b *bench) error {
	c := archive(s.Rows)
	dir, err := b.copied(c)
	if err != nil {
		return err
	}
	return b.on(dir, func(_ *loop, n *node) error {
		q := &asking{bench: b, crowd: c, at: n.at[0], mine: make(map[int64]int), random: rand.New(rand.NewPCG(3, 4))}
		for _, r := range c.rooms(0) {
			q.mine[int64(c.room(r))] = r
			q.rooms = append(q.rooms, r)
		}
		var p50, p99 []float64
		for i := range s.Rounds + 1 {
			var ns []int64
			for until := time.Now().Add(b.Round); time.Now().Before(until); {
				took, err := q.once()
				if err != nil {
					return err
				}
				ns = append(ns, int64(took))
			}
			if i > 0 { // the first is to warm up
				p50, p99 = append(p50, quantile(ns, 0.5)), append(p99, quantile(ns, 0.99))
			}
		}
		b.tell("ms", p50, "in one's rooms, %s rows: p50", group(int64(s.Rows)))
		b.tell("ms", p99, "in one's rooms, %s rows: p99", group(int64(s.Rows)))
		return nil
	})
}

// asking asks for words that are in some row of one's rooms, and checks what
// is found.
type asking struct {
	bench  *bench
	crowd  crowd
	at     netip.AddrPort
	mine   map[int64]int
	rooms  []int
	random *rand.Rand
}

// once searches for a word, or two characters, of a row drawn at random.
func (q *asking) once() (time.Duration, error) {
	r, seq := q.rooms[q.random.IntN(len(q.rooms))], 1+q.random.IntN(q.crowd.Rows)
	text := q.crowd.text(r, seq)
	var query string
	if words := strings.Fields(text); len(words) > 1 {
		query = words[q.random.IntN(len(words))]
	} else {
		query = string([]rune(text)[2:4])
	}
	req, err := http.NewRequestWithContext(q.bench, http.MethodGet, "http://"+q.at.String()+"/api/v1/search?q="+url.QueryEscape(query), nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+q.crowd.account(0).token)
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	took := time.Since(began)
	if err != nil || res.StatusCode != http.StatusOK {
		return took, fmt.Errorf("search for %q: %s, %w", query, res.Status, err)
	}
	q.bench.guard.report(q.check(query, answer))
	return took, nil
}

func (q *asking) check(query string, answer []byte) error {
	var list struct {
		Items []struct {
			Room int64
			Row  chat.Row
		}
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return fmt.Errorf("%q is not found", query)
	}
	for _, item := range list.Items {
		r, mine := q.mine[item.Room]
		if !mine || item.Row.Text != q.crowd.text(r, int(item.Row.Seq)) || !bytes.Contains([]byte(item.Row.Text), []byte(query)) {
			return fmt.Errorf("%q is said to be in room %d, row %s", query, item.Room, strconv.Itoa(int(item.Row.Seq)))
		}
	}
	return nil
}
