package main

// pace holds back the posters of a room while a reader is so far behind that
// the server would rather have it begin anew than tell it everything: a node
// may lag, and then all would not be checked. The zero pace holds back nobody.
type pace struct {
	most    int64 // posts that are sent and not everywhere; 0: any number
	sent    int64
	readers []*reader
	slowest int64 // the least cursor
	behind  int   // how many readers are there
	waiting []held
}

// held is a send of n posts.
type held struct {
	n    int64
	send func()
}

// limit bounds the posts that are under way, from here on, where everybody has
// everything.
func (l *ledger) limit(most int64, clients []*client) {
	l.pace = pace{most: most, sent: l.head()}
	for _, c := range clients {
		l.pace.readers = append(l.pace.readers, c.reader(l.room))
	}
	l.pace.slowest, l.pace.behind = l.head(), len(clients)
}

// when sends n posts as soon as they may be sent.
func (p *pace) when(n int, send func()) {
	p.waiting = append(p.waiting, held{int64(n), send})
	p.release()
}

func (p *pace) release() {
	for len(p.waiting) > 0 {
		next := p.waiting[0]
		if p.most > 0 && p.sent+next.n-p.slowest > p.most {
			return
		}
		p.waiting = p.waiting[1:]
		p.sent += next.n
		next.send()
	}
}

// moved notes that a reader has moved on from a cursor.
func (p *pace) moved(from int64) {
	if p.most == 0 || from != p.slowest {
		return
	}
	if p.behind--; p.behind > 0 {
		return
	}
	p.slowest, p.behind = p.readers[0].cursor, 0
	for _, r := range p.readers {
		if r.cursor < p.slowest {
			p.slowest, p.behind = r.cursor, 0
		}
		if r.cursor == p.slowest {
			p.behind++
		}
	}
	p.release()
}
