package html

import (
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// TestElements draws elements as the UI does: methods for what all elements
// have, Attr for the rest.
func TestElements(t *testing.T) {
	for _, c := range []struct {
		element app.HTMLElem
		want    string
	}{
		{Div(), "<div></div>"},
		{A().Attr("href", "/settings").Body(B().Text("Anna")), "<a href=\"/settings\">\n  <b>Anna</b>\n</a>"},
		{Button().Attr("disabled", true), "<button disabled></button>"},
		{Textarea().Attr("rows", 2), `<textarea rows="2"></textarea>`},
	} {
		if got := app.HTMLString(c.element); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
