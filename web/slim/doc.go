// Command slim copies a WebAssembly program of Go without what only a debugger
// would read.
//
//	go run ./web/slim .cache/app.wasm web/app.wasm
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
package main
