package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"parley/server/bus"
	"parley/server/bus/local"
	"parley/shared/chat"
)

const (
	mostMessage = 32 << 10 // bytes; what is larger goes as its revision alone
	mostWaiting = 8 << 20  // bytes of events in the outbox
	mostCome    = 8192     // messages that wait for the receiver

	writeTime     = 500 * time.Millisecond // for NATS to take what is written
	closeTime     = 500 * time.Millisecond // for what is in the outbox at the end
	pingEvery     = 2 * time.Second        // a connection without an answer to two is lost
	dialTime      = 2 * time.Second        // for a connection
	reconnectWait = 100 * time.Millisecond // between attempts, and as much again by chance
	settleTime    = 2 * time.Second        // for NATS to confirm the subscriptions after a reconnect
)

var (
	_ bus.Bus = (*Bus)(nil)

	errClosed = errors.New("nats: the bus is closed")
	errAway   = errors.New("nats: not connected")

	clusterName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// Options say which NATS, and who shares the events.
type Options struct {
	URL     string // nats://[user:password@]host[:port], several separated by commas; tls:// too
	Cluster string // whose events: 1 to 64 of A-Z a-z 0-9 _ -
	Name    string // what NATS calls this node
	Log     *slog.Logger
}

// Bus passes events between the nodes of a cluster.
type Bus struct {
	*local.Bus // of this node's own events, and of who listens
	log        *slog.Logger
	subjects   subjects
	out        *outbox
	conn       *nats.Conn
	come       chan *nats.Msg
	subs       map[bus.Topic]*nats.Subscription // the sender's
	stop       chan struct{}
	quit       sync.Once
	work       sync.WaitGroup // the sender and the receiver
	gone       chan struct{}  // closed when the library calls back no more

	reconnects, gaps, lost, unread atomic.Int64
}

// Open makes a bus that hands events to handle. NATS need not be there: it is
// tried again and again, and Sync tells.
func Open(o Options, handle bus.Handler) (*Bus, error) {
	if !clusterName.MatchString(o.Cluster) {
		return nil, fmt.Errorf("nats: %q is no name of a cluster", o.Cluster)
	}
	b := &Bus{
		Bus: local.New(handle), log: o.Log, subjects: subjects("parley." + o.Cluster + "."), out: newOutbox(),
		come: make(chan *nats.Msg, mostCome), subs: make(map[bus.Topic]*nats.Subscription),
		stop: make(chan struct{}), gone: make(chan struct{}),
	}
	var err error
	b.conn, err = nats.Connect(o.URL, b.options(o.Name)...)
	if err != nil {
		return nil, fmt.Errorf("nats: connect: %w", err)
	}
	b.work.Go(b.send)
	b.work.Go(b.receive)
	return b, nil
}

func (b *Bus) options(name string) []nats.Option {
	return []nats.Option{
		nats.Name(name), nats.NoEcho(),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(reconnectWait, reconnectWait),
		nats.ReconnectBufSize(-1), // a hint that is late is worth less than the next one in time
		nats.Timeout(dialTime), nats.FlusherTimeout(writeTime), nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(2),
		nats.ConnectHandler(b.connected), nats.ReconnectHandler(b.connected),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("the bus is lost: what other nodes store is found by comparing", "err", err)
			}
		}),
		nats.ErrorHandler(b.failed),
		nats.ClosedHandler(func(*nats.Conn) { close(b.gone) }),
	}
}

// Publish implements bus.Bus.
func (b *Bus) Publish(e bus.Event) {
	b.Bus.Publish(e)
	b.out.put(e)
}

// Listen implements bus.Bus.
func (b *Bus) Listen(t bus.Topic) {
	b.Bus.Listen(t)
	b.out.listen(t, true)
}

// Ignore implements bus.Bus.
func (b *Bus) Ignore(t bus.Topic) {
	b.Bus.Ignore(t)
	b.out.listen(t, false)
}

// Sync implements bus.Bus. It always asks NATS. Where several NATS servers make
// a cluster, the answer is of the one that this node is connected to.
func (b *Bus) Sync(ctx context.Context) error {
	select {
	case <-b.stop:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	if !b.conn.IsConnected() {
		return errAway
	}
	if err := b.out.wait(ctx); err != nil {
		return fmt.Errorf("nats: subscribe: %w", err)
	}
	if _, bounded := ctx.Deadline(); !bounded { // which the library wants
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, settleTime)
		defer cancel()
	}
	if err := b.conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("nats: wait for the answer: %w", err)
	}
	return nil
}

// Lossy implements bus.Bus.
func (b *Bus) Lossy() bool { return true }

// Close implements bus.Bus. What was published before is sent, if NATS takes it
// in time.
func (b *Bus) Close() error {
	b.quit.Do(func() {
		b.out.close()
		close(b.stop)
		late := time.AfterFunc(closeTime, b.conn.Close) // from then on every Publish fails
		b.work.Wait()
		if late.Stop() && b.conn.IsConnected() {
			_ = b.conn.FlushTimeout(closeTime) // what is lost now is lost as ever
		}
		b.conn.Close()
	})
	<-b.gone
	return b.Bus.Close()
}

// send does what the outbox says until it is closed and empty.
func (b *Bus) send() {
	var buffer []byte
	for {
		todo, ok := b.out.take()
		if !ok {
			return
		}
		for t, on := range todo.topics {
			b.subscribe(t, on)
		}
		b.out.heard(todo)
		for i := range todo.events {
			e := &todo.events[i]
			kind, data := encode(buffer[:0], e)
			buffer = data
			if kind == "" || len(data) > mostMessage {
				continue
			}
			if b.conn.Publish(b.subjects.of(e.Topic, kind), data) != nil {
				b.lost.Add(1) // most of all: there is no connection
			}
		}
		b.out.done(todo)
	}
}

// subscribe brings the subscription to a topic in line with what is wanted.
func (b *Bus) subscribe(t bus.Topic, on bool) {
	sub := b.subs[t]
	switch {
	case on && sub == nil:
		sub, err := b.conn.ChanSubscribe(b.subjects.of(t, "*"), b.come)
		if err != nil { // it is closing
			return
		}
		b.subs[t] = sub
	case !on && sub != nil:
		delete(b.subs, t)
		_ = sub.Unsubscribe() // what still comes is nobody's
	}
}

// receive hands over what comes.
func (b *Bus) receive() {
	for {
		select {
		case m := <-b.come:
			b.take(m)
		case <-b.stop:
			return
		}
	}
}

// take hands over a message. What cannot be read is taken as rows of which only
// the store knows.
func (b *Bus) take(m *nats.Msg) {
	t, kind, ok := b.subjects.parse(m.Subject)
	if !ok {
		return
	}
	e, err := decode(t, kind, m.Data)
	switch {
	case err == nil:
		b.Bus.Publish(e)
	case t.Room != 0:
		b.unread.Add(1)
		b.Bus.Publish(bus.Event{Topic: t, Rows: &bus.Rows{From: bus.Unknown, Upto: chat.MaxID}})
	default:
		b.unread.Add(1)
		b.gap()
	}
}

// connected is called when a connection is there, the first one or another: as
// soon as NATS has all subscriptions, what was missed can be looked for.
func (b *Bus) connected(conn *nats.Conn) {
	b.reconnects.Add(1)
	b.log.Info("the bus is there", "server", conn.ConnectedUrlRedacted())
	_ = conn.FlushTimeout(settleTime) // or there is another reconnect
	b.gap()
}

// failed is called for what happens beside the calls: most of all, events came
// faster than they were taken.
func (b *Bus) failed(_ *nats.Conn, _ *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		b.gap()
		return
	}
	b.log.Warn("the bus fails", "err", err)
}

// gap tells this node that it may have missed events.
func (b *Bus) gap() {
	b.gaps.Add(1)
	b.Bus.Publish(bus.Event{Gap: true})
}
