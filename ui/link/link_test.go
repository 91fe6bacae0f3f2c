package link

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/shared/chat"
	"parley/shared/wire"
)

func TestHelloComesFirstAndOnce(t *testing.T) {
	benched(t, func(b *bench) {
		hello, typing := &wire.Hello{V: 1, Device: "d"}, &wire.Typing{Room: 1}
		refused := func(want error, frames ...wire.Frame) {
			t.Helper()
			if err := b.link.Send(frames...); !errors.Is(err, want) {
				t.Errorf("Send: %v, want %v", err, want)
			}
		}
		b.want(Connecting)
		refused(ErrNotOpen, hello)
		s := b.last()
		s.Open()
		b.want(Open)
		refused(ErrHello, typing)
		refused(ErrHello, typing, hello)
		refused(ErrHello, hello, hello)
		b.send(hello, typing)
		refused(ErrHello, hello)
		b.send(typing)
		want := []string{`{"t":"hello","v":1,"device":"d"}` + "\n" + `{"t":"typing","room":1}`, `{"t":"typing","room":1}`}
		if got := s.messages(); !slices.Equal(got, want) {
			t.Errorf("sent %q, want %q", got, want)
		}
		s.Closed(noCode, "")
		b.want(Waiting)
		refused(ErrNotOpen, typing)
		b.pass(time.Second)
		b.last().Open()
		b.want(Open)
		refused(ErrHello, typing) // decided for the connection before
	})
}

func TestSendJoinsWhatIsPending(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		var want []string
		for i := range 100 {
			f := &wire.Edit{Room: 1, Seq: chat.Seq(i + 1), Text: strings.Repeat("x", 1000)}
			data, err := wire.Append(nil, f)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, string(data))
			if err := b.link.Send(f); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		messages := s.messages()[1:]
		for _, m := range messages {
			if len(m) > chat.BatchAim {
				t.Errorf("a message of %d bytes", len(m))
			}
		}
		if got := strings.Split(strings.Join(messages, "\n"), "\n"); !slices.Equal(got, want) {
			t.Error("frames were lost, doubled or reordered")
		}
	})
}

func TestSendSizes(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		frame := func(size int) wire.Frame {
			empty, err := wire.Append(nil, &wire.Edit{Room: 1, Seq: 1})
			if err != nil {
				t.Fatal(err)
			}
			return &wire.Edit{Room: 1, Seq: 1, Text: strings.Repeat("x", size-len(empty))}
		}
		if err := b.link.Send(&wire.Typing{Room: 1}, frame(chat.MaxClientSize+1)); !errors.Is(err, ErrTooBig) {
			t.Errorf("Send: %v, want %v", err, ErrTooBig)
		}
		b.send(&wire.Typing{Room: 1}, frame(chat.MaxClientSize), &wire.Typing{Room: 2})
		var sizes []int
		for _, m := range s.messages()[1:] {
			sizes = append(sizes, len(m))
		}
		if want := []int{23, chat.MaxClientSize, 23}; !slices.Equal(sizes, want) {
			t.Errorf("messages of %v bytes, want %v: nothing of a refused Send, the large frame alone", sizes, want)
		}
	})
}

func TestFramesComeInOrder(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		b.frames = nil
		for i := range 50 {
			s.Message(fmt.Appendf(nil, "{\"t\":\"gone\",\"room\":%d}\n{\"t\":\"pong\"}\n\n{\"t\":\"future\"}\n{\"t\":\"gone\",\"room\":%d}", 2*i, 2*i+1))
		}
		synctest.Wait()
		if len(b.frames) != 100 {
			t.Fatalf("%d frames, want 100", len(b.frames))
		}
		for i, f := range b.frames {
			if gone, ok := f.(*wire.Gone); !ok || gone.Room != chat.RoomID(i) {
				t.Fatalf("frame %d is %#v", i, f)
			}
		}
	})
}

func TestBadFrameGivesTheConnectionUp(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		b.frames = nil
		s.Message([]byte("{\"t\":\"gone\",\"room\":1}\n{\"t\":\"rows\",\"room\":\"x\"}"))
		s.Message([]byte(`{"t":"gone","room":2}`))
		b.want(Waiting)
		if s.closedWith() != wire.CloseProtocol || b.now().Code != wire.CloseProtocol {
			t.Errorf("closed with %d, status %+v", s.closedWith(), b.now())
		}
		if len(b.frames) != 0 {
			t.Errorf("%d frames after a bad one, or of its message", len(b.frames))
		}
		if wait := time.Until(b.now().Until); wait < bugWait/2 {
			t.Errorf("dials again in %v", wait)
		}
	})
}

func TestCallbacksMayBlockAndCallBack(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		free := make(chan struct{})
		b.onFrames = func() {
			<-free
			b.link.Wake()
			_ = b.link.Send(&wire.Typing{Room: 9}) // not refused: seen below
		}
		s.Message([]byte(`{"t":"gone","room":1}`))
		synctest.Wait()
		for range 1000 {
			s.Message([]byte(`{"t":"pong"}`))
		}
		b.send(&wire.Typing{Room: 8})
		b.link.Retry()
		close(free)
		synctest.Wait()
		if got := s.messages(); len(got) < 2 || !strings.Contains(strings.Join(got, "\n"), `"room":9`) {
			t.Errorf("sent %q", got)
		}
		b.want(Open)
	})
}

func TestStopSendsWhatWasSentAndEndsEverything(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		b.frames = nil
		if err := b.link.Send(&wire.Typing{Room: 7}); err != nil {
			t.Fatal(err)
		}
		b.link.Stop()
		b.link.Stop()
		s.Message([]byte(`{"t":"gone","room":1}`))
		<-b.link.Done()
		if got := s.messages(); got[len(got)-1] != `{"t":"typing","room":7}` || s.closedWith() != 1000 {
			t.Errorf("sent %q, closed with %d", got, s.closedWith())
		}
		if got := b.now(); got.State != Stopped || got.Reason != Asked {
			t.Errorf("status %+v", got)
		}
		if err := b.link.Send(&wire.Typing{Room: 7}); !errors.Is(err, ErrNotOpen) {
			t.Errorf("Send after Stop: %v", err)
		}
		n := len(b.statuses)
		s.Closed(noCode, "")
		b.link.Retry()
		b.pass(time.Hour)
		if len(b.frames) != 0 || len(b.statuses) != n || b.dials() != 1 {
			t.Errorf("%d frames, %d statuses, %d dials after Stop", len(b.frames), len(b.statuses)-n, b.dials()-1)
		}
	})
}

// Stop ends the deliveries even of what has come already.
func TestStopWhileTheOwnerIsBusy(t *testing.T) {
	benched(t, func(b *bench) {
		s := b.greet()
		b.frames = nil
		free := b.stall()
		s.Message([]byte(`{"t":"gone","room":2}`))
		b.link.Stop()
		free()
		if len(b.frames) != 1 {
			t.Errorf("%d frames, want the one that was being delivered", len(b.frames))
		}
	})
}

func TestDoneWaitsForTheSockets(t *testing.T) {
	benched(t, func(b *bench) {
		first := b.last()
		first.linger()
		b.pass(dialFor + time.Second)
		second := b.greet()
		second.linger()
		b.link.Stop()
		b.want(Stopped)
		for _, s := range []*fakeSocket{first, second} {
			select {
			case <-b.link.Done():
				t.Fatal("done before its sockets")
			default:
			}
			s.Closed(1000, "")
			synctest.Wait()
		}
		<-b.link.Done()
	})
}

func TestStopInEveryState(t *testing.T) {
	states := map[string]func(b *bench){
		"connecting": func(*bench) {},
		"open":       func(b *bench) { b.greet() },
		"waiting":    func(b *bench) { b.last().Closed(noCode, ""); b.want(Waiting) },
		"signed out": func(b *bench) { b.greet().Closed(wire.CloseSignedOut, ""); b.want(Stopped) },
	}
	for name, enter := range states {
		t.Run(name, func(t *testing.T) {
			benched(t, func(b *bench) {
				enter(b)
				b.link.Stop()
				<-b.link.Done()
				b.want(Stopped)
			})
		})
	}
	t.Run("never started", func(*testing.T) {
		l := New(Config{})
		l.Stop()
		l.Start()
		<-l.Done()
	})
}
