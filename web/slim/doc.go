// Command slim copies a WebAssembly program of Go without what only a debugger
// would read, and with its functions written shorter.
//
//	go run ./web/slim .cache/app.wasm web/app.wasm
//
// # Tables
//
// The linker's -s and -w leave out symbols and DWARF, but not the tables from
// which the runtime names functions, files and lines when it prints a stack.
// They are a fourteenth of what goes over the line, since offsets into tables
// are what brotli packs worst. This command keeps the names of functions and
// drops, in place,
//
//   - which line and file an instruction comes from: a stack that is printed
//     shows "?:0" and how far into the function it is, and runtime.Caller
//     returns no file;
//   - how the arguments of a function are printed;
//   - the type arguments in names, which the runtime prints as [...] anyway;
//   - most of an index by which a function is found faster: it leads to the
//     function or to one of 15 before it, and the runtime looks on from there.
//
// What the garbage collector, growing stacks, panics and deferred calls need is
// left alone. The program that is copied keeps everything: a stack that
// somebody sends is read with it.
//
// How the tables look is a matter between Go's linker and its runtime. This
// command therefore compares the runtime's own declarations, in GOROOT, with
// those it was written for, and checks each offset. If they have changed, it
// copies the program as it is and says so; the program works, and the budget of
// its size (web, TestBudget) says what that costs.
//
// # Data
//
// Go's linker leaves out each run of 8 zeros and begins another segment of data
// behind it, with its place. This command joins the segments: of 1,243,668 bytes
// in brotli that saves 86,800, since a place is packed worse than zeros.
//
// # Functions
//
// Go's functions repeat few forms, but in each there is a number that is nowhere
// else the same: how many blocks to leave, at which point to go on, which
// function this is. Each such number ends what brotli could copy. The rules in
// rewrite.go and jump.go write the same without it. What they save then, one
// after the other:
//
//	17,500  addresses on the stack become offsets (foldStack)
//	46,100  a call that unwinds returns, instead of leaving all blocks (returnHere)
//	50,800  a jump ahead leaves blocks, instead of going through the table at
//	        the head of the function (jumpAhead)
//	 1,200  comparisons that are negated (invert)
//	48,300  the constant that says which function and point it is has its first
//	        half in a local (nameOnce)
//
// Code runs faster too, by a seventh where JSON is decoded, mostly because a jump
// is one.
//
// Each rule is one of WebAssembly alone: by its semantics, both forms do the
// same, in any program. (But foldStack takes it that the stack does not touch
// the end of the 4 GiB that can be addressed.) They are looked for in functions
// of the form that Go gives them, and a function that differs is left as it is,
// so another version of Go may make this command less useful, but not wrong.
// What is in memory does not change: points to resume at, and all that a stack
// is read from, are those of the program that is copied.
package main
