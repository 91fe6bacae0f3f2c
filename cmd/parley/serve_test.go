package main

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/shared/wire"
)

// program is the server, built once for all tests.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "parley")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "parley")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// process is a running server.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	errs *bytes.Buffer
}

// start runs the server on a free port and waits until it says where it is.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startProgram(t, program, args...)
}

func startProgram(t *testing.T, program string, args ...string) *process {
	t.Helper()
	return startAs(t, exec.Command(program, serveArgs(args...)...))
}

func serveArgs(args ...string) []string {
	return append([]string{"serve", "--listen=127.0.0.1:0", "--admin-listen="}, args...)
}

// startAs is start by a command.
func startAs(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, errs: &bytes.Buffer{}}
	p.cmd.Stderr = p.errs
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	at, said := strings.CutPrefix(strings.TrimSpace(line), "Parley is at ")
	if err != nil || !said {
		_ = p.cmd.Wait()
		t.Fatalf("it says %q, %v\n%s", line, err, p.errs)
	}
	p.url = at
	return p
}

// stop ends the server by SIGTERM, as a supervisor does, which has no patience.
func (p *process) stop() {
	p.t.Helper()
	began := time.Now()
	p.end()
	if took := time.Since(began); took > 10*time.Second {
		p.t.Errorf("stopping took %v", took)
	}
}

// end is stop for a server that is traced: then every page that is written out
// at the end stops it twice.
func (p *process) end() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("it ended with %v\n%s", err, p.errs)
	}
}

// do asks and reads the answer into out, if that is not nil.
func (p *process) do(method, path, token, body string, out any) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	p.send(r, token, out)
}

// send is do for a request that was made.
func (p *process) send(r *http.Request, token string, out any) {
	p.t.Helper()
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode/100 != 2 {
		p.t.Fatalf("%s %s: %d %s, %v", r.Method, r.URL, answer.StatusCode, data, err)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			p.t.Fatalf("%s: %v", data, err)
		}
	}
}

func TestServeRestart(t *testing.T) {
	data := "--data=" + filepath.Join(t.TempDir(), "data")
	p := start(t, data)
	if !strings.HasPrefix(p.url, "http://localhost:") {
		t.Errorf("the address is %q", p.url)
	}
	var entered struct {
		Session string
		Me      chat.Account
	}
	p.do("POST", "/api/v1/session", "", `{"guest":{"name":"A"}}`, &entered)
	var room chat.Head
	p.do("PUT", "/api/v1/open/42", entered.Session, "", &room)
	messages := "/api/v1/rooms/" + strconv.FormatInt(int64(room.ID), 10) + "/messages"
	p.do("POST", messages, entered.Session, `{"text":"still here?"}`, nil)
	socket, _, err := websocket.Dial(t.Context(), p.url+"/chat/42/", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.CloseNow() }()
	p.stop()
	if _, _, err = socket.Read(t.Context()); websocket.CloseStatus(err) != wire.CloseRestart {
		t.Errorf("the stop closed a socket with %v", err)
	}

	p = start(t, data)
	var page wire.Page
	p.do("GET", messages, entered.Session, "", &page)
	if len(page.Rows) != 1 || page.Rows[0].Text != "still here?" || page.Rows[0].By != entered.Me.ID {
		t.Errorf("after the restart: %+v", page)
	}
	p.do("GET", "/readyz", "", "", nil)
	p.stop()
}

func TestServeListensForTheOperator(t *testing.T) {
	p := start(t, "--data="+t.TempDir(), "--admin-listen=127.0.0.1:0", "--url=https://chat.example.com")
	if p.url != "https://chat.example.com" {
		t.Errorf("the address is %q", p.url)
	}
	p.stop()
	if got := p.errs.String(); !strings.Contains(got, "msg=listening ") || !strings.Contains(got, "listening for the operator") {
		t.Errorf("the log says\n%s", got)
	}
}

func TestServeRefuses(t *testing.T) {
	data := t.TempDir()
	first := start(t, "--data="+data)
	for name, args := range map[string][]string{
		"data in use":   {"--data=" + data},
		"store":         {"--data=" + t.TempDir(), "--store=oracle"},
		"url":           {"--data=" + t.TempDir(), "--url=chat.example.com"},
		"origin":        {"--data=" + t.TempDir(), "--origin=*"},
		"rate":          {"--data=" + t.TempDir(), "--rate=-1"},
		"address taken": {"--data=" + t.TempDir(), "--listen=" + strings.TrimPrefix(first.url, "http://")},
		"flag":          {"--data=" + t.TempDir(), "--nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.Command(program, serveArgs(args...)...).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() <= 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	first.stop()
}

func TestServeByEnvironment(t *testing.T) {
	t.Setenv("PARLEY_DATA", t.TempDir())
	t.Setenv("PARLEY_GUESTS", "false")
	t.Setenv("PARLEY_ORIGIN", "https://a.example,https://b.example")
	p := start(t)
	answer, err := http.Post(p.url+"/api/v1/session", "application/json", strings.NewReader(`{"guest":{"name":"A"}}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a guest came in: %d", answer.StatusCode)
	}
	p.stop()
}
