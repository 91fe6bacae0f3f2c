package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"parley/shared/chat"
)

// TestReports: the operator sees what was reported where there is no moderator,
// while the server runs.
func TestReports(t *testing.T) {
	data := t.TempDir()
	p := start(t, "--data="+data)
	defer p.stop()
	type entered struct {
		Session string
		Me      chat.Account
	}
	var anna, bo entered
	p.do("POST", "/api/v1/session", "", `{"guest":{"name":"Anna"}}`, &anna)
	p.do("POST", "/api/v1/session", "", `{"guest":{"name":"Bo"}}`, &bo)
	if said, code := command(t, "reports", "--data="+data); code != 0 || said != "There are no reports.\n" {
		t.Errorf("%d: %s", code, said)
	}
	var direct, group chat.Head
	p.do("PUT", fmt.Sprintf("/api/v1/direct/%d", bo.Me.ID), anna.Session, "", &direct)
	p.do("POST", "/api/v1/rooms", anna.Session, fmt.Sprintf(`{"name":"deal","members":[%d]}`, bo.Me.ID), &group)
	for _, room := range []chat.RoomID{direct.ID, group.ID} {
		var row chat.Row
		p.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room), bo.Session, `{"text":"\u009bbuy 这个"}`, &row)
		p.do("POST", fmt.Sprintf("/api/v1/rooms/%d/reports", room), anna.Session, fmt.Sprintf(`{"seq":%d,"reason":"spam"}`, row.Seq), nil)
	}
	said, code := command(t, "reports", "--data="+data)
	if code != 0 || strings.Count(said, "reported message") != 1 || !strings.Contains(said, `"Anna"`) || !strings.Contains(said, `"\u009bbuy 这个"`) {
		t.Errorf("%d: %s", code, said)
	}
	if said, code := command(t, "reports", "--data="+data, "--all"); code != 0 || !strings.Contains(said, `the group "deal"`) {
		t.Errorf("%d: %s", code, said)
	}
	said, code = command(t, "reports", "--data="+data, "--all", "--json")
	var list struct {
		Items []struct {
			chat.Report
			Room struct {
				ID   chat.RoomID
				Kind string
			}
			Reporter, Author chat.User
		}
	}
	if err := json.Unmarshal([]byte(said), &list); err != nil || code != 0 || len(list.Items) != 2 {
		t.Fatalf("%d, %v: %s", code, err, said)
	}
	one := list.Items[0]
	if one.Room.ID != direct.ID || one.Room.Kind != chat.KindDirect || one.Row.Seq != 1 || one.Reason != "spam" ||
		one.Reporter.Name != "Anna" || one.Author.Name != "Bo" || one.By != anna.Me.ID {
		t.Errorf("%+v", one)
	}
	if said, code := command(t, "reports", "--data="+t.TempDir()); code == 0 || !strings.Contains(said, "is --data the directory") {
		t.Errorf("%d: %s", code, said)
	}
}
