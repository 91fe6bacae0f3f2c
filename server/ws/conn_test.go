package ws

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

func roomID(room int) chat.RoomID { return chat.RoomID(room) }

var usual = Options{Limit: 64 << 10, Pending: 256 << 10}

func live(it Item) Item { it.Live = true; return it }
func gone(room int) Item {
	it := item(room, "gone %d", room)
	it.Gone = true
	return it
}

func head(room int) Item {
	it := item(room, "head %d", room)
	it.Head = true
	return it
}

func TestSilentPeerIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		over := readAll(c)
		start := time.Now()
		for i := range 3 {
			op, payload, err := p.next()
			if err != nil || op != opPing || time.Since(start) != time.Duration(i+1)*pingEvery {
				t.Fatalf("after %v: opcode %x, %v", time.Since(start), op, err)
			}
			if err := p.frame(opPong, true, payload); err != nil {
				t.Fatal(err)
			}
		}
		silent := time.Now()
		if _, code := p.end(); code != 1006 || time.Since(silent) > pingEvery+pongWithin+time.Second {
			t.Errorf("ended with %d after %v", code, time.Since(silent))
		}
		<-over
	})
}

// A session that waits for the store, or for a slow socket, does not read
// pongs: that is no fault of the peer's.
func TestBusyReaderIsNotASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		go func() {
			time.Sleep(5 * time.Minute) // in virtual time: the store is slow
			c.Push(item(0, "done"))
		}()
		for {
			op, _, err := p.next() // no pong could be read: none is sent
			if err != nil {
				t.Fatal(err)
			}
			if op == opText {
				break
			}
		}
	})
}

func TestSlowMessages(t *testing.T) {
	for name, piece := range map[string]func(p *peer, i int) error{
		"in small pieces": func(p *peer, i int) error {
			if i == 0 {
				_, err := p.Write([]byte{0x81, 0x80 | 126, 1, 0, 0, 0, 0, 0})
				return err
			}
			_, err := p.Write([]byte{'x'})
			return err
		},
		"in empty frames": func(p *peer, i int) error {
			if i == 0 {
				return p.frame(opText, false, nil)
			}
			return p.frame(opContinuation, false, nil)
		},
		"of a declared terabyte": func(p *peer, i int) error {
			if i == 0 {
				_, err := p.Write([]byte{0x81, 0x80 | 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
				return err
			}
			_, err := p.Write([]byte{'x'})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := accept(t, usual)
				over := readAll(c)
				start := time.Now()
				written := make(chan struct{})
				go func() {
					defer close(written)
					for i := 0; piece(p, i) == nil; i++ {
						time.Sleep(time.Second)
					}
				}()
				if _, code := p.end(); code != wire.ClosePolicy || time.Since(start) > bodyTime+2*time.Second+closeWait {
					t.Errorf("ended with %d after %v", code, time.Since(start))
				}
				if messages := <-over; len(messages) > 0 {
					t.Errorf("read %d messages", len(messages))
				}
				<-written
				if took := time.Since(start); took > bodyTime+2*time.Second+closeWait {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestBadFramesCloseInOrder(t *testing.T) {
	for name, test := range map[string]struct {
		bytes []byte
		code  int
	}{
		"not masked":            {[]byte{0x81, 1, 'x'}, wire.CloseProtocol},
		"reserved bit":          {[]byte{0xc1, 0x80, 0, 0, 0, 0}, wire.CloseProtocol},
		"unknown opcode":        {[]byte{0x83, 0x80, 0, 0, 0, 0}, wire.CloseProtocol},
		"continues nothing":     {[]byte{0x80, 0x80, 0, 0, 0, 0}, wire.CloseProtocol},
		"begins within another": {[]byte{0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0}, wire.CloseProtocol},
		"ping in pieces":        {[]byte{0x09, 0x80, 0, 0, 0, 0}, wire.CloseProtocol},
		"binary":                {[]byte{0x82, 0x80, 0, 0, 0, 0}, wire.CloseBadData},
		"bad UTF-8":             {[]byte{0x81, 0x81, 0, 0, 0, 0, 0xff}, wire.CloseBadUTF8},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := accept(t, usual)
				over := readAll(c)
				go func() { _, _ = p.Write(test.bytes) }()
				if _, code := p.end(); code != test.code {
					t.Errorf("closed with %d, not %d", code, test.code)
				}
				<-over
			})
		})
	}
}

func TestReadLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, Options{Limit: 100, Pending: 1000})
		over := readAll(c)
		for _, pieces := range [][]int{{100}, {60, 40}, {0, 100, 0}} {
			for i, n := range pieces {
				op := byte(opText)
				if i > 0 {
					op = opContinuation
				}
				if err := p.frame(op, i == len(pieces)-1, bytes.Repeat([]byte{'x'}, n)); err != nil {
					t.Fatal(err)
				}
			}
		}
		go func() { _ = p.frame(opText, true, bytes.Repeat([]byte{'y'}, 101)) }()
		if _, code := p.end(); code != wire.CloseTooBig {
			t.Errorf("closed with %d", code)
		}
		messages := <-over
		if x := strings.Repeat("x", 100); !slices.Equal(messages, []string{x, x, x}) {
			t.Errorf("read %q", messages)
		}
	})
}

// Promise 10: what waits is bounded, only whole live items are dropped, and
// their rooms stay silent until their heads.
func TestStalledReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told [][]chat.RoomID
		opts := Options{Limit: 100, Pending: 1000}
		opts.Drained = func(rooms []chat.RoomID) { told = append(told, rooms) }
		c, p := accept(t, opts)
		c.Push(live(item(7, "first")))
		synctest.Wait() // the writer has it, and stalls
		for i := range 100 {
			c.Push(live(item(7, "item %090d", i)))
		}
		c.Push(live(item(8, "small"))) // of another room: it still fits
		c.Push(item(0, "must"))
		c.mu.Lock()
		waits := c.queue.bytes
		c.mu.Unlock()
		if waits > opts.Pending {
			t.Errorf("%d bytes wait", waits)
		}
		if len(told) > 0 {
			t.Errorf("told %v before there was room", told)
		}
		if got := p.text(); got != "first" {
			t.Fatalf("first message %q", got)
		}
		lines := strings.Split(p.text(), "\n")
		if len(lines) != 12 || lines[9] != fmt.Sprintf("item %090d", 9) || lines[10] != "small" || lines[11] != "must" {
			t.Errorf("%d frames: %q", len(lines), lines)
		}
		synctest.Wait()
		if len(told) != 1 || !slices.Equal(told[0], []chat.RoomID{7}) {
			t.Errorf("told %v", told)
		}
		c.Push(live(item(7, "too early")))
		c.Push(item(7, "an answer"))
		c.Push(head(7))
		c.Push(live(item(7, "again")))
		if got := p.text() + "|"; got != "an answer|" && got != "an answer\nhead 7\nagain|" {
			t.Fatalf("then %q", got)
		}
		c.Push(item(0, "end"))
		synctest.Wait()
		got := ""
		for !strings.Contains(got, "end") {
			got += p.text() + "\n"
		}
		if strings.Contains(got, "too early") {
			t.Errorf("then %q", got)
		}
		if len(told) != 1 {
			t.Errorf("told %v", told)
		}
	})
}

func TestWhatMustComeOrTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, Options{Limit: 100, Pending: 1000})
		over := readAll(c)
		for i := range 100 {
			c.Push(item(7, "item %094d", i))
		}
		messages, code := p.end()
		if code != wire.CloseTooSlow {
			t.Errorf("closed with %d", code)
		}
		lines := strings.Split(strings.Join(messages, "\n"), "\n")
		if len(lines) < 9 || len(lines) > 11 {
			t.Errorf("%d items came before", len(lines))
		}
		for i, line := range lines {
			if line != fmt.Sprintf("item %094d", i) {
				t.Errorf("item %d: %q", i, line)
			}
		}
		<-over
	})
}

// Promise 9: after gone, nothing of that room until its head.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		c.Push(item(7, "before"))
		c.Push(gone(7))
		c.Push(gone(7))
		c.Push(item(7, "after"))
		c.Push(live(item(7, "after")))
		c.Push(item(8, "other"))
		c.Push(item(0, "none"))
		c.Push(head(7))
		c.Push(live(item(7, "again")))
		c.Close(wire.CloseRestart, "")
		readAll(c)
		messages, code := p.end()
		if got := strings.Join(messages, "\n"); got != "before\ngone 7\nother\nnone\nhead 7\nagain" || code != wire.CloseRestart {
			t.Errorf("%q, %d", got, code)
		}
	})
}

// An answer that waited while its reader was removed must not come after gone.
func TestGateStopsLateAnswers(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			c, p := accept(t, usual)
			c.Push(item(7, "before"))
			synctest.Wait()
			answered := make(chan error)
			go func() {
				answered <- c.Answer(context.Background(), 7, Join([]byte("one")), Join([]byte("two")))
				answered <- c.Answer(context.Background(), 8, Join([]byte("other")))
			}()
			synctest.Wait()
			c.Push(gone(7))
			if got := p.text(); got != "before" {
				t.Fatal(got)
			}
			var got []string
			go func() { <-answered; <-answered; c.Push(item(0, "end")) }()
			for !slices.Contains(got, "end") {
				got = append(got, strings.Split(p.text(), "\n")...)
			}
			slices.Sort(got)
			if !slices.Equal(got, []string{"end", "gone 7", "other"}) {
				t.Errorf("then %q", got)
			}
		})
	}
}

func TestAnswersAreContiguous(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		stop := make(chan struct{})
		go func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					c.Push(live(item(7, "push")))
				}
			}
		}()
		go func() {
			for a := range 20 {
				var parts []Message
				for i := range 5 {
					parts = append(parts, Join(fmt.Appendf(nil, "answer %d/%d", a, i)))
				}
				if err := c.Answer(context.Background(), 7, parts...); err != nil {
					t.Error(err)
				}
			}
			c.Push(item(0, "end"))
		}()
		var got []string
		for !slices.Contains(got, "end") {
			time.Sleep(3 * time.Millisecond) // in virtual time: pushes come meanwhile
			got = append(got, strings.Split(p.text(), "\n")...)
		}
		close(stop)
		next := 0
		for i, line := range got {
			if !strings.HasPrefix(line, "answer") {
				if next%5 != 0 {
					t.Errorf("%q between the parts of an answer", line)
				}
				continue
			}
			if want := fmt.Sprintf("answer %d/%d", next/5, next%5); line != want {
				t.Errorf("%d: %q, not %q", i, line, want)
			}
			next++
		}
		if next != 100 {
			t.Errorf("%d parts", next)
		}
	})
}

func TestWhatWaitsIsJoined(t *testing.T) {
	for _, bare := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c, p := accept(t, Options{Limit: 100, Pending: 1 << 20, Bare: bare})
			c.Push(item(7, "first"))
			synctest.Wait()
			const items = 300
			for i := range items {
				c.Push(item(7, "%01000d", i))
			}
			c.Close(wire.CloseRestart, "")
			readAll(c)
			messages, code := p.end()
			if code != wire.CloseRestart {
				t.Errorf("closed with %d", code)
			}
			if bare && len(messages) != items+1 || !bare && len(messages) != 4 {
				t.Errorf("%d messages", len(messages))
			}
			for _, m := range messages {
				if len(m) > chat.FrameAim {
					t.Errorf("a message of %d bytes", len(m))
				}
			}
			if lines := strings.Split(strings.Join(messages, "\n"), "\n"); len(lines) != items+1 || lines[items] != fmt.Sprintf("%01000d", items-1) {
				t.Errorf("%d items", len(lines))
			}
		})
	}
}
