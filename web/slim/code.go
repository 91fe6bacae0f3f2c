package main

import (
	"encoding/binary"
	"errors"
)

// The instructions that are looked for, and the groups that are passed over.
const (
	opUnreachable = 0x00
	opBlock       = 0x02
	opLoop        = 0x03
	opIf          = 0x04
	opEnd         = 0x0b
	opBr          = 0x0c
	opBrIf        = 0x0d
	opBrTable     = 0x0e
	opReturn      = 0x0f
	opCall        = 0x10
	opCallInd     = 0x11
	opDrop        = 0x1a
	opSelect      = 0x1b
	opLocalGet    = 0x20
	opLocalSet    = 0x21
	opLocalTee    = 0x22
	opGlobalGet   = 0x23
	opGlobalSet   = 0x24
	opI32Load     = 0x28
	opI64Load32U  = 0x35
	opI32Store    = 0x36
	opI64Store    = 0x37
	opI64Store32  = 0x3e
	opMemorySize  = 0x3f
	opMemoryGrow  = 0x40
	opI32Const    = 0x41
	opI64Const    = 0x42
	opF32Const    = 0x43
	opF64Const    = 0x44
	opI32Eqz      = 0x45
	opI64Eqz      = 0x50
	opF64Ge       = 0x66
	opI64Add      = 0x7c
	opI64Or       = 0x84
	opI64Shl      = 0x86
	opI32WrapI64  = 0xa7
	opI64Extend32 = 0xad // i64.extend_i32_u
	opLast        = 0xc4 // i64.extend32_s
	opPrefix      = 0xfc // conversions that saturate, and copies of memory

	void = -0x40 // the type of a block without a value
	i32  = 0x7f
	i64  = 0x7e
)

// An instruction is one of WebAssembly, with its numbers. As long as nothing
// has changed it, raw holds its bytes.
type instruction struct {
	op  int
	imm []int64
	raw []byte
}

func made(op int, imm ...int64) instruction { return instruction{op: op, imm: imm} }

// is compares an instruction and as many of its numbers as are given.
func (n instruction) is(op int, imm ...int64) bool {
	if n.op != op || len(imm) > len(n.imm) {
		return false
	}
	for i, v := range imm {
		if n.imm[i] != v {
			return false
		}
	}
	return true
}

// opens tells if a block begins here that an end ends.
func (n instruction) opens() bool { return n.op == opBlock || n.op == opLoop || n.op == opIf }

// append writes the instruction behind b.
func (n instruction) append(b []byte) []byte {
	if n.raw != nil {
		return append(b, n.raw...)
	}
	b = append(b, byte(n.op))
	for _, v := range n.imm {
		if n.signed() {
			b = appendSigned(b, v)
		} else {
			b = binary.AppendUvarint(b, uint64(v))
		}
	}
	return b
}

// signed tells how the instruction's number is written.
func (n instruction) signed() bool { return n.opens() || n.op == opI32Const || n.op == opI64Const }

func appendSigned(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// decode reads the instructions of a function.
func decode(code []byte) ([]instruction, error) {
	var list []instruction
	for r := (&reader{b: code}); r.at < len(code); {
		from := r.at
		n := instruction{op: int(r.byte())}
		if err := n.numbers(r); err != nil {
			return nil, err
		}
		if r.err != nil {
			return nil, r.err
		}
		n.raw = code[from:r.at]
		list = append(list, n)
	}
	return list, nil
}

// numbers reads what follows an instruction's first byte.
func (n *instruction) numbers(r *reader) error {
	unsigned := 0
	switch op := n.op; {
	case n.signed():
		n.imm = []int64{r.signed()}
	case op == opBr, op == opBrIf, op == opCall, op >= opLocalGet && op <= opGlobalSet, op == opMemorySize, op == opMemoryGrow:
		unsigned = 1
	case op == opCallInd, op >= opI32Load && op <= opI64Store32:
		unsigned = 2
	case op == opBrTable:
		n.imm = []int64{int64(r.uint())}
		unsigned = int(n.imm[0]) + 1
	case op == opF32Const:
		r.skip(4)
	case op == opF64Const:
		r.skip(8)
	case op == opPrefix:
		n.imm = []int64{int64(r.uint())}
		unsigned = map[int64]int{8: 2, 9: 1, 10: 2, 11: 1}[n.imm[0]]
	case op <= opReturn, op == opDrop, op == opSelect, op >= opI32Eqz && op <= opLast:
	default:
		return errors.New("an unknown instruction")
	}
	for range unsigned {
		if r.err != nil {
			break
		}
		n.imm = append(n.imm, int64(r.uint()))
	}
	return nil
}

// effect returns how many values an instruction takes from the stack and how
// many it leaves. It is not known where the flow branches or calls.
func (n instruction) effect() (takes, leaves int, known bool) {
	switch op := n.op; {
	case op == opLocalGet, op == opGlobalGet, op == opMemorySize, op >= opI32Const && op <= opF64Const:
		return 0, 1, true
	case op == opLocalSet, op == opGlobalSet, op == opDrop:
		return 1, 0, true
	case op == opLocalTee, op >= opI32Load && op <= opI64Load32U, op == opI32Eqz, op == opI64Eqz,
		op >= 0x67 && op <= 0x69, op >= 0x79 && op <= 0x7b, // clz, ctz, popcnt
		op >= 0x8b && op <= 0x91, op >= 0x99 && op <= 0x9f, // abs to sqrt
		op >= opI32WrapI64 && op <= opLast, // conversions
		op == opPrefix && n.imm[0] < 8:
		return 1, 1, true
	case op >= opI32Store && op <= opI64Store32:
		return 2, 0, true
	case op == opSelect:
		return 3, 1, true
	case op > opI32Eqz && op < opI32WrapI64: // comparisons and arithmetic
		return 2, 1, true
	}
	return 0, 0, false
}
