package main

import (
	"encoding/json"
	"testing"

	"parley/shared/chat"
	"parley/shared/wire"
)

func TestScanRows(t *testing.T) {
	key := chat.KeyV7(1, [10]byte{1})
	frame := &wire.Rows{
		Room: 42, From: 8, Upto: 10, More: true,
		Rows: []chat.Row{
			{Seq: 7, N: 6, Rev: 9, Key: key, By: 101, At: 5, Kind: chat.KindText, Text: "plain {[,:]} 货柜"},
			{Seq: 8, N: 7, Rev: 10, Key: key, By: 102, At: 6, Kind: chat.KindText, Text: "x", Reactions: map[string][]chat.AccountID{`"}`: {3}}},
		},
		Users: []chat.User{{ID: 101, Name: `"rows":[{"seq":1`, Kind: chat.KindGuest}},
		Keys:  map[chat.AccountID][]chat.Key{101: {key}},
	}
	data, err := wire.Append(nil, frame)
	if err != nil {
		t.Fatal(err)
	}
	var f rowsFrame
	for range 2 { // the second reuses the first's rows
		if !scanRows(data, &f) || f.room != 42 || f.from != 8 || f.upto != 10 || !f.more || f.reset || len(f.rows) != 2 {
			t.Fatalf("%+v", f)
		}
	}
	for i, row := range f.rows {
		want := frame.Rows[i]
		if row.seq != int64(want.Seq) || row.n != int64(want.N) || row.rev != int64(want.Rev) || row.by != int64(want.By) ||
			string(row.kind) != want.Kind || string(row.key) != key.String() || string(row.text) != want.Text {
			t.Errorf("row %d: %+v", i, row)
		}
	}
	for _, broken := range []string{`{`, `[]`, `{"room":1}`, `{"room":1,"from":0,"upto":1,"rows":[{"seq":1}]}`, `{"room":-1,"from":0,"upto":1,"rows":[]}`} {
		if scanRows([]byte(broken), &f) {
			t.Errorf("%s is taken", broken)
		}
	}
}

// FuzzFields holds the scanner against encoding/json, on what that takes.
func FuzzFields(f *testing.F) {
	f.Add([]byte(` { "a" : [1, {"b":"]}\\\""}, null] , "c":-1.5e3,"d":{}, "e":[] } `))
	f.Add([]byte(`{"":"","x":true}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		valid := json.Unmarshal(data, &want) == nil && want != nil
		got := make(map[string]string)
		ok := fieldsOf(data, func(key, value []byte) bool {
			var name string
			if json.Unmarshal([]byte(`"`+string(key)+`"`), &name) != nil && valid {
				t.Errorf("the key %q of %q", key, data)
			}
			got[name] = string(value)
			if len(value) > 0 && value[0] == '[' {
				itemsOf(value, func([]byte) bool { return true })
			}
			return true
		})
		if !valid {
			return // only that it returns
		}
		if !ok || len(got) != len(want) {
			t.Fatalf("%q: %v, %d fields of %d", data, ok, len(got), len(want))
		}
		for key, value := range want {
			if got[key] != string(value) {
				t.Errorf("%q: the field %q is %q, not %q", data, key, got[key], value)
			}
		}
	})
}
