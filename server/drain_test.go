package server

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"parley/server/store"
	"parley/shared/wire"
)

// A node that drains is not ready at once, lets everybody be for half of the
// time, and moves them one after the other in the rest.
func TestDrain(t *testing.T) {
	inBubble(t, func(n *node) {
		const over, people = 10 * time.Second, 5
		var crowd []*client
		for i := range people {
			crowd = append(crowd, n.guest(fmt.Sprint("p", i)).connect())
		}
		began := time.Now()
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			n.Drain(context.Background(), over)
		}()
		times := make(chan time.Duration, people)
		for _, c := range crowd {
			go func() {
				bye := expect[*wire.Bye](c, nil)
				times <- time.Since(began)
				if bye.Code != wire.CodeRestart || bye.Retry < 1 || bye.Retry > moveWithin.Milliseconds() {
					t.Errorf("told %+v", bye)
				}
				c.expectClose(wire.CloseRestart)
			}()
		}
		time.Sleep(time.Second)
		if status, _ := n.call("", "GET", "/readyz", ""); status != http.StatusServiceUnavailable {
			t.Errorf("ready: %d", status)
		}
		if status, _ := n.call("", "GET", "/healthz", ""); status != http.StatusOK {
			t.Errorf("healthy: %d", status)
		}
		late := n.newSocket(n.guest("late").token)
		if late != http.StatusServiceUnavailable {
			t.Errorf("a new connection: %d", late)
		}
		seen := make(map[time.Duration]bool)
		for range people {
			at := <-times
			if at < over/2 || at > over {
				t.Errorf("moved after %v", at)
			}
			seen[at.Truncate(time.Millisecond)] = true
		}
		if len(seen) != people {
			t.Errorf("moved at %d times", len(seen))
		}
		<-drained
	})
}

// newSocket asks for a connection, and returns what is said instead.
func (n *node) newSocket(token string) int {
	n.t.Helper()
	r, err := http.NewRequest("GET", n.http.URL+"/ws", nil)
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Sec-WebSocket-Protocol", wire.Subprotocol)
	answer, err := n.client.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// Ready is a node whose store and bus answer.
func TestReady(t *testing.T) {
	inCluster(t, 1, func(nodes []*node, m *mesh) {
		n := nodes[0]
		ready := func(want int) {
			t.Helper()
			if status, answer := n.call("", "GET", "/readyz", ""); status != want {
				t.Errorf("ready: %d %s", status, answer)
			}
		}
		ready(http.StatusOK)
		m.cut(0, true)
		ready(http.StatusServiceUnavailable)
		m.cut(0, false)
		ready(http.StatusOK)
		synctest.Wait() // what began with the node has read its store
		n.store = lameStore{n.store}
		ready(http.StatusServiceUnavailable)
	})
}

// lameStore is a store that cannot be read.
type lameStore struct{ store.Store }

func (lameStore) View(context.Context, func(store.Reader) error) error { return store.ErrUnavailable }
