package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// newest is the last Emoji version that goes into the table: that of September
// 2022, which systems of the years since draw. What is newer would be an empty
// box for many who read it.
const newest = 15.0

// longest is how many bytes a reaction may have, by the protocol.
const longest = 32

// components is the group of what emoji are made of: bare skin tones and hair.
const components = 2

// tone is the skin tone that stands for all five in the data.
const tone = "\U0001F3FB"

// entry is an emoji of the package's data.json.
type entry struct {
	Hexcode string   `json:"hexcode"`
	Emoji   string   `json:"emoji"`
	Label   string   `json:"label"`
	Tags    []string `json:"tags"`
	Group   *int     `json:"group"` // nil for what is no emoji by itself
	Order   int      `json:"order"`
	Type    int      `json:"type"` // 1: drawn as an emoji without a variation selector
	Version float64  `json:"version"`
	Skins   []struct {
		Emoji string          `json:"emoji"`
		Tone  json.RawMessage `json:"tone"` // a number, or one for each person
	} `json:"skins"`
}

// read makes the table from the package in dir.
func read(dir string) ([]byte, error) {
	var about struct{ Name, Version string }
	if err := load(dir, "package.json", &about); err != nil {
		return nil, err
	}
	if about.Name != source || about.Version != version {
		return nil, fmt.Errorf("%s holds %s %s instead of %s %s", dir, about.Name, about.Version, source, version)
	}
	license, err := os.ReadFile(filepath.Join(dir, "LICENSE"))
	if err != nil {
		return nil, err
	}
	var english, chinese []entry
	if err := load(dir, "en/data.json", &english); err != nil {
		return nil, err
	}
	if err := load(dir, "zh/data.json", &chinese); err != nil {
		return nil, err
	}
	var meta struct {
		Groups map[int]string `json:"groups"`
	}
	if err := load(dir, "meta/groups.json", &meta); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	head(&b, string(license))
	if err := table(&b, english, chinese, meta.Groups); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func load(dir, name string, into any) error {
	content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// head writes where the table comes from, and on what terms.
func head(b *bytes.Buffer, license string) {
	fmt.Fprintf(b, "# Made by go generate ./web from %s %s: do not edit.\n#\n", source, version)
	b.WriteString("# Names and words come from Unicode CLDR, Copyright Unicode, Inc., under the\n" +
		"# Unicode License V3 (https://www.unicode.org/license.txt), through that package:\n#\n")
	for line := range strings.Lines(strings.TrimSpace(license)) {
		b.WriteString(strings.TrimRightFunc("# "+line, unicode.IsSpace) + "\n")
	}
}

// table writes the groups and what is in them, in their order.
func table(b *bytes.Buffer, english, chinese []entry, groups map[int]string) error {
	named := map[string]entry{}
	for _, e := range chinese {
		named[e.Hexcode] = e
	}
	english = slices.DeleteFunc(english, func(e entry) bool {
		return e.Group == nil || *e.Group == components || e.Version > newest
	})
	slices.SortFunc(english, func(a, b entry) int {
		return cmp.Or(cmp.Compare(*a.Group, *b.Group), cmp.Compare(a.Order, b.Order))
	})
	group := -1
	for _, e := range english {
		zh, found := named[e.Hexcode]
		if !found || zh.Label == "" {
			return fmt.Errorf("%s (%s) has no Chinese name", e.Emoji, e.Label)
		}
		if *e.Group != group {
			group = *e.Group
			if groups[group] == "" {
				return fmt.Errorf("group %d has no name", group)
			}
			fmt.Fprintf(b, "= %s\n", groups[group])
		}
		fields := []string{plain(e), toned(e), e.Label, words(e), zh.Label, parts(zh)}
		if strings.ContainsAny(strings.Join(fields, ""), "\t\n") {
			return fmt.Errorf("%s (%s) holds a tab or a line break", e.Emoji, e.Label)
		}
		b.WriteString(strings.TrimRight(strings.Join(fields, "\t"), "\t") + "\n")
	}
	return nil
}

// plain is the emoji as others write it too: the data ends every emoji that has
// a text form with a variation selector, also where it needs none, and the same
// reaction would be two.
func plain(e entry) string {
	if e.Type == 1 && strings.Count(e.Emoji, "") == 3 { // two code points
		return strings.TrimSuffix(e.Emoji, "\ufe0f")
	}
	return e.Emoji
}

// toned is the emoji with ~ where its skin tone goes. What would be too long
// for a reaction then (two people who kiss) has none.
func toned(e entry) string {
	for _, skin := range e.Skins {
		if t := string(skin.Tone); t != "1" && t != "[1]" {
			continue
		}
		if len(skin.Emoji) > longest {
			return ""
		}
		return strings.ReplaceAll(skin.Emoji, tone, "~")
	}
	return ""
}

// words are the English tags. The picker finds a word by its beginning, so what
// another word begins with says nothing more.
func words(e entry) string {
	all := strings.Fields(strings.ToLower(strings.Join(e.Tags, " ")))
	name := strings.FieldsFunc(strings.ToLower(e.Label), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return fewer(all, name, strings.HasPrefix)
}

// parts are the Chinese tags, which the picker finds by any part of them.
func parts(e entry) string {
	return fewer(e.Tags, []string{e.Label}, strings.Contains)
}

// fewer leaves out of all what another of it, or of also, holds.
func fewer(all, also []string, holds func(word, part string) bool) string {
	slices.Sort(all)
	all = slices.Compact(all)
	var kept []string
	for _, one := range all {
		if slices.ContainsFunc(also, func(word string) bool { return holds(word, one) }) ||
			slices.ContainsFunc(all, func(word string) bool { return word != one && holds(word, one) }) {
			continue
		}
		kept = append(kept, one)
	}
	return strings.Join(kept, " ")
}
