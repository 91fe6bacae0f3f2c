package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// Every emoji of the table that is served, in every skin tone, is one grapheme:
// the server takes nothing else as a reaction.
func TestGraphemes(t *testing.T) {
	content, err := os.ReadFile("../static/emoji.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "=") {
			continue
		}
		fields := strings.Split(line, "\t")
		forms := []string{fields[0]}
		if fields[1] != "" {
			for _, tone := range []string{"\U0001F3FB", "\U0001F3FC", "\U0001F3FD", "\U0001F3FE", "\U0001F3FF"} {
				forms = append(forms, strings.ReplaceAll(fields[1], "~", tone))
			}
		}
		for _, form := range forms {
			count++
			if n := uniseg.GraphemeClusterCount(form); n != 1 || len(form) > longest {
				t.Errorf("%s is %d graphemes of %d bytes", form, n, len(form))
			}
		}
	}
	if count < 3000 {
		t.Errorf("only %d forms were looked at", count)
	}
}
