package ws

import (
	"slices"
	"sync"
	"time"
)

const (
	pingEvery  = 30 * time.Second
	pongWithin = 40 * time.Second // longer than a slow link needs for what is before the ping
	tick       = time.Second
	slots      = 10 // a connection is looked at every slots*tick, of which both of the above are multiples
	turns      = int(pingEvery / (slots * tick))
)

// wheel looks at every connection every few seconds: one timer for all of them,
// and none while there are none. Who comes is put where it is looked at apart
// from who came before, so that a crowd that came at once is not pinged at once.
type wheel struct {
	mu      sync.Mutex
	timer   *time.Timer
	at      int // the slot that was looked at last
	came    int // how many came since the wheel was empty
	n       int
	members [slots][]*Conn
}

// place is where a connection is in the wheel, and what the wheel knows of it.
// But for slot and index it belongs to the goroutine that looks.
type place struct {
	slot, index int
	turn        int           // counts the looks from one ping to the next
	asked       time.Duration // when the ping that waits for an answer was sent; 0: none
}

func (w *wheel) add(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n == 0 {
		w.came = 0
		if w.timer == nil {
			w.timer = time.AfterFunc(tick, w.look)
		} else {
			w.timer.Reset(tick)
		}
	}
	slot := (w.at + w.came) % slots
	c.place = place{slot: slot, index: len(w.members[slot]), turn: w.came / slots % turns}
	w.members[slot] = append(w.members[slot], c)
	w.came++
	w.n++
}

func (w *wheel) remove(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	members := w.members[c.place.slot]
	last := len(members) - 1
	members[c.place.index] = members[last]
	members[c.place.index].place.index = c.place.index
	members[last] = nil
	w.members[c.place.slot] = members[:last]
	if w.n--; w.n == 0 {
		w.timer.Stop()
		w.members = [slots][]*Conn{}
	}
}

// look looks at the next slot. It begins again when it is done, so that there is
// one at a time.
func (w *wheel) look() {
	w.mu.Lock()
	w.at = (w.at + 1) % slots
	members := slices.Clone(w.members[w.at])
	w.mu.Unlock()
	for _, c := range members {
		c.look()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n > 0 {
		w.timer.Reset(tick)
	}
}

// look pings the peer when it is time, and ends a connection whose peer does not
// answer. Anything that comes is an answer. What comes is taken by Read: if that
// was not waiting all the time, because its caller was busy or waited for a slow
// socket to take an answer, nothing says that nothing came, and the next ping
// decides.
func (c *Conn) look() {
	now := c.host.clock()
	p := &c.place
	if p.asked != 0 {
		silent := time.Duration(c.heard.Load()) < p.asked
		since := time.Duration(c.reading.Load())
		switch {
		case !silent:
			p.asked = 0
		case now-p.asked < pongWithin:
		case since != 0 && since <= p.asked:
			c.Kill()
			return
		default:
			p.asked = 0
		}
	}
	if p.turn++; p.turn < turns {
		return
	}
	p.turn = 0
	if p.asked == 0 {
		p.asked = now
	}
	c.sendControl(opPing, nil)
}
