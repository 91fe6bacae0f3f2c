package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"parley/server"
	"parley/server/bus"
	"parley/server/bus/local"
	"parley/server/bus/nats"
	"parley/server/store"
)

// nodes says how this server is one of several.
type nodes struct {
	Bus     string        `env:"PARLEY_BUS" default:"local" placeholder:"nats://HOST:4222" help:"How several nodes tell each other what happens: nats://[USER:PASSWORD@]HOST:PORT, more of them after commas, or tls://. local is for a single node."`
	Cluster string        `env:"PARLEY_CLUSTER" default:"parley" help:"A name that keeps apart servers that share a NATS: letters, digits, _ and -."`
	Drain   time.Duration `env:"PARLEY_DRAIN" default:"0s" help:"How long a node that is told to stop goes on beside the others: /readyz says no at once, people are moved in the second half."`
}

const maxDrain = 10 * time.Minute

func (n *nodes) validate() error {
	if n.Drain < 0 || n.Drain > maxDrain {
		return fmt.Errorf("--drain is between 0s and %v", maxDrain)
	}
	if n.Bus != "local" && !strings.Contains(n.Bus, "://") {
		return fmt.Errorf("--bus %q: this release knows local and nats://HOST:PORT", n.Bus)
	}
	return nil
}

// connect puts the bus into parts. What goes wrong when the server is made with
// it, failed says.
func (n *nodes) connect(parts *server.Parts, shared bool) (failed func() error) {
	var err error
	parts.Bus = func(handle bus.Handler) bus.Bus {
		switch {
		case n.Bus != "local":
			var b *nats.Bus
			if b, err = nats.Open(nats.Options{URL: n.Bus, Cluster: clusterOf(n.Cluster, parts.Store.Meta()), Name: nodeName(), Log: parts.Log}, handle); err == nil {
				return b
			}
		case shared:
			return unheard{local.New(handle)}
		}
		return local.New(handle)
	}
	return func() error { return err }
}

// unheard is the bus of a node on a database that others may use as well, and
// that has no way to hear of them: it compares with the store what it told.
type unheard struct{ *local.Bus }

func (unheard) Lossy() bool { return true }

// clusterOf names the nodes on one database: two servers that nobody gave names
// do not hear each other. A copy of a database is told apart by the name alone.
func clusterOf(name string, meta store.Meta) string {
	sum := sha256.Sum256(append([]byte("parley bus "), meta.Secret...))
	return name + "-" + hex.EncodeToString(sum[:6])
}

// nodeName is what NATS calls this node in its own lists.
func nodeName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("parley %s %d", host, os.Getpid())
}
