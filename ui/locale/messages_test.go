package locale

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// catalogue reads the table: the forms of each message by its name, the
// Chinese one last.
func catalogue(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string][]string{}
	for _, d := range file.Decls {
		for _, s := range d.(*ast.GenDecl).Specs {
			v := s.(*ast.ValueSpec)
			for _, e := range v.Values[0].(*ast.CompositeLit).Elts {
				text, err := strconv.Unquote(e.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				messages[v.Names[0].Name] = append(messages[v.Names[0].Name], text)
			}
		}
	}
	return messages
}

var place = regexp.MustCompile(`\{([^}]*)\}`)

// places lists what a message has places for, but the number, which English
// may say in words.
func places(text string) []string {
	var found []string
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		if m[1] != "n" {
			found = append(found, m[1])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestCatalogue(t *testing.T) {
	messages := catalogue(t)
	if len(messages) < 100 {
		t.Fatalf("only %d messages were read", len(messages))
	}
	han := regexp.MustCompile(`\p{Han}`)
	for name, forms := range messages {
		for _, form := range forms {
			if strings.TrimSpace(form) == "" || strings.TrimSpace(form) != form {
				t.Errorf("%s: %q is empty or has a space at an end", name, form)
			}
			if !slices.Equal(places(form), places(forms[0])) {
				t.Errorf("%s: %q has other places than %q", name, form, forms[0])
			}
			for i, p := range places(form) {
				if p != strconv.Itoa(i) {
					t.Errorf("%s: %q has no place {%d}, but {%s}", name, form, i, p)
				}
			}
			if strings.Count(form, "{") != len(place.FindAllString(form, -1)) {
				t.Errorf("%s: %q has a place that is not closed", name, form)
			}
		}
		last := forms[len(forms)-1]
		if words := keyNames.Replace(place.ReplaceAllString(forms[0], "")); strings.ContainsFunc(words, letter) && !han.MatchString(last) {
			t.Errorf("%s: %q is not Chinese", name, last)
		}
		if tight.MatchString(last) {
			t.Errorf("%s: %q has no space between Chinese and a place: fill takes it away where it does not belong", name, last)
		}
		if len(forms) == 3 && !strings.Contains(last, "{n}") {
			t.Errorf("%s: %q lacks the number", name, last)
		}
	}
}

// tight finds a place that touches Chinese words.
var tight = regexp.MustCompile(`\p{Han}\{|\}\p{Han}`)

// keyNames takes out the names of keys, which are the same in both languages.
var keyNames = strings.NewReplacer("Ctrl", "", "Cmd", "", "Enter", "", "Shift", "", "Esc", "")

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
