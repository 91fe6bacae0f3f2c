// Command parley-web is the program that runs in the browser, as WebAssembly.
package main

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui"
)

func main() {
	ui.Routes()
	app.RunWhenOnBrowser()
}
