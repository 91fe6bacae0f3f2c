package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// files is a package of four emoji: one whose variation selector is needed, one
// whose is not, one too long with a tone, and one that is too new.
var files = map[string]string{
	"package.json":     `{"name":"emojibase-data","version":"` + version + `"}`,
	"LICENSE":          "MIT License\n\nCopyright somebody\n",
	"meta/groups.json": `{"groups":{"1":"people-body","5":"travel-places"}}`,
	"en/data.json": `[
		{"hexcode":"1F694","emoji":"🚔️","label":"oncoming police car","tags":["police","cars","car"],"group":5,"order":9,"type":1,"version":0.7},
		{"hexcode":"261D","emoji":"☝️","label":"index pointing up","tags":["finger","point"],"group":1,"order":2,"type":0,"version":0.6,
			"skins":[{"emoji":"☝🏻","tone":1},{"emoji":"☝🏼","tone":2}]},
		{"hexcode":"1F469-200D-2764-FE0F-200D-1F48B-200D-1F469","emoji":"👩‍❤️‍💋‍👩","label":"kiss: woman, woman","tags":["love"],"group":1,"order":3,"type":1,"version":2,
			"skins":[{"emoji":"👩🏻‍❤️‍💋‍👩🏻","tone":1}]},
		{"hexcode":"1FAC6","emoji":"🫆","label":"fingerprint","tags":["clue"],"group":1,"order":4,"type":1,"version":16},
		{"hexcode":"1F3FB","emoji":"🏻","label":"light skin tone","group":2,"order":1,"type":1,"version":1},
		{"hexcode":"1F1E6","emoji":"🇦","label":"regional indicator A","type":1,"version":0}]`,
	"zh/data.json": `[
		{"hexcode":"1F694","label":"迎面驶来的警车","tags":["警车","汽车","车"]},
		{"hexcode":"261D","label":"食指向上指","tags":["手"]},
		{"hexcode":"1F469-200D-2764-FE0F-200D-1F48B-200D-1F469","label":"亲吻","tags":["爱"]}]`,
}

// unpack writes the package, with some of its files changed.
func unpack(t *testing.T, changed map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if c, ok := changed[name]; ok {
			content = c
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTable(t *testing.T) {
	out := filepath.Join(t.TempDir(), "emoji.txt")
	if err := os.WriteFile(out+".br", []byte("of the last one"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(unpack(t, nil), out); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(out + ".br"); !os.IsNotExist(err) {
		t.Errorf("the compressed form of the last table is still there: %v", err)
	}
	head, rest, _ := strings.Cut(string(content), "=")
	for _, word := range []string{"emojibase-data " + version, "Copyright somebody", "Unicode License"} {
		if !strings.Contains(head, word) {
			t.Errorf("no %q in\n%s", word, head)
		}
	}
	want := strings.Join([]string{
		" people-body",
		"☝️\t☝~\tindex pointing up\tfinger\t食指向上指\t手",
		"👩‍❤️‍💋‍👩\t\tkiss: woman, woman\tlove\t亲吻\t爱",
		"= travel-places",
		"🚔\t\toncoming police car\tcars\t迎面驶来的警车\t汽车",
	}, "\n") + "\n"
	if rest != want {
		t.Errorf("got\n%q, want\n%q", rest, want)
	}
}

func TestRefused(t *testing.T) {
	for name, changed := range map[string]map[string]string{
		"another version": {"package.json": `{"name":"emojibase-data","version":"1.0.0"}`},
		"no Chinese":      {"zh/data.json": `[]`},
		"no group":        {"meta/groups.json": `{}`},
		"no JSON":         {"en/data.json": `<`},
	} {
		out := filepath.Join(t.TempDir(), "emoji.txt")
		if err := run(unpack(t, changed), out); err == nil {
			t.Errorf("%s: no error", name)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a table was written", name)
		}
	}
}
