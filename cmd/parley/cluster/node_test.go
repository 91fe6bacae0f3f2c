package cluster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/shared/chat"
)

// node is a process of the cluster, at one address through all its lives.
type node struct {
	t     *testing.T
	place int
	addr  string
	args  []string
	bus   *proxy
	store *proxy
	ready atomic.Bool // as the balancer last saw it

	cmd *exec.Cmd
	log *lockedBuffer
}

// lockedBuffer is what a process says, all its lives.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start begins a life, and waits until it serves.
func (n *node) start() {
	n.t.Helper()
	n.cmd = exec.Command(program, append([]string{"serve", "--listen=" + n.addr}, n.args...)...)
	n.cmd.Stderr = n.log
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(line, "Parley is at ") {
		n.t.Fatalf("node %d says %q, %v\n%s", n.place, line, err, n.log)
	}
}

func (n *node) signal(s syscall.Signal) {
	n.t.Helper()
	if err := n.cmd.Process.Signal(s); err != nil {
		n.t.Fatal(err)
	}
}

// kill ends a life at once.
func (n *node) kill() {
	n.t.Helper()
	n.signal(syscall.SIGKILL)
	_ = n.cmd.Wait()
}

// stop ends a life as a supervisor does.
func (n *node) stop() {
	n.t.Helper()
	n.signal(syscall.SIGTERM)
	if err := n.cmd.Wait(); err != nil {
		n.t.Errorf("node %d ended with %v\n%s", n.place, err, n.log)
	}
}

// end makes sure that the process is gone.
func (n *node) end() {
	if n.cmd != nil && n.cmd.ProcessState == nil {
		_ = n.cmd.Process.Kill()
		_ = n.cmd.Wait()
	}
}

func (n *node) url() string { return "http://" + n.addr }

// isReady asks like a balancer.
func (n *node) isReady(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url()+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := web.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// web asks the nodes. It keeps no connections, which would not end.
var web = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}

// ask makes a request of somebody, which must be answered by 2xx.
func (n *node) ask(ctx context.Context, method, path, token, body string, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, n.url()+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	return n.send(r, token, out)
}

// send is ask for a request that was made.
func (n *node) send(r *http.Request, token string, out any) error {
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := web.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", r.Method, r.URL.Path, answer.StatusCode, data)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// do is ask, or the test fails.
func (n *node) do(method, path, token, body string, out any) {
	n.t.Helper()
	if err := n.ask(n.t.Context(), method, path, token, body, out); err != nil {
		n.t.Fatal(err)
	}
}

// post posts a message under a key.
func (n *node) post(room chat.RoomID, token string, key chat.Key, text string) {
	n.t.Helper()
	path := fmt.Sprintf("%s/api/v1/rooms/%d/messages", n.url(), room)
	r, err := http.NewRequestWithContext(n.t.Context(), http.MethodPost, path, strings.NewReader(fmt.Sprintf(`{"text":%q}`, text)))
	if err != nil {
		n.t.Fatal(err)
	}
	r.Header.Set("Idempotency-Key", key.String())
	if err := n.send(r, token, nil); err != nil {
		n.t.Fatal(err)
	}
}
