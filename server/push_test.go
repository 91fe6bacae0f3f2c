package server

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"parley/server/store"
	"parley/shared/chat"
)

// pushed is a message as a push service got it and its browser opens it.
type pushed struct {
	payload
	path   string
	header http.Header
}

// pushService is a push service with one browser behind it.
type pushService struct {
	t      *testing.T
	http   *httptest.Server
	key    *ecdh.PrivateKey
	auth   []byte
	vapid  []byte // the server's public key
	status int
	got    chan pushed
}

func newPushService(t *testing.T) *pushService {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &pushService{t: t, key: key, auth: []byte("sixteen bytes!!!"), status: http.StatusCreated, got: make(chan pushed, 16)}
	p.http = httptest.NewTLSServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.http.Close)
	return p
}

func (p *pushService) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	m := pushed{path: r.URL.Path, header: r.Header}
	if err := p.vouched(r); err != nil {
		p.t.Error(err)
	}
	text, err := p.open(body)
	if err == nil {
		err = json.Unmarshal(text, &m.payload)
	}
	if err != nil {
		p.t.Error(err)
	}
	w.WriteHeader(p.status)
	p.got <- m
}

// open opens a message of one record as RFC 8188 and RFC 8291 say.
func (p *pushService) open(body []byte) ([]byte, error) {
	salt, size, idLen := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	id, sealed := body[21:21+idLen], body[21+idLen:]
	if int(size) < len(sealed) {
		return nil, fmt.Errorf("a record of %d bytes in %d", len(sealed), size)
	}
	sender, err := ecdh.P256().NewPublicKey(id)
	if err != nil {
		return nil, err
	}
	secret, err := p.key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(p.key.PublicKey().Bytes()) + string(id)
	ikm, err := hkdf.Key(sha256.New, secret, p.auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	text, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	padded := strings.TrimRight(string(text), "\x00")
	if !strings.HasSuffix(padded, "\x02") {
		return nil, errors.New("not the last record")
	}
	return []byte(strings.TrimSuffix(padded, "\x02")), nil
}

// vouched checks the VAPID header (RFC 8292).
func (p *pushService) vouched(r *http.Request) error {
	header, ok := strings.CutPrefix(r.Header.Get("Authorization"), "vapid t=")
	token, key, both := strings.Cut(header, ", k=")
	parts := strings.Split(token, ".")
	if !ok || !both || len(parts) != 3 || key != base64.RawURLEncoding.EncodeToString(p.vapid) {
		return fmt.Errorf("Authorization %q", r.Header.Get("Authorization"))
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	var c struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(claims, &c); err != nil {
		return err
	}
	left := time.Until(time.Unix(c.Exp, 0))
	if c.Aud != p.http.URL || c.Sub == "" || left <= 0 || left > 24*time.Hour {
		return fmt.Errorf("claims %s", claims)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return fmt.Errorf("signature of %d bytes, %v", len(signature), err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), p.vapid)
	if err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the signature is not the key's")
	}
	return nil
}

// newPushing starts a node whose pushes go to a push service, without a wait.
func newPushing(t *testing.T) (*node, *pushService) {
	t.Helper()
	n, p := newNode(t), newPushService(t)
	n.pusher.client, n.pusher.anywhere = p.http.Client(), true
	n.after = func(d time.Duration, f func()) stopper {
		if d == pushGrace {
			d = 0
		}
		return time.AfterFunc(d, f)
	}
	key, err := base64.RawURLEncoding.DecodeString(n.pusher.public)
	if err != nil {
		t.Fatal(err)
	}
	p.vapid = key
	return n, p
}

// subscribe has a user be told under a path of the service.
func (p *pushService) subscribe(u *user, path, more string) {
	p.t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	body := fmt.Sprintf(`{"endpoint":%q,"p256dh":%q,"auth":%q%s}`, p.http.URL+path, b64(p.key.PublicKey().Bytes()), b64(p.auth), more)
	if status, answer := u.n.call(u.token, "PUT", "/api/v1/push", body); status != http.StatusNoContent {
		p.t.Fatalf("%d %s", status, answer)
	}
}

func (p *pushService) next() pushed {
	p.t.Helper()
	select {
	case m := <-p.got:
		return m
	case <-time.After(patience):
		p.t.Fatal("nothing is pushed")
		return pushed{}
	}
}

// idle waits until nothing is left to be pushed.
func (p *pushService) idle(n *node) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; runtime.Gosched() {
		n.pusher.mu.Lock()
		idle := n.pusher.workers == 0 && len(n.pusher.due) == 0
		n.pusher.mu.Unlock()
		if idle {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatal("it is still pushing")
		}
	}
}

func (u *user) says(room chat.RoomID, body string) {
	u.n.t.Helper()
	if status, answer := u.n.call(u.token, "POST", "/api/v1/rooms/"+num(room)+"/messages", body); status != http.StatusCreated {
		u.n.t.Fatalf("%d %s", status, answer)
	}
}

func TestPush(t *testing.T) {
	n, p := newPushing(t)
	a, b := n.guest("Anna"), n.guest("Ben")
	p.subscribe(a, "/a", "")
	p.subscribe(b, "/b", `,"text":true,"locale":"zh-CN"`)
	direct := a.direct(b)
	id := num(direct.ID)

	a.says(direct.ID, `{"text":"hello\nthere"}`)
	m := p.next()
	if want := (payload{Title: "Anna", Body: "hello there", Tag: "room-" + id, Path: "/c/" + id, Badge: 1}); m.path != "/b" || m.payload != want {
		t.Errorf("pushed %+v to %s, want %+v", m.payload, m.path, want)
	}
	if h := m.header; h.Get("TTL") == "" || h.Get("Urgency") != "high" || h.Get("Topic") != "room-"+id || h.Get("Content-Encoding") != "aes128gcm" {
		t.Errorf("headers %v", h)
	}
	b.says(direct.ID, `{"text":"secret"}`)
	if m = p.next(); m.path != "/a" || m.Title != "Ben" || m.Body != "New message" {
		t.Errorf("pushed %+v to %s", m.payload, m.path)
	}

	group := a.group("Team", b)
	a.says(group.ID, `{"text":"to all"}`)
	if m = p.next(); m.path != "/b" || m.Title != "Team" || m.Body != "Anna：to all" || m.header.Get("Urgency") != "normal" || m.Badge != 3 {
		t.Errorf("pushed %+v to %s", m.payload, m.path)
	}
	if status, answer := n.call(b.token, "PATCH", "/api/v1/rooms/"+num(group.ID), `{"muted":true}`); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	a.says(group.ID, `{"text":"unheard"}`)
	a.says(group.ID, fmt.Sprintf(`{"text":"@Ben","mentions":[%d]}`, b.id))
	if m = p.next(); m.path != "/b" || m.Body != "Anna：@Ben" || m.header.Get("Urgency") != "high" {
		t.Errorf("pushed %+v to %s", m.payload, m.path)
	}
	if status, answer := n.call(b.token, "DELETE", "/api/v1/push", ""); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, answer)
	}
	a.says(direct.ID, `{"text":"after"}`)
	b.says(direct.ID, `{"text":"and back"}`)
	if m = p.next(); m.path != "/a" { // nothing to b
		t.Errorf("pushed %+v to %s", m.payload, m.path)
	}
}

// A subscription goes with its session, with another of its browser, and when
// the push service knows it no more.
func TestPushEnds(t *testing.T) {
	n, p := newPushing(t)
	a, b, c := n.guest("A"), n.guest("B"), n.guest("C")
	direct := a.direct(b)
	subscribed := func(u *user) bool {
		w, err := n.signedIn(context.Background(), u.token)
		if err != nil {
			t.Fatal(err)
		}
		err = n.view(context.Background(), func(r store.Reader) error {
			_, err := r.Push(w.Session)
			return err
		})
		return err == nil
	}
	p.subscribe(b, "/b", "")
	p.status = http.StatusGone
	a.says(direct.ID, `{"text":"1"}`)
	p.next()
	for deadline := time.Now().Add(patience); subscribed(b); {
		if time.Now().After(deadline) {
			t.Fatal("it is still there")
		}
	}
	p.status = http.StatusCreated
	p.subscribe(b, "/b", "")
	p.subscribe(c, "/b", "") // the same browser, another account
	if subscribed(b) || !subscribed(c) {
		t.Error("both are told in one browser")
	}
	p.subscribe(b, "/b2", "")
	w, err := n.signedIn(context.Background(), b.token)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := n.call(b.token, "DELETE", "/api/v1/session", ""); status != http.StatusNoContent {
		t.Fatal(status)
	}
	err = n.view(context.Background(), func(r store.Reader) error {
		_, err := r.Push(w.Session)
		return err
	})
	if chat.CodeOf(err) != chat.NotFound {
		t.Errorf("after signing out: %v", err)
	}
}

func TestPushRefusals(t *testing.T) {
	s := newSite(t)
	a := s.guest("A")
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{
		"endpoint": "https://push.example.com/x", "p256dh": base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()),
		"auth": base64.URLEncoding.EncodeToString([]byte("sixteen bytes!!!")),
	}
	s.want(204, ask{method: "PUT", path: "/api/v1/push", as: a.token, body: good})
	for _, bad := range [][2]string{
		{"endpoint", "http://push.example.com/x"}, {"endpoint", "https://"}, {"endpoint", "https://a:b@push.example.com/"},
		{"endpoint", "https://127.0.0.1/x"}, {"endpoint", "https://[::1]:8080/x"}, {"endpoint", "https://10.0.0.1/"},
		{"endpoint", "https://169.254.169.254/latest"}, {"endpoint", "https://[::ffff:192.168.0.1]/"}, {"endpoint", "file:///etc/passwd"},
		{"endpoint", "https://push.example.com/" + strings.Repeat("x", maxEndpoint)},
		{"p256dh", "AAAA"}, {"p256dh", "BAAA" + strings.Repeat("A", 83)}, {"auth", "short"}, {"auth", "@"}, {"locale", "!"},
	} {
		body := map[string]string{bad[0]: bad[1]}
		for name, value := range good {
			if name != bad[0] {
				body[name] = value
			}
		}
		s.refused(400, chat.BadRequest, ask{method: "PUT", path: "/api/v1/push", as: a.token, body: body})
	}
}

// A name that leads inside is refused when it is dialled.
func TestPushReachesPublicAddressesOnly(t *testing.T) {
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was reached") }))
	defer inside.Close()
	client := publicClient()
	defer client.CloseIdleConnections()
	_, port, _ := strings.Cut(inside.Listener.Addr().String(), ":")
	for _, host := range []string{"127.0.0.1", "localhost"} {
		res, err := client.Post("https://"+host+":"+port, "text/plain", nil)
		if err == nil {
			res.Body.Close()
		}
		if !errors.Is(err, errReach) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for address, public := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "127.0.0.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "224.0.0.1": false, "255.255.255.255": false,
		"::1": false, "fe80::1": false, "fc00::1": false, "::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:a00:1::": false,
	} {
		if got := publicAddress(netip.MustParseAddr(address)); got != public {
			t.Errorf("%s is public: %v", address, got)
		}
	}
}

func TestVapidKeyStays(t *testing.T) {
	n := newNode(t)
	again := nodeOn(t, n.store)
	if n.pusher.public != again.pusher.public || n.pusher.private == "" {
		t.Error("the key differs from start to start")
	}
	if other := newNode(t); other.pusher.public == n.pusher.public {
		t.Error("two databases have one key")
	}
}
