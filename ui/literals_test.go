package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// source parses the files of a folder, without its tests.
func source(t *testing.T, dir string) (*token.FileSet, []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		t.Fatalf("no files in %s", dir)
	}
	return fset, files
}

// showing are the calls whose arguments people read or hear, by the place of the
// argument: app.Text("…"), Aria("label", "…").
var showing = map[string]int{
	"Text": 0, "Textf": 0, "Title": 0, "Placeholder": 0, "Alt": 0, "Aria": 1, "Attr": 1, "Label": 0, "iconButton": 1,
	"item": 3, "field": 1, "framed": 0, "say": 0,
}

// readOut are the attributes among those of Aria and Attr that are words.
var readOut = []string{"label", "description", "roledescription", "valuetext", "placeholder", "title", "alt"}

// ours are the words that are the same in every language.
var ours = []string{"Parley", "洽谈"}

// literals finds the words that a file shows without asking the catalogue.
func literals(file *ast.File) []*ast.BasicLit {
	var found []*ast.BasicLit
	ast.Inspect(file, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		name := called(call)
		at, shows := showing[name]
		if !shows || at >= len(call.Args) {
			return true
		}
		if (name == "Aria" || name == "Attr") && !slices.Contains(readOut, literal(call.Args[0])) {
			return true
		}
		found = append(found, lettered(call.Args[at])...)
		return true
	})
	return found
}

// lettered are the literals with letters that an argument is put together from.
// What is handed to another function is that one's to show, or a key.
func lettered(e ast.Expr) []*ast.BasicLit {
	switch e := e.(type) {
	case *ast.BasicLit:
		s := strings.TrimFunc(literal(e), func(r rune) bool { return !unicode.IsLetter(r) })
		if s != "" && !slices.Contains(ours, s) {
			return []*ast.BasicLit{e}
		}
	case *ast.BinaryExpr:
		return append(lettered(e.X), lettered(e.Y)...)
	case *ast.ParenExpr:
		return lettered(e.X)
	}
	return nil
}

// called is the name of the function or method.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func literal(e ast.Expr) string {
	if l, is := e.(*ast.BasicLit); is && l.Kind == token.STRING {
		if s, err := strconv.Unquote(l.Value); err == nil {
			return s
		}
	}
	return ""
}

// Every word that is shown comes from the catalogue.
func TestNoLiterals(t *testing.T) {
	fset, files := source(t, ".")
	for _, file := range files {
		for _, l := range literals(file) {
			t.Errorf("%s: %s is not in the catalogue", fset.Position(l.Pos()), l.Value)
		}
	}
}

// The search for literals finds them where they may be.
func TestLiterals(t *testing.T) {
	for code, want := range map[string]int{
		`app.Text("Hello")`:                             1,
		`app.Span().Text("你好")`:                         1,
		`app.Div().Title(name + " is here")`:            1,
		`app.Input().Placeholder("Search")`:             1,
		`app.Div().Aria("label", "Close")`:              1,
		`app.Div().Attr("title", "Close")`:              1,
		`iconButton(iconClose, "Close")`:                1,
		`app.Div().Aria("expanded", "true")`:            0,
		`app.Div().Attr("enterkeyhint", "done")`:        0,
		`app.Text(l.T(locale.Close) + ": " + name)`:     0,
		`app.Text("·")`:                                 0,
		`app.Div().Class("bar").ID("x").Role("dialog")`: 0,
		`app.Text("Parley")`:                            0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar _ = "+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(literals(file)); got != want {
			t.Errorf("%s: %d", code, got)
		}
	}
}

// Every message of the catalogue is shown somewhere.
func TestNoUnusedMessages(t *testing.T) {
	_, catalogue := source(t, "locale")
	defined := map[string]bool{}
	used := map[string]int{}
	for _, file := range catalogue {
		for _, d := range file.Decls {
			g, is := d.(*ast.GenDecl)
			if !is || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				lit, is := v.Values[0].(*ast.CompositeLit)
				if !is {
					continue
				}
				if kind, is := lit.Type.(*ast.Ident); is && (kind.Name == "Text" || kind.Name == "Plural") {
					defined[v.Names[0].Name] = true
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, is := n.(*ast.Ident); is {
				used[id.Name]++ // its own definition is one
			}
			return true
		})
	}
	if len(defined) < 100 {
		t.Fatalf("only %d messages were found", len(defined))
	}
	_, files := source(t, ".")
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			sel, is := n.(*ast.SelectorExpr)
			if !is {
				return true
			}
			if pkg, is := sel.X.(*ast.Ident); is && pkg.Name == "locale" {
				used[sel.Sel.Name] += 2
			}
			return true
		})
	}
	for name := range defined {
		if used[name] < 2 {
			t.Errorf("nobody shows locale.%s", name)
		}
	}
}
