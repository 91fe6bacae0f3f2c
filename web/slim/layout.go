package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
)

// layouts are the runtime's declarations that tables.go was written for, as
// fields and types.
var layouts = []struct{ file, name, fields string }{
	{"symtab.go", "pcHeader", "magic abi.PCLnTabMagic, pad1 uint8, pad2 uint8, minLC uint8, ptrSize uint8, nfunc int, nfiles uint, _ uintptr, funcnameOffset uintptr, cuOffset uintptr, filetabOffset uintptr, pctabOffset uintptr, pclnOffset uintptr"},
	{"symtab.go", "functab", "entryoff uint32, funcoff uint32"},
	{"symtab.go", "findfuncbucket", "idx uint32, subbuckets [16]byte"},
	{"symtab.go", "moduledata", "sys.NotInHeap, pcHeader *pcHeader, funcnametab []byte, cutab []uint32, filetab []byte, pctab []byte, pclntable []byte, ftab []functab, findfunctab uintptr, minpc uintptr, maxpc uintptr, "},
	{"runtime2.go", "_func", "sys.NotInHeap, entryOff uint32, nameOff int32, args int32, deferreturn uint32, pcsp uint32, pcfile uint32, pcln uint32, npcdata uint32, cuOffset uint32, startLine int32, funcID abi.FuncID, flag abi.FuncFlag, _ [1]byte, nfuncdata uint8"},
}

// known says if the toolchain's runtime declares something else: its tables may
// then lie elsewhere.
func known() error {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	for _, l := range layouts {
		fields, err := declared(filepath.Join(strings.TrimSpace(string(out)), "src", "runtime", l.file), l.name)
		if err != nil {
			return err
		}
		if fields != l.fields && !(strings.HasSuffix(l.fields, ", ") && strings.HasPrefix(fields, l.fields)) {
			return fmt.Errorf("this version of Go has another runtime.%s", l.name)
		}
	}
	return nil
}

// declared returns the fields of a struct that a file declares.
func declared(file, name string) (string, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	var fields []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name {
			return true
		}
		s, ok := spec.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, field := range s.Fields.List {
			var t strings.Builder
			// Writing to a builder does not fail.
			_ = printer.Fprint(&t, set, field.Type)
			if len(field.Names) == 0 {
				fields = append(fields, t.String())
			}
			for _, n := range field.Names {
				fields = append(fields, n.Name+" "+t.String())
			}
		}
		return false
	})
	if fields == nil {
		return "", fmt.Errorf("%s declares no struct %s", file, name)
	}
	return strings.Join(fields, ", "), nil
}
