package ws

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

// A slow link gets its message, however long that takes.
func TestSlowLinkIsNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		readAll(c)
		big := strings.Repeat("x", chat.FrameAim)
		c.Push(item(7, "%s", big))
		c.Push(item(7, "next"))
		start := time.Now()
		for range chat.FrameAim / 4096 {
			time.Sleep(time.Second) // 4 KiB a second
			if _, err := p.r.Discard(4096); err != nil {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
		}
		if _, err := p.r.Discard(10); err != nil { // the header's size
			t.Fatal(err)
		}
		if op, payload, err := p.next(); err != nil || op == opText && string(payload) != "next" {
			t.Fatalf("after %v: opcode %x, %v", time.Since(start), op, err)
		}
	})
}

func TestStalledReaderIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := accept(t, usual)
		over := readAll(c)
		c.Push(item(7, "x"))
		start := time.Now()
		<-over
		if took := time.Since(start); took > writeTime+time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestCloseWhileStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := accept(t, usual)
		over := readAll(c)
		c.Push(item(7, "x"))
		synctest.Wait()
		start := time.Now()
		c.Close(wire.CloseRestart, "")
		<-over
		if took := time.Since(start); took > closeGrace+time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// A peer that reads but never closes its side is left behind soon.
func TestCloseOfASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		over := readAll(c)
		start := time.Now()
		c.Close(wire.CloseSignedOut, "out")
		if _, code := p.end(); code != wire.CloseSignedOut {
			t.Errorf("closed with %d", code)
		}
		<-over
		if took := time.Since(start); took > closeWait+time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// Promise 9: who is closed on cannot go on, though the socket lingers.
func TestNothingIsReadAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		over := readAll(c)
		if err := p.frame(opText, true, []byte("before")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		c.Close(wire.CloseSignedOut, "out")
		written := make(chan struct{})
		go func() {
			defer close(written)
			for p.frame(opText, true, []byte("after")) == nil {
				time.Sleep(10 * time.Millisecond) // in virtual time
			}
		}()
		if _, code := p.end(); code != wire.CloseSignedOut {
			t.Errorf("closed with %d", code)
		}
		if messages := <-over; !slices.Equal(messages, []string{"before"}) {
			t.Errorf("read %d messages", len(messages))
		}
		<-written
	})
}

func TestKill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := accept(t, usual)
		over := readAll(c)
		c.Push(item(7, "x"))
		c.Kill()
		<-over
		if _, code := p.end(); code != 1006 {
			t.Errorf("closed with %d", code)
		}
		c.Push(item(7, "late"))
		c.Close(wire.CloseRestart, "late")
		if err := c.Answer(context.Background(), 7, Join([]byte("late"))); err != ErrClosed {
			t.Errorf("Answer: %v", err)
		}
		c.Finish()
	})
}
