// Command app is the smallest program that web's tests can put in the place of
// the UI: it says which page it is on.
package main

import "github.com/maxence-charriere/go-app/v10/pkg/app"

type page struct{ app.Compo }

func (p *page) Render() app.UI {
	return app.Main().ID("page").Text(app.Window().URL().Path)
}

func main() {
	app.RouteWithRegexp(".*", func() app.Composer { return &page{} })
	app.RunWhenOnBrowser()
}
