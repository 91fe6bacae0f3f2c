package nats

import "github.com/prometheus/client_golang/prometheus"

var _ prometheus.Collector = (*Bus)(nil)

// measure is something that a Bus tells Prometheus.
type measure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*Bus) float64
}

func newMeasure(name, help string, kind prometheus.ValueType, of func(*Bus) float64) measure {
	return measure{prometheus.NewDesc("parley_bus_"+name, help, nil, nil), kind, of}
}

var measures = []measure{
	newMeasure("connected", "Whether this node has a connection to NATS.", prometheus.GaugeValue, func(b *Bus) float64 {
		if b.conn.IsConnected() {
			return 1
		}
		return 0
	}),
	newMeasure("connects_total", "Connections to NATS, the first included: above 1 it was lost in between.", prometheus.CounterValue,
		func(b *Bus) float64 { return float64(b.reconnects.Load()) }),
	newMeasure("gaps_total", "Times that this node may have missed events of others, and compared with the store at once.", prometheus.CounterValue,
		func(b *Bus) float64 { return float64(b.gaps.Load()) }),
	newMeasure("unsent_total", "Events that were not told to other nodes, since NATS was away or too slow.", prometheus.CounterValue,
		func(b *Bus) float64 { return float64(b.lost.Load()) + float64(b.out.overflowed()) }),
	newMeasure("unread_total", "Messages of other nodes that this release cannot read.", prometheus.CounterValue,
		func(b *Bus) float64 { return float64(b.unread.Load()) }),
	newMeasure("sent_total", "Messages to other nodes.", prometheus.CounterValue,
		func(b *Bus) float64 { return float64(b.conn.Stats().OutMsgs) }),
	newMeasure("received_total", "Messages of other nodes.", prometheus.CounterValue,
		func(b *Bus) float64 { return float64(b.conn.Stats().InMsgs) }),
}

// Describe implements prometheus.Collector.
func (b *Bus) Describe(to chan<- *prometheus.Desc) {
	for _, m := range measures {
		to <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (b *Bus) Collect(to chan<- prometheus.Metric) {
	for _, m := range measures {
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, m.of(b))
	}
}
