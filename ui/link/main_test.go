package link

import (
	"testing"

	"go.uber.org/goleak"
)

// In WebAssembly the runtime itself has a goroutine for JavaScript's calls.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("runtime.handleEvent"))
}
