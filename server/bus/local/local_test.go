package local_test

import (
	"testing"

	"go.uber.org/goleak"

	"parley/server/bus"
	"parley/server/bus/bustest"
	"parley/server/bus/local"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(_ testing.TB, handle bus.Handler) bus.Bus { return local.New(handle) }

func TestBus(t *testing.T) { bustest.Run(t, open) }

func BenchmarkPublish(b *testing.B) {
	l := local.New(func(bus.Event) {})
	defer l.Close()
	e := bus.Event{Topic: bus.Topic{Room: 1}, Head: true}
	l.Listen(e.Topic)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.Publish(e)
		}
	})
}
