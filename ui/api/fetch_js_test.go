package api

import (
	"strconv"
	"syscall/js"
	"testing"
)

// node is the server of Node, which the tests of the fetch run in: real
// requests through a real fetch.
const node = `(arrived, listening) => {
  const server = require("http").createServer((req, res) => {
    let body = "";
    req.on("data", (d) => (body += d));
    req.on("end", () => {
      switch (req.url) {
        case "/echo":
          res.writeHead(200, { "Content-Type": "application/json" });
          return res.end(JSON.stringify({ method: req.method, type: req.headers["content-type"] ?? "",
            authorization: req.headers.authorization ?? "", body }));
        case "/refuse":
          res.writeHead(429, { "Content-Type": "application/problem+json", "Retry-After": "7" });
          return res.end('{"code":"slow_down"}');
        case "/redirect":
          res.writeHead(302, { Location: "/echo" });
          return res.end();
        case "/cut":
          res.writeHead(200, { "Content-Type": "application/json", "Content-Length": "100" });
          res.write("{");
          return setTimeout(() => res.destroy(), 50);
        case "/hang":
          return arrived();
      }
    });
  });
  server.listen(0, "127.0.0.1", () => listening(server.address().port));
  return server;
}`

func start(t *testing.T) server {
	t.Helper()
	if js.Global().Get("require").IsUndefined() {
		t.Fatal("these tests need Node, for its server")
	}
	arrived := make(chan struct{}, 1)
	ports := make(chan int, 2)
	onArrived := js.FuncOf(func(js.Value, []js.Value) any { arrived <- struct{}{}; return nil })
	onListening := js.FuncOf(func(_ js.Value, args []js.Value) any { ports <- args[0].Int(); return nil })
	create := js.Global().Call("eval", node)
	open, dead := create.Invoke(onArrived, onListening), create.Invoke(onArrived, onListening)
	<-ports
	<-ports
	base := func(s js.Value) string {
		return "http://127.0.0.1:" + strconv.Itoa(s.Call("address").Get("port").Int())
	}
	s := server{base: base(open), arrived: arrived, dead: base(dead)}
	dead.Call("close")
	t.Cleanup(func() {
		open.Call("close")
		open.Call("closeAllConnections")
		onArrived.Release()
		onListening.Release()
	})
	return s
}
