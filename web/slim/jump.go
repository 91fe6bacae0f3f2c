package main

// A dispatch is the head of a function that can be entered, or entered again,
// at several points:
//
//	loop, block, block, block, local.get resumeAt, br_table 0 0 1 2, end
//
// What the table says of a point is which block ends there.
type dispatch struct {
	start int     // where the loop is in the list
	code  int     // where the code begins
	depth int     // of the loop, from 1
	open  int     // blocks in it
	table []int64 // the block of each point, 0 the innermost
}

// dispatch finds the head of a function. It finds none where jumping ahead
// without telling resumeAt could be seen by other code.
func (f *function) dispatch() (d dispatch, found bool) {
	d.start = 2
	d.depth = 1
	if f.match(d.start, opBlock, opLoop) {
		d.start++
		d.depth++
	}
	if f.at(d.start).op != opLoop {
		return d, false
	}
	i := d.start + 1
	for ; f.at(i).is(opBlock, void); i++ {
		d.open++
	}
	if !f.at(i).is(opLocalGet, resumeAt) || f.at(i+1).op != opBrTable {
		return d, false
	}
	d.table = f.list[i+1].imm[1:]
	d.code = i + 2
	return d, f.tellsBefore(d)
}

// tellsBefore tells if resumeAt is only read right after it was set: at the
// head, and where it serves to swap two values.
func (f *function) tellsBefore(d dispatch) bool {
	depth := d.depth + d.open
	for i := d.code; i < len(f.list); i++ {
		n := f.list[i]
		switch {
		case n.opens():
			depth++
		case n.op == opEnd:
			depth--
		case n.is(opLocalGet, resumeAt):
			if !f.at(i-1).is(opI32Const) || !f.at(i-2).is(opLocalSet, resumeAt) {
				return false
			}
		case n.op == opBr && int(n.imm[0]) == depth-d.depth:
			if !f.at(i-1).is(opLocalSet, resumeAt) {
				return false
			}
		case n.op == opBrIf && int(n.imm[0]) == depth-d.depth, n.op == opBrTable:
			return false
		}
	}
	return true
}

// jumpAhead branches directly to a point that lies ahead: to the end of the
// block that the table has for it. Go sets resumeAt and goes through the head,
// with two numbers that are different at each place.
//
//	i32.eqz, if, i32.const POINT, local.set resumeAt, br HEAD, end
//	i32.eqz, br_if BLOCKS
func (f *function) jumpAhead() {
	d, found := f.dispatch()
	if !found {
		return
	}
	depth, open := d.depth+d.open, d.open
	out := append([]instruction{}, f.list[:d.code]...)
	for i := d.code; i < len(f.list); i++ {
		n := f.list[i]
		if n.opens() {
			depth++
		} else if n.op == opEnd {
			depth--
			open = min(open, max(depth-d.depth, 0))
		}
		up, ok := f.ahead(i, d, depth, open)
		switch {
		case !ok:
			out = append(out, n)
		case f.at(i-1).is(opIf, void) && f.at(i+3).op == opEnd:
			out[len(out)-1] = made(opBrIf, up-1)
			depth--
			i += 3
		default:
			out = append(out, made(opBr, up))
			i += 2
		}
	}
	f.list = out
}

// ahead tells by how many blocks a jump that begins at i leads up, if it leads
// to the end of a block that is still open.
func (f *function) ahead(i int, d dispatch, depth, open int) (up int64, ok bool) {
	if !f.match(i, opI32Const, opLocalSet, opBr) || !f.list[i+1].is(opLocalSet, resumeAt) || int(f.list[i+2].imm[0]) != depth-d.depth {
		return 0, false
	}
	point := f.list[i].imm[0]
	if point < 0 || int(point) >= len(d.table) {
		return 0, false
	}
	block := d.open - int(d.table[point]) // 1 the outermost
	if block < 1 || block > open {
		return 0, false
	}
	return int64(depth - d.depth - block), true
}

// nameOnce keeps in a local which function this is. What is pushed before a
// call, so that it can be resumed and shown in a stack, is that and the point;
// Go writes both as one constant, so that no two calls look alike.
//
//	local.get SP, i64.const FUNCTION<<16|POINT, i64.store
//	local.get SP, local.get ownPC, i64.const POINT, i64.or, i64.store
func (f *function) nameOnce() {
	own := firstPC + f.index
	pushes := map[int]bool{}
	for i, n := range f.list {
		if n.op == opI64Const && n.imm[0]>>returnPush == own && f.at(i-2).is(opGlobalSet, globalSP) &&
			f.at(i-1).is(opLocalGet, stackPointer) && f.at(i+1).is(opI64Store, 3, 0) {
			pushes[i] = true
		}
	}
	if len(pushes) == 0 || !f.addLocal() {
		return
	}
	out := append([]instruction{}, f.list[0], f.list[1],
		made(opI64Const, own), made(opI64Const, returnPush), made(opI64Shl), made(opLocalSet, ownPC))
	for i, n := range f.list[2:] {
		switch {
		case pushes[i+2]:
			out = append(out, made(opLocalGet, ownPC), made(opI64Const, n.imm[0]&(1<<returnPush-1)), made(opI64Or))
		case n.op >= opLocalGet && n.op <= opLocalTee && n.imm[0] >= ownPC:
			out = append(out, made(n.op, n.imm[0]+1))
		default:
			out = append(out, n)
		}
	}
	f.list = out
}

// addLocal declares ownPC. Locals are declared in groups of a type, and the
// stack pointer is a group.
func (f *function) addLocal() bool {
	const group = 3 // where the second group begins
	l := f.locals
	switch {
	case l[0] > 0x7e:
		return false
	case l[0] > 1 && len(l) >= group+2 && l[group+1] == i64:
		if l[group] > 0x7e {
			return false
		}
		f.locals = append([]byte{}, l...)
		f.locals[group]++
	default:
		f.locals = append([]byte{l[0] + 1, l[1], l[2], 1, i64}, l[group:]...)
	}
	return true
}
