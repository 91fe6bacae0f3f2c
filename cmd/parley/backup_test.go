package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

// command runs the program to its end, and returns what it says.
func command(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		code = exit.ExitCode()
	}
	return string(out), code
}

// A backup is made while the server runs, and a restored one is served.
func TestBackupAndRestore(t *testing.T) {
	data, file := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	p := start(t, "--data="+data)
	var entered struct{ Session string }
	p.do("POST", "/api/v1/session", "", `{"guest":{"name":"A"}}`, &entered)
	var room chat.Head
	p.do("PUT", "/api/v1/open/42", entered.Session, "", &room)
	messages := fmt.Sprintf("/api/v1/rooms/%d/messages", room.ID)
	p.do("POST", messages, entered.Session, `{"text":"kept"}`, nil)
	if said, code := command(t, "backup", "--data="+data, file); code != 0 || !strings.Contains(said, "1 rooms with 1 messages") {
		t.Fatalf("%d: %s", code, said)
	}
	p.do("POST", messages, entered.Session, `{"text":"later"}`, nil)
	for what, args := range map[string][]string{
		"does not exist yet":  {"backup", "--data=" + data, file},
		"is --data":           {"backup", "--data=" + t.TempDir(), file + "2"},
		"not a Parley data":   {"restore", "--data=" + filepath.Join(t.TempDir(), "d"), program},
		"stop the server":     {"restore", "--data=" + data, file},
		"no such file":        {"restore", "--data=" + filepath.Join(t.TempDir(), "d"), file + "2"},
		"this release knows":  {"backup", "--store=oracle", file},
		"expected \"<target>": {"backup"},
	} {
		if said, code := command(t, args...); code == 0 || !strings.Contains(said, what) {
			t.Errorf("%v: %d, without %q: %s", args, code, what, said)
		}
	}
	p.stop()
	if said, code := command(t, "restore", "--data="+data, file); code == 0 || !strings.Contains(said, "not empty") || !strings.Contains(said, "move what is there away") {
		t.Errorf("restored over a database: %d: %s", code, said)
	}
	fresh := filepath.Join(t.TempDir(), "data")
	if said, code := command(t, "restore", "--data="+fresh, file); code != 0 || !strings.Contains(said, "epoch is new") {
		t.Fatalf("%d: %s", code, said)
	}
	if err := os.Remove(file); err != nil { // it is not needed any more
		t.Fatal(err)
	}
	p = start(t, "--data="+fresh)
	var page wire.Page
	p.do("GET", messages, entered.Session, "", &page)
	if len(page.Rows) != 1 || page.Rows[0].Text != "kept" {
		t.Errorf("after restoring: %+v", page.Rows)
	}
	p.stop()
}
