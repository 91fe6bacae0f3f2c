// Command emoji writes static/emoji.txt, the table of the emoji picker, from
// the npm package emojibase-data: which emoji there are, in what order and
// group, and what they are called in English and in Chinese. The table is
// committed; go generate makes it anew after a change of the version here:
//
//	go generate ./web
//
// It fetches the package with npm, or reads one that is unpacked already:
//
//	go run ./web/emoji -from node_modules/emojibase-data web/static/emoji.txt
//
// # The table
//
// Lines that begin with # say where it comes from. A line that begins with =
// names the group of those that follow, by its name in Unicode. Every other
// line is an emoji, its fields parted by tabs: the emoji; the emoji with ~ in
// the places of the skin tone, or nothing if it has none; its name and then
// more words for it in English; the same in Chinese.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The package that the table is made from.
const (
	source  = "emojibase-data"
	version = "17.0.0"
)

func main() {
	from := flag.String("from", "", "folder of the unpacked package, instead of asking npm for it")
	flag.Parse()
	if err := run(*from, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "emoji:", err)
		os.Exit(1)
	}
}

// run writes the table to the file out.
func run(from, out string) error {
	if out == "" {
		return fmt.Errorf("which file is to be written?")
	}
	if from == "" {
		dir, err := os.MkdirTemp("", "emoji")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if from, err = fetch(dir); err != nil {
			return err
		}
	}
	table, err := read(from)
	if err != nil {
		return err
	}
	// What was compressed from the last one is not of this one.
	if err := os.Remove(out + ".br"); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(out, table, 0o644)
}

// fetch unpacks the package into dir, and returns its folder. npm checks what it
// has fetched against the registry's digest; tar is npm's own dependency.
func fetch(dir string) (string, error) {
	pack := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, source+"@"+version)
	pack.Dir = dir
	pack.Stderr = os.Stderr
	file, err := pack.Output()
	if err != nil {
		return "", fmt.Errorf("npm pack %s@%s: %w (npm and a network are needed, or -from)", source, version, err)
	}
	name := filepath.Join(dir, string(bytes.TrimSpace(file)))
	if said, err := exec.Command("tar", "-xzf", name, "-C", dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("unpacking %s: %w: %s", filepath.Base(name), err, strings.TrimSpace(string(said)))
	}
	return filepath.Join(dir, "package"), nil
}
