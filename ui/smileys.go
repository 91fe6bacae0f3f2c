package ui

import (
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/locale"
)

// smileySets are the smileys of the picker, by kind. The first of a kind
// stands for it.
var smileySets = []struct {
	name locale.Text
	all  []string
}{
	{locale.SmileyFaces, strings.Fields(`😀 😃 😄 😁 😆 😅 😂 🤣 🙂 😉 😊 😇 🥰 😍 😘 😋 😛 😜 🤪 🤗 🤭 🤫 🤔 🫡 😐 😏 😒 🙄 😬 😮‍💨 😌 😴 😷 🤒 🤕 🤢 🥵 🥶 😵‍💫 🤯 🤠 🥳 😎 🤓 🧐 😕 🙁 😮 😲 😳 🥺 😢 😭 😱 😖 😣 😓 😩 😤 😡 🤬 💀 💩 👻`)},
	{locale.SmileyPeople, strings.Fields(`👍 👎 👌 ✌️ 🤞 🤝 👏 🙌 🙏 💪 👋 🤙 👈 👉 👆 👇 ☝️ ✋ ✊ 👊 🤦 🤷 🙋 🙇 💁 🙆 🙅 🧑‍💻 👨‍👩‍👧 👀 🧠 💬`)},
	{locale.SmileyHearts, strings.Fields(`❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 💕 💖 💗 💘 💝 💯 ✨ ⭐ 🌟 🔥 💥 🎉 🎊 🎁 🏆 🥇 ✅ ❌ ❓ ❗ ⚠️ 🚫 🆗`)},
	{locale.SmileyNature, strings.Fields(`🌹 🌸 🌻 🌷 🍀 🌿 🌳 🌈 ☀️ 🌤️ ☁️ 🌧️ ⛈️ ❄️ 🌙 🌍 🐶 🐱 🐭 🐰 🦊 🐻 🐼 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐟`)},
	{locale.SmileyFood, strings.Fields(`☕ 🍵 🧋 🍺 🍻 🥂 🍷 🍎 🍊 🍋 🍉 🍇 🍓 🍑 🍍 🥭 🍅 🥑 🌽 🍞 🧀 🍔 🍟 🍕 🍜 🍚 🥟 🍣 🍰 🎂 🍫 🍬`)},
	{locale.SmileyWork, strings.Fields(`📦 🚚 ✈️ 🚢 🏭 🏬 🏠 💼 📎 📌 📄 📊 📈 📉 🧾 💰 💳 💵 💴 💶 🛒 🏷️ 📞 📱 💻 🖨️ 📷 🔧 🔑 🔒 ⏰ 📅`)},
}

// smileys is the picker. Chosen gets what was picked, Closed is called when
// nothing was.
type smileys struct {
	app.Compo
	M      *model
	Chosen func(app.Context, string)
	Closed func(app.Context)
	Prefs  int

	kind int
}

// smileyColumns is how many the grid of app.css has in a row.
const smileyColumns = 8

func (s *smileys) Render() app.UI {
	l := s.M.L
	tabs := make([]app.UI, 0, len(smileySets))
	for i, set := range smileySets {
		tabs = append(tabs, app.Button().Type("button").Role("tab").Title(l.T(set.name)).Aria("label", l.T(set.name)).
			Aria("selected", word(i == s.kind)).DataSet("kind", i).Text(set.all[0]))
	}
	set := smileySets[s.kind]
	grid := make([]app.UI, 0, len(set.all))
	for _, emoji := range set.all {
		grid = append(grid, app.Button().Type("button").Aria("label", emoji).DataSet("emoji", emoji).Text(emoji))
	}
	return app.Div().Class("picker").ID("smileys").Role("group").Aria("label", l.T(locale.Smileys)).
		OnClick(s.onClick).OnKeyDown(s.onKey).Body(
		app.Div().Class("tabs").Role("tablist").Aria("label", l.T(locale.SmileyGroups)).Body(tabs...),
		app.Div().Class("title").Text(l.T(set.name)),
		app.Div().Class("grid").Body(grid...))
}

// OnMount puts the keyboard into the grid.
func (s *smileys) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) { focus(find("smileys", ".grid button")) })
}

func (s *smileys) onClick(ctx app.Context, e app.Event) {
	button := closest(e.Get("target"), "button")
	if !button.Truthy() {
		return
	}
	if emoji := data(button, "emoji"); emoji != "" {
		s.Chosen(ctx, emoji)
		return
	}
	for i := range smileySets {
		if data(button, "kind") == string(rune('0'+i)) {
			s.kind = i
		}
	}
}

func (s *smileys) onKey(ctx app.Context, e app.Event) {
	key := e.Get("key").String()
	if key == "Escape" {
		e.PreventDefault()
		e.Call("stopPropagation")
		s.Closed(ctx)
		return
	}
	ctx.PreventUpdate()
	by := map[string]int{"ArrowRight": 1, "ArrowLeft": -1, "ArrowDown": smileyColumns, "ArrowUp": -smileyColumns}[key]
	now := document().Get("activeElement")
	inside := closest(now, ".grid, .tabs")
	if by == 0 || !inside.Truthy() {
		return
	}
	e.PreventDefault()
	all := inside.Call("querySelectorAll", "button")
	at := app.Window().Get("Array").Get("prototype").Get("indexOf").Call("call", all, now).Int() + by
	if at >= 0 && at < all.Length() {
		all.Index(at).Call("focus")
	}
}

// word writes a truth value for an attribute.
func word(on bool) string {
	if on {
		return "true"
	}
	return "false"
}
