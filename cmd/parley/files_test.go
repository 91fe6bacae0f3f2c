package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/shared/chat"
)

// file reads a file as somebody.
func (p *process) file(token, id string) (status int, content string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "GET", p.url+"/api/v1/files/"+id, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

// upload stores a file.
func (p *process) upload(token, name, content string) (f chat.File) {
	p.t.Helper()
	body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n--x--\r\n"
	r, err := http.NewRequestWithContext(p.t.Context(), "POST", p.url+"/api/v1/files", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	p.send(r, token, &f)
	return f
}

// A backup holds the files that its messages tell of, and a restored one serves
// them.
func TestBackupHoldsFiles(t *testing.T) {
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	p := start(t, "--data="+data)
	var entered struct{ Session string }
	p.do("POST", "/api/v1/session", "", `{"guest":{"name":"A"}}`, &entered)
	var room chat.Head
	p.do("PUT", "/api/v1/open/42", entered.Session, "", &room)
	f := p.upload(entered.Session, "a.txt", "kept")
	var row chat.Row
	p.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room.ID), entered.Session, fmt.Sprintf(`{"files":[%q]}`, f.ID), &row)
	if said, code := command(t, "backup", "--data="+data, file); code != 0 || !strings.Contains(said, "With 1 files in "+file+".files") {
		t.Fatalf("%d: %s", code, said)
	}
	p.stop()
	fresh := filepath.Join(t.TempDir(), "data")
	if err := os.Rename(file+".files", file+".lost"); err != nil {
		t.Fatal(err)
	}
	if said, code := command(t, "restore", "--data="+fresh, file); code == 0 || !strings.Contains(said, "--without-files") {
		t.Fatalf("restored without the files: %d: %s", code, said)
	}
	without := filepath.Join(t.TempDir(), "data")
	if said, code := command(t, "restore", "--data="+without, "--without-files", file); code != 0 {
		t.Fatalf("--without-files: %d: %s", code, said)
	}
	if err := os.Rename(file+".lost", file+".files"); err != nil {
		t.Fatal(err)
	}
	if said, code := command(t, "restore", "--data="+fresh, file); code != 0 || !strings.Contains(said, "With 1 files") {
		t.Fatalf("%d: %s", code, said)
	}
	p = start(t, "--data="+fresh)
	if status, content := p.file(entered.Session, f.ID); status != 200 || content != "kept" {
		t.Errorf("restored: %d %s", status, content)
	}
	p.stop()
	p = start(t, "--data="+without)
	if status, _ := p.file(entered.Session, f.ID); status != 404 {
		t.Errorf("lost: %d", status)
	}
	p.stop()
	if said, code := command(t, "backup", "--data="+without, file+"2"); code != 0 || !strings.Contains(said, "1 files were not there") {
		t.Errorf("backup without a file: %d: %s", code, said)
	}
}

// An upload that is cut off leaves nothing, nor does one that a killed process
// was in the midst of.
func TestUploadsCutOff(t *testing.T) {
	data := t.TempDir()
	p := start(t, "--data="+data)
	var entered struct{ Session string }
	p.do("POST", "/api/v1/session", "", `{"guest":{"name":"A"}}`, &entered)
	left := func() []string {
		all, err := filepath.Glob(filepath.Join(data, "files", "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	until := func(what string, want int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for len(left()) != want {
			select {
			case <-tick.C:
			case <-ctx.Done():
				t.Fatalf("%s: %v", what, left())
			}
		}
	}
	half := func() net.Conn {
		conn, err := net.Dial("tcp", strings.Replace(strings.TrimPrefix(p.url, "http://"), "localhost", "127.0.0.1", 1))
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "POST /api/v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"+
			"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n"+
			"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n%s", entered.Session, strings.Repeat("x", 100000))
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	conn := half()
	until("it has begun", 1)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	until("it is cut off", 0)
	conn = half()
	defer func() { _ = conn.Close() }()
	until("another has begun", 1)
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait()
	if len(left()) != 1 {
		t.Fatalf("nothing to be swept: %v", left())
	}
	p = start(t, "--data="+data)
	if len(left()) != 0 {
		t.Errorf("after the next start: %v", left())
	}
	p.stop()
}
