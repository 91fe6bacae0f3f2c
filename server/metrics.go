package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parley/shared/chat"
)

// metrics are what a node tells Prometheus. Each server has a registry of its
// own, so that several live in one process.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	signIns  *prometheus.CounterVec
	texts    prometheus.Gauge
	repairs  *prometheus.CounterVec
	pushes   *prometheus.CounterVec
	lag      prometheus.Histogram
	gaps     prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_http_requests_total",
			Help: "Requests to the HTTP API by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "parley_http_request_seconds",
			Help:    "How long requests to the HTTP API took, by route.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}, []string{"route"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_sign_ins_total",
			Help: "Sign-ins and new accounts by kind and result (ok, or the refusal's code).",
		}, []string{"kind", "result"}),
		texts: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parley_text_connections",
			Help: "Open connections to plain text rooms.",
		}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_pushes_total", Help: "Web push messages, by result: sent, gone, failed, or dropped before they were sent.",
		}, []string{"result"}),
		repairs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_repairs_total",
			Help: "What was found only by comparing with the store, because the bus had lost it.",
		}, []string{"what"}),
	}
	m.lag, m.gaps = newLag(), newGaps()
	for _, what := range []string{repairRoom, repairMember, repairSession} {
		m.repairs.WithLabelValues(what) // told while it is zero, too
	}
	m.registry.MustRegister(m.requests, m.seconds, m.signIns, m.texts, m.repairs, m.pushes, m.lag, m.gaps,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func newLag() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "parley_delivery_seconds",
		Help:    "From when a message was stored until it was handed to the connections of this node, by the clocks of both nodes.",
		Buckets: []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10},
	})
}

func newGaps() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{
		Name: "parley_gaps_total",
		Help: "Times that a room read the store since an event did not continue what it had delivered.",
	})
}

// of adds what is told of a whole server: how many nodes there are, and what
// its bus has to say.
func (m *metrics) of(s *Server) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "parley_nodes", Help: "Nodes that this one hears of, itself included.",
	}, func() float64 { return float64(s.hub.nodes()) }))
	if c, tells := s.bus.(prometheus.Collector); tells {
		m.registry.MustRegister(c)
	}
}

// delivered notes how long ago a message was stored that is told now. Clocks
// may differ.
func (m *metrics) delivered(now, at chat.Time) {
	m.lag.Observe(max(0, float64(now-at)/1000))
}

// The repairs, by what was lost.
const (
	repairRoom    = "room"    // rows
	repairMember  = "member"  // that somebody came or went
	repairSession = "session" // that a session ended
)

func (m *metrics) repair(what string) { m.repairs.WithLabelValues(what).Inc() }

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func (m *metrics) request(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

// signIn counts a sign-in or new account, that failed if err is set.
func (m *metrics) signIn(kind string, err error) {
	result := "ok"
	if err != nil {
		result = string(chat.CodeOf(err))
	}
	m.signIns.WithLabelValues(kind, result).Inc()
}
