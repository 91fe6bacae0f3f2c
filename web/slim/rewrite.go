package main

// Go's compiler for WebAssembly gives nearly all functions one form: the first
// parameter, a local, says at which of the function's resume points it begins,
// and the next local holds the stack pointer, which is kept in a global.
const (
	resumeAt     = 0
	stackPointer = 1
	ownPC        = 2 // added by nameOnce, which moves what Go has there

	globalSP   = 0
	returnPush = 16 // bits of a program counter below which function it is in
	firstPC    = 0x1000
)

// A function is what is rewritten of one: how its locals are declared, and what
// it does.
type function struct {
	index  int64 // among those of the program, with 0 the first that is not imported
	locals []byte
	list   []instruction
}

// usual tells if a function has the form that the rules below are for.
func (f *function) usual() bool {
	return len(f.list) > 2 && len(f.locals) >= 3 && f.locals[1] == 1 && f.locals[2] == i32 &&
		f.list[0].is(opGlobalGet, globalSP) && f.list[1].is(opLocalSet, stackPointer)
}

// rewrite applies the rules. Each leaves what the function does as it is.
func (f *function) rewrite() {
	f.foldStack()
	f.invert()
	f.returnHere()
	f.jumpAhead()
	f.nameOnce()
}

// at returns an instruction, and one that is nothing outside of the function.
func (f *function) at(i int) instruction {
	if i < 0 || i >= len(f.list) {
		return instruction{op: -1}
	}
	return f.list[i]
}

// match tells if the instructions from i on are such ones.
func (f *function) match(i int, ops ...int) bool {
	for k, op := range ops {
		if f.at(i+k).op != op {
			return false
		}
	}
	return true
}

// foldStack makes the address of a value on the stack an offset of the
// instruction that loads or stores it:
//
//	local.get SP, i64.extend_i32_u, i64.const K, i64.add, i32.wrap_i64, …, i64.store N
//	local.get SP, …, i64.store N+K
//
// SP+K could differ only beyond 4 GiB, which is beyond the stack.
func (f *function) foldStack() {
	const most = 1 << 20
	fold := make([]bool, len(f.list))
	for i := range f.list {
		if !f.match(i, opLocalGet, opI64Extend32, opI64Const, opI64Add, opI32WrapI64) || !f.list[i].is(opLocalGet, stackPointer) {
			continue
		}
		k := f.list[i+2].imm[0]
		user := f.user(i + 5)
		if user < 0 || k < 0 || k > most {
			continue
		}
		n := f.list[user]
		f.list[user] = made(n.op, n.imm[0], n.imm[1]+k)
		for j := i + 1; j <= i+4; j++ {
			fold[j] = true
		}
	}
	kept := f.list[:0]
	for i, n := range f.list {
		if !fold[i] {
			kept = append(kept, n)
		}
	}
	f.list = kept
}

// user returns the load or store whose address is on top of the stack before
// the instruction at i, or -1.
func (f *function) user(i int) int {
	for above := 0; i < len(f.list); i++ {
		takes, leaves, known := f.list[i].effect()
		if !known {
			return -1
		}
		if takes > above {
			op := f.list[i].op
			if above == takes-1 && op >= opI32Load && op <= opI64Store32 {
				return i
			}
			return -1
		}
		above += leaves - takes
	}
	return -1
}

// inverse are the comparisons of integers.
var inverse = map[int]int{
	0x46: 0x47, 0x47: 0x46, // i32: eq, ne
	0x48: 0x4e, 0x4e: 0x48, 0x49: 0x4f, 0x4f: 0x49, // lt, ge, signed and unsigned
	0x4a: 0x4c, 0x4c: 0x4a, 0x4b: 0x4d, 0x4d: 0x4b, // gt, le
	0x51: 0x52, 0x52: 0x51, // i64
	0x53: 0x59, 0x59: 0x53, 0x54: 0x5a, 0x5a: 0x54,
	0x55: 0x57, 0x57: 0x55, 0x56: 0x58, 0x58: 0x56,
}

// invert compares at once the other way where the result is negated.
func (f *function) invert() {
	var out []instruction
	for i := 0; i < len(f.list); i++ {
		n := f.list[i]
		switch op, found := inverse[n.op]; {
		case found && f.at(i+1).op == opI32Eqz:
			n = made(op)
			i++
		case n.op == opI64Extend32 && f.at(i+1).op == opI64Eqz:
			n = made(opI32Eqz)
			i++
		}
		out = append(out, n)
	}
	f.list = out
}

// returnHere returns where a call came back only to unwind. Go branches out of
// a block around everything, behind which 1 is returned: by another number of
// blocks at each call.
func (f *function) returnHere() {
	n := len(f.list)
	if !f.match(n-3, opEnd, opI32Const, opEnd) || !f.at(n-2).is(opI32Const, 1) || !f.at(2).is(opBlock, void) || !f.closes(2, n-3) {
		return
	}
	var out []instruction
	depth := 0
	for _, n := range f.list {
		if n.opens() {
			depth++
		} else if n.op == opEnd {
			depth--
		}
		if depth > 0 && n.is(opBrIf, int64(depth-1)) {
			out = append(out, made(opIf, void), made(opI32Const, 1), made(opReturn), made(opEnd))
			continue
		}
		out = append(out, n)
	}
	f.list = out
}

// closes tells if the block that opens at one instruction ends at another.
func (f *function) closes(from, to int) bool {
	depth := 0
	for i := from; i <= to; i++ {
		if f.list[i].opens() {
			depth++
		} else if f.list[i].op == opEnd {
			depth--
		}
		if depth == 0 {
			return i == to
		}
	}
	return false
}
