package server

import (
	"net/netip"
	"testing"
	"time"

	"parley/shared/chat"
)

func TestPostsOverdraw(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimits(1, func() time.Time { return now })
	for range 59 {
		if _, ok := l.posts(1, 1); !ok {
			t.Fatal("refused within the burst")
		}
	}
	if _, ok := l.posts(1, 100); !ok { // one token is left: a whole batch passes
		t.Fatal("a batch was refused though the bucket was above zero")
	}
	retry, ok := l.posts(1, 1)
	if want := 99 * time.Second / 20; ok || retry < want || retry > want+2*time.Millisecond {
		t.Errorf("retry %v, %v; want about %v", retry, ok, want)
	}
	now = now.Add(retry - 2*time.Millisecond)
	if _, ok := l.posts(1, 1); ok {
		t.Error("admitted too early")
	}
	now = now.Add(2 * time.Millisecond)
	if _, ok := l.posts(1, 1); !ok {
		t.Error("refused after the retry that it was told")
	}
	if _, ok := l.posts(2, 1); !ok {
		t.Error("another account was refused")
	}
}

func TestFactor(t *testing.T) {
	now := time.Unix(0, 0)
	for factor, want := range map[float64]int{0: 1000, 1: 30, 2: 60, 0.01: 1} {
		l := newLimits(factor, func() time.Time { return now })
		admitted := 0
		for range 1000 {
			if _, ok := l.signIns(netip.Addr{}); ok {
				admitted++
			}
		}
		if admitted != want {
			t.Errorf("factor %v: %d sign-ins at once, want %d", factor, admitted, want)
		}
	}
}

func TestBucketsAreForgotten(t *testing.T) {
	now := time.Unix(0, 0)
	b := newBuckets[chat.AccountID](20, 60)
	kept := func() int { return len(b.young) + len(b.old) }
	for i := range chat.AccountID(3 * maxBuckets) {
		b.take(i, now)
	}
	if kept() > 2*maxBuckets {
		t.Errorf("%d buckets are kept, at most %d should be", kept(), 2*maxBuckets)
	}
	b.overdraw(1, 100, now)
	b.overdraw(1, 100, now)
	for range 3 { // an overdrawn bucket outlives one change of the halves
		b.take(2, now)
		if _, ok := b.overdraw(1, 1, now); ok {
			t.Fatal("an overdrawn bucket was forgotten")
		}
		now = now.Add(b.keep / 10)
	}
	now = now.Add(2 * b.keep)
	b.take(3, now)
	now = now.Add(2 * b.keep)
	b.take(3, now)
	if b.young[1] != nil || b.old[1] != nil || kept() > 2 {
		t.Errorf("%d buckets are kept, though one only was used of late", kept())
	}
}

func TestSignInsAreLimitedByAddress(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Rate = 1 })
	enter := func(remote string) ask {
		return ask{method: "POST", path: "/api/v1/session", body: `{"guest":{"name":"A"}}`, remote: remote}
	}
	for range signInsBurst {
		s.want(201, enter("[2001:db8::1]:99"))
	}
	for _, same := range []string{"[2001:db8::1]:99", "[2001:db8::ffff:1]:1"} { // one /64 is one customer
		p := s.refused(429, chat.SlowDown, enter(same))
		if p.Retry <= 0 || p.Retry > 6001 {
			t.Errorf("retry %d ms", p.Retry)
		}
		if got := s.do(enter(same)).Header().Get("Retry-After"); got != "7" {
			t.Errorf("Retry-After: %q", got)
		}
	}
	s.want(201, enter("[2001:db8:0:1::1]:99"))
	s.now = s.now.Add(6 * time.Second)
	s.want(201, enter("[2001:db8::1]:99"))
	s.refused(429, chat.SlowDown, enter("[2001:db8::1]:99"))
}

func TestPagesAreLimitedByAccount(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Rate = 1 })
	a := s.guest("A")
	room := decode[chat.Head](t, s.want(201, ask{method: "PUT", path: "/api/v1/open/42", as: a.token}))
	page := ask{method: "GET", path: "/api/v1/rooms/" + num(room.ID) + "/messages", as: a.token}
	for range pullsBurst {
		s.want(200, page)
	}
	s.refused(429, chat.SlowDown, page)
}
