package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// code writes instructions, one a word: an operator in hexadecimal and its
// numbers, as in 42:8.
func code(t *testing.T, words string) []instruction {
	t.Helper()
	var list []instruction
	for word := range strings.FieldsSeq(words) {
		var n instruction
		op, numbers, _ := strings.Cut(word, ":")
		if _, err := fmt.Sscanf(op, "%x", &n.op); err != nil {
			t.Fatal(err)
		}
		for number := range strings.SplitSeq(numbers, ",") {
			var v int64
			if _, err := fmt.Sscan(number, &v); err == nil {
				n.imm = append(n.imm, v)
			}
		}
		list = append(list, n)
	}
	return list
}

func words(list []instruction) string {
	var all []string
	for _, n := range list {
		word := fmt.Sprintf("%02x", n.op)
		for i, v := range n.imm {
			word += string(":,"[min(i, 1)]) + fmt.Sprint(v)
		}
		all = append(all, word)
	}
	return strings.Join(all, " ")
}

const (
	begin = "23:0 21:1 "                   // SP in local 1
	block = "02:-64 "                      //
	head  = block + "03:-64 "              // the block around all, and the loop
	two   = block + block + block          // of two points
	enter = "20:0 0e:3,0,1,1,2 0b "        // point 1 ends block 1, and point 3 block 2
	tail  = "0b 00 0b 41:1 0b"             // of the loop, the block around all, the function
	far   = "20:1 ad 42:16 7c a7 "         // the address of SP+16
	push  = "20:1 41:8 6b 22:1 24:0 20:1 " // SP -= 8
)

// TestRules shows what each rule makes of code, and what it leaves alone.
func TestRules(t *testing.T) {
	tests := []struct{ name, rule, from, to string }{
		{"a load", "fold", begin + far + "29:3,8 0b", begin + "20:1 29:3,24 0b"},
		{"a store of what is computed", "fold", begin + far + "20:2 42:1 7c 37:3,0 0b", begin + "20:1 20:2 42:1 7c 37:3,16 0b"},
		{"a store in a store", "fold", begin + far + far + "29:3,0 37:3,0 0b", begin + "20:1 20:1 29:3,16 37:3,16 0b"},
		{"another address", "fold", begin + "20:2 ad 42:16 7c a7 29:3,8 0b", ""},
		{"what is stored", "fold", begin + "20:2 a7 " + far + "36:2,0 0b", ""},
		{"before the stack", "fold", begin + "20:1 ad 42:-16 7c a7 29:3,0 0b", ""},
		{"a call between", "fold", begin + far + "10:7 37:3,0 0b", ""},

		{"less and not", "invert", "20:2 20:3 53 45 0b", "20:2 20:3 59 0b"},
		{"a wider zero", "invert", "20:2 50 ad 50 0b", "20:2 50 45 0b"},
		{"floats have no opposite", "invert", "20:2 20:3 63 45 0b", ""},

		{"after a call", "return", begin + head + "41:0 10:7 0d:1 " + tail, begin + head + "41:0 10:7 04:-64 41:1 0f 0b " + tail},
		{"deeper", "return", begin + head + block + "41:0 10:7 0d:2 0b " + tail, begin + head + block + "41:0 10:7 04:-64 41:1 0f 0b 0b " + tail},
		{"not so far", "return", begin + head + block + "41:0 10:7 0d:1 0b " + tail, ""},
		{"another result", "return", begin + head + "41:0 10:7 0d:1 0b 00 0b 41:2 0b", ""},
		{"another block", "return", begin + block + "0b " + block + "41:0 10:7 0d:0 0b 41:1 0b", ""},

		{"ahead", "jump", begin + head + two + enter + "41:3 21:0 0c:2 0b 0b " + tail, begin + head + two + enter + "0c:1 0b 0b " + tail},
		{"ahead if", "jump", begin + head + two + enter + "20:2 50 04:-64 41:3 21:0 0c:3 0b 0b 0b " + tail, begin + head + two + enter + "20:2 50 0d:1 0b 0b " + tail},
		{"to the first point", "jump", begin + head + two + enter + "41:1 21:0 0c:2 0b 0b " + tail, begin + head + two + enter + "0c:0 0b 0b " + tail},
		{"back", "jump", begin + head + two + enter + "0b 41:0 21:0 0c:1 0b " + tail, ""},
		{"behind another end", "jump", begin + head + two + enter + "0b 04:-64 0b 41:3 21:0 0c:1 0b " + tail, begin + head + two + enter + "0b 04:-64 0b 0c:0 0b " + tail},
		{"to swap values", "jump", begin + head + two + enter + "21:0 41:0 20:0 11:0,0 41:3 21:0 0c:2 0b 0b " + tail, begin + head + two + enter + "21:0 41:0 20:0 11:0,0 0c:1 0b 0b " + tail},
		{"who reads it", "jump", begin + head + two + enter + "41:3 21:0 0c:2 0b 20:0 1a 0b " + tail, ""},
		{"who does not tell", "jump", begin + head + two + enter + "41:3 21:0 0c:2 0b 0c:1 0b " + tail, ""},
		{"no such point", "jump", begin + head + two + enter + "41:4 21:0 0c:2 0b 0b " + tail, ""},

		{"two calls", "name", begin + push + "42:268763142 37:3,0 10:9 20:2 1a " + push + "42:268763143 37:3,0 10:9 0b",
			begin + "42:4101 42:16 86 21:2 " + push + "20:2 42:6 84 37:3,0 10:9 20:3 1a " + push + "20:2 42:7 84 37:3,0 10:9 0b"},
		{"of another function", "name", begin + push + "42:268828678 37:3,0 10:9 0b", ""},
		{"not a call", "name", begin + "20:1 42:268763142 37:3,0 0b", ""},
	}
	for _, test := range tests {
		f := &function{index: 5, locals: []byte{2, 1, i32, 1, i64}, list: code(t, test.from)}
		map[string]func(){
			"fold": f.foldStack, "invert": f.invert, "return": f.returnHere, "jump": f.jumpAhead, "name": f.nameOnce,
		}[test.rule]()
		want := test.to
		if want == "" {
			want = test.from
		}
		if got := words(f.list); got != want {
			t.Errorf("%s, %s: got\n%s\nwant\n%s", test.rule, test.name, got, want)
		}
	}
}

// TestLocals declares one more.
func TestLocals(t *testing.T) {
	for from, to := range map[string]string{
		"\x01\x01\x7f":                 "\x02\x01\x7f\x01\x7e",
		"\x02\x01\x7f\x0a\x7e":         "\x02\x01\x7f\x0b\x7e",
		"\x02\x01\x7f\x03\x7c":         "\x03\x01\x7f\x01\x7e\x03\x7c",
		"\x03\x01\x7f\x0a\x7e\x02\x7d": "\x03\x01\x7f\x0b\x7e\x02\x7d",
		"\x02\x01\x7f\x7f\x7e":         "",
		"\x02\x01\x7f\x80\x01\x7e":     "\x03\x01\x7f\x01\x7e\x80\x01\x7e",
	} {
		f := &function{locals: []byte(from)}
		if f.addLocal() != (to != "") || to != "" && !bytes.Equal(f.locals, []byte(to)) {
			t.Errorf("% x became % x", from, f.locals)
		}
	}
}

// TestDecode reads what it has written, and stops where the code does.
func TestDecode(t *testing.T) {
	list := code(t, "23:0 21:1 02:-64 42:-9007199254740993 41:-1 0e:3,0,200,2,1 28:2,70000 11:0,0 fc 20:300 0b")
	var b []byte
	for _, n := range list {
		if n.op == opPrefix {
			b = append(b, opPrefix, 10, 0, 0) // memory.copy
			continue
		}
		b = n.append(b)
	}
	b = append(b, opF64Const, 1, 2, 3, 4, 5, 6, 7, 8)
	back, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	var again []byte
	for i, n := range back {
		if i < len(list) && n.op != opPrefix && !n.is(list[i].op, list[i].imm...) {
			t.Errorf("%v became %v", list[i], n)
		}
		again = n.append(again)
	}
	if !bytes.Equal(again, b) {
		t.Errorf("% x became % x", b, again)
	}
	for _, broken := range []string{"\x41", "\x42\x80", "\x0e\x02\x00", "\x44\x00", "\xff", "\x28\x02"} {
		if list, err := decode([]byte(broken)); err == nil {
			t.Errorf("% x was read as %v", broken, list)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x23\x00\x21\x01\x02\x40\x0b\x0b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := decode(b)
		if err != nil {
			return
		}
		fn := &function{locals: []byte{2, 1, i32, 1, i64}, list: list}
		var same []byte
		for _, n := range list {
			same = n.append(same)
		}
		if !bytes.Equal(same, b) {
			t.Errorf("% x became % x", b, same)
		}
		if fn.usual() {
			fn.rewrite()
		}
	})
}
