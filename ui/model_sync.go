package ui

import (
	"time"

	"parley/shared/replica"
	"parley/shared/wire"
	"parley/ui/link"
)

// dial starts the link. What an older link still says is not heard.
func (m *model) dial() {
	var l *link.Link
	l = link.New(link.Config{
		Dialer: link.WebSocket("/ws"),
		Status: func(s link.Status) {
			m.later(func() {
				if m.link == l {
					m.connection(s)
				}
			})
		},
		Frames: func(frames []wire.Frame) {
			m.later(func() {
				for _, f := range frames {
					if m.link == l {
						m.step(replica.Received{Frame: f})
					}
				}
			})
		},
	})
	m.link = l
	m.conn = link.Status{}
	l.Start()
}

// hang ends the connection and the replica.
func (m *model) hang() {
	if m.link != nil {
		m.link.Stop()
		m.link = nil
	}
	m.closeDisk() // stores what is in the trays
	m.endFiles()
	m.rep = nil
	if m.tick != nil {
		m.tick.Stop()
		m.tick, m.tickAt = nil, 0
	}
}

// connection takes a change of the link's state.
func (m *model) connection(s link.Status) {
	was := m.conn.State
	m.conn = s
	switch {
	case s.State == link.Open:
		m.step(replica.Opened{})
		m.reload()
	case was == link.Open:
		m.step(replica.Closed{})
		m.yield()
	}
	if s.State == link.Stopped && !m.holding {
		m.stopped(s.Reason)
	}
	m.connectionChanged()
}

// step gives the replica an input and carries out what follows.
func (m *model) step(in replica.Input) {
	if m.rep == nil {
		return
	}
	var saves []replica.Effect
	for _, effect := range m.rep.Step(m.now(), in) {
		switch e := effect.(type) {
		case replica.Transmit:
			if m.link != nil {
				_ = m.link.Send(e.Frame) // a dead socket's Closed is on its way
			}
		case replica.SaveMeta, replica.SaveUsers, replica.SaveRoom, replica.SaveOutbox:
			saves = append(saves, e)
		case replica.Upload:
			m.upload(e)
		case replica.StopUpload:
			m.stopUpload(e)
		case replica.Hangup:
			m.hungup(e.Code)
		case replica.Refused:
			m.refused(e)
		case replica.Changed:
			m.changed(e)
		}
	}
	if len(saves) > 0 {
		m.save(saves)
	}
	m.schedule()
	m.updateUnseen() // what was at stake may be settled
}

// hungup takes the replica's refusal of a connection: it is another account's.
func (m *model) hungup(code int) {
	if code == wire.CloseNotSigned {
		m.stopped(link.NotSigned)
	}
}

// changed marks what to draw again.
func (m *model) changed(c replica.Changed) {
	m.hitsChanged(c.Rooms)
	if c.List {
		m.revs.list++
		m.retitle()
	}
	for _, id := range c.Rooms {
		m.revs.list++
		m.news(id)
		if id == m.talk.room {
			m.revs.rows++
			m.beginTalk()
			m.meet()
			m.lookPins()
			m.lookQuotes()
		}
	}
	if c.List && m.place.page == pageOpen && m.place.room == 0 && m.missing[m.place.name] != "" {
		m.openPlace() // one may have been added again
	}
	if c.People {
		m.revs.people++
	}
	if c.Status {
		m.statusChanged()
	}
}

// statusChanged takes what the welcome told of oneself, and does what waited
// for a connection.
func (m *model) statusChanged() {
	m.revs.status++
	m.revs.talk++
	if me := m.rep.Me(); me.ID != 0 && m.rep.Live() {
		m.welcomed = true
		m.revs.list++
		m.rememberMe(me)
		m.subscribe()
		m.claim()
		m.warm()
		m.openPlace()
		m.beginTalk()
	}
	m.connectionChanged()
}

// schedule has the replica woken when it wants to be.
func (m *model) schedule() {
	if m.rep == nil || !m.ready {
		return
	}
	at := m.rep.Wake()
	if at == m.tickAt {
		return
	}
	if m.tick != nil {
		m.tick.Stop()
		m.tick = nil
	}
	if m.tickAt = at; at == 0 {
		return
	}
	wait := max(time.Duration(at-m.now())*time.Millisecond, 10*time.Millisecond)
	rep := m.rep
	m.tick = time.AfterFunc(wait, func() {
		m.later(func() {
			if m.rep == rep {
				m.tickAt = 0
				m.step(replica.Tick{})
			}
		})
	})
}
