package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"parley/shared/chat"
)

// TestSurfaces looks at everything that a conversation has to show, on a desk
// and on a phone, in both themes and both languages: nothing is wider than the
// screen, cut, out of reach, too small for a finger or in another language.
// PARLEY_SHOTS=dir keeps the pictures, for people to look at.
func TestSurfaces(t *testing.T) {
	t.Parallel()
	s := furnished(t)
	s.Wait(`document.querySelector("#notify-yes")`)
	s.everywhere(func() {
		s.goTo("market")
		s.look("notification-offer")
		s.settings("guest")
	})
	s.press(".banner .link", "暂不")
	s.joins()
	s.everywhere(func() {
		s.list()
		s.search()
		s.conversation()
		s.composer()
		s.files()
		s.group()
		s.elsewhere()
		s.settings("member")
	})
	s.untilOffline()
	s.WantNoErrors(offlineErrors...)
}

// untilOffline stops the server, and has it come back with more than is loaded
// at once in rooms that were entered.
func (s *stage) untilOffline() {
	s.bo.server.stop()
	s.Wait(`document.querySelector(".banner")`)
	s.goTo("Bo")
	s.fill("#text", "something new")
	s.click(".write .go:not([hidden])")
	s.everywhere(func() {
		s.goTo("Bo")
		s.look("offline")
	})
	for _, room := range s.far {
		fill(s.t, s.data, room, chat.AccountID(s.bo.id), 800)
	}
	again(s.t, s.bo.server, s.data)
	far := slices.Collect(maps.Keys(s.far))
	s.everywhere(func() {
		s.listed(far[0], ".badge")
		s.goTo(far[0])
		far = far[1:]
		s.Wait(`document.querySelector(".jump.unread")`)
		s.look("unread-far")
		s.click(".jump.unread")
		s.Wait(`document.querySelector("#log .new") && !document.querySelector(".jump.unread")`)
		s.look("unread-line")
	})
}

// escape closes what is open.
func (s *stage) escape(what string) {
	s.t.Helper()
	s.key("Escape", "")
	s.Wait(fmt.Sprintf(`!document.querySelector(%s)`, js(what)))
}

// home leaves the conversation.
func (s *stage) home() {
	s.t.Helper()
	s.Wait(`(() => { if (location.pathname !== "/") document.querySelector(".bar .back").click(); return location.pathname === "/" })()`)
}

func (s *stage) scroll(what string, to int) {
	s.t.Helper()
	s.Wait(fmt.Sprintf(`(() => { document.querySelector(%s).scrollTop = %d; return true })()`, js(what), to))
}

// list is the list of conversations, and what opens from it.
func (s *stage) list() {
	s.home()
	for i := range 30 {
		s.bo.posts(s.warehouse, fmt.Sprintf("number %d", i+1), "")
		if i == 24 {
			s.lin.posts(s.warehouse, "@Anna, please look at the list of what is missing", fmt.Sprintf(`,"mentions":[%d]`, s.me()))
		}
	}
	s.max.tells(`{"t":"typing","room":%d}`, s.orders)
	s.Wait(`document.querySelector("#list .typing .dots")`)
	s.listed(longGroup, ".draft")
	s.look("list")
	s.scroll("#list", 1000)
	s.look("list-end")
	s.scroll("#list", 0)
	s.click("#new")
	s.focused("#new-items button")
	s.look("new")
	for i, dialog := range []string{"new-group", "enter-room"} {
		if i > 0 {
			s.click("#new")
		}
		s.click(fmt.Sprintf("#new-items button:nth-of-type(%d)", i+1))
		s.focused("#shade input")
		s.look(dialog)
		s.escape("#shade")
	}
	for name, as := range map[string]string{"Orders": "list-menu", longName: "list-menu-blocked"} {
		s.entryMenu(name)
		s.look(as)
		s.escape("#entry-sheet")
	}
}

func (s *stage) entryMenu(name string) {
	s.t.Helper()
	s.Wait(fmt.Sprintf(`(() => { const el = [...document.querySelectorAll("#list .entry a")].find(e => e.querySelector(".name").textContent === %s);
		el.scrollIntoView({block: "nearest"});
		el.focus();
		el.dispatchEvent(new MouseEvent("contextmenu", {bubbles: true, cancelable: true, button: 0})); return true })()`, js(name)))
	s.focused("#entry-sheet button")
}

// search finds people, rooms and messages, and leads to one of those.
func (s *stage) search() {
	s.fill("#search", "bo")
	s.Wait(`document.querySelector("#list .entry") && document.querySelector("#list [data-room=bo]")`)
	s.look("search-people")
	s.fill("#search", "发票")
	s.hit("发票", "发票")
	s.look("search-messages")
	s.press("#list [data-hit]", "发票")
	s.lit("发票")
	s.look("search-jump")
	s.home()
	s.fill("#search", "zzzz")
	s.Wait(`document.querySelector("#list .none")`)
	s.look("search-nothing")
	s.fill("#search", "")
	s.goTo("Bo")
	s.click("#room-menu")
	s.click("#room-items [data-do=search]")
	s.Wait(`document.querySelector(".scope")`)
	s.fill("#search", "friday")
	s.hit("Then 500", "Friday")
	s.look("search-room")
	s.click(".scope button")
	s.Wait(`!document.querySelector(".scope")`)
}

// conversation is a conversation of two, and what can be done with a message.
func (s *stage) conversation() {
	s.goTo("Bo")
	s.Wait(`document.querySelector(".msg.me[data-seq] .pic img").naturalWidth > 0`)
	s.bo.tells(`{"t":"typing","room":%d}`, s.direct)
	s.Wait(`document.querySelector(".bar .dots")`)
	s.look("direct")
	s.scroll("#log", 0)
	s.look("direct-top")
	s.act("Yes, twice a week", "#sheet .menu")
	s.focused("#sheet button")
	s.look("message-menu")
	s.escape("#sheet")
	s.act("Then 500", "#sheet .menu")
	s.focused("#sheet button")
	s.look("message-menu-own")
	s.click("#sheet [data-do=emojis]")
	s.Wait(`document.querySelectorAll("#emoji .grid button").length > 100`)
	s.look("emoji-react")
	s.escape("#emoji")
	s.act("Yes, twice a week", "#sheet [data-do=reply]")
	s.Wait(`document.querySelector(".about")`)
	s.look("reply")
	s.click(".about .icon")
	s.act("Then 500", "#sheet [data-do=edit]")
	s.Wait(`document.querySelector("#text").value.startsWith("Then 500")`)
	s.look("edit")
	s.click(".about .icon")
	s.Wait(`!document.querySelector(".about")`)
	s.act("Yes, twice a week", "#sheet [data-do=forward]")
	s.Wait(`document.querySelector("#targets [data-room]")`)
	s.click("#targets [data-room]")
	s.Wait(`document.querySelector(".picks button")`)
	s.look("forward")
	s.escape("#shade")
	s.act("Yes, twice a week", "#sheet [data-do=report]")
	s.focused(".dialog input[type=radio]")
	s.look("report")
	s.escape("#shade")
	s.roomMenu("direct-menu")
	s.click("#room-items [data-do=block]")
	s.focused("#stay")
	s.look("block")
	s.escape("#shade")
}

// roomMenu opens the menu of the conversation.
func (s *stage) roomMenu(as string) {
	s.t.Helper()
	s.click("#room-menu")
	s.focused("#room-items button")
	s.look(as)
}

// composer is what is below the messages.
func (s *stage) composer() {
	s.fill("#text", strings.Repeat("something new ", 1160))
	s.Wait(`document.querySelector(".over")`)
	s.look("counter")
	s.fill("#text", strings.Repeat("something new ", 1200))
	s.Wait(`document.querySelector(".over.bad")`)
	s.look("too-long")
	s.fill("#text", "")
	s.click("#smile")
	s.Wait(`document.querySelectorAll("#emoji .grid button").length > 100`)
	s.look("emoji")
	s.click("#emoji-tone")
	s.Wait(`document.querySelector("#emoji .tones")`)
	s.look("emoji-tones")
	s.key("Escape", "")
	s.fill("#emoji-search", "手")
	s.Wait(`document.querySelector("#emoji .grid button")`)
	s.look("emoji-search")
	s.fill("#emoji-search", "zzzz")
	s.Wait(`document.querySelector("#emoji .none")`)
	s.look("emoji-none")
	s.escape("#emoji")
}

// files are pictures, documents and voice messages on their way and after.
func (s *stage) files() {
	s.paste(painted("1.png", 300, 200), text(longFile, "seven"), text("roof.png", "no picture"))
	s.Wait(`document.querySelector(".tray img").naturalWidth > 0`)
	s.look("tray")
	s.Wait(`(() => { const one = document.querySelector(".tray li button"); one?.click(); return !one })()`)
	if s.screen.Touch {
		s.click("#attach")
		s.focused("#attach-items button")
		s.look("attach")
		s.key("Escape", "")
	} else {
		drag := func(event string) {
			s.Wait(fmt.Sprintf(`(async () => { const d = new DataTransfer(); d.items.add(await %s);
				document.querySelector(".log").dispatchEvent(new DragEvent(%s, {dataTransfer: d, bubbles: true, cancelable: true})); return true })()`, text("1.png", ""), js(event)))
		}
		drag("dragover")
		s.Wait(`document.querySelector(".drop")`)
		s.look("drop")
		drag("dragleave")
	}
	s.slowly(true)
	s.paste(painted("2.png", 1200, 800))
	s.click(".write .go:not([hidden])")
	s.Wait(`document.querySelector(".msg .up progress")`)
	s.look("progress")
	s.click(".msg .up [data-act=drop]")
	s.Wait(`!document.querySelector(".msg .up")`)
	s.slowly(false)
	s.click("#mic:not([hidden])")
	s.Wait(`document.querySelector("#rec-time").textContent !== "0:00"`)
	s.look("recording")
	s.click("#rec-drop")
	s.Wait(`!document.querySelector(".rec")`)
	s.click("[role=log] .pic")
	s.Wait(`document.querySelector(".gallery img:last-child").naturalWidth === 900`)
	s.look("lightbox")
	s.escape(".gallery")
}

// group is what a conversation of several has, and what its moderators have.
func (s *stage) group() {
	s.goTo("Orders")
	s.sees("Who is for Friday?")
	s.lin.tells(`{"t":"typing","room":%d}`, s.orders)
	s.Wait(`document.querySelector(".typist .dots")`)
	s.look("group")
	s.roomMenu("group-menu")
	s.click("#room-items [data-do=members]")
	s.Wait(`document.querySelectorAll(".dialog .room").length === 5`)
	s.look("members")
	s.escape("#shade")
	s.fill("#text", "@")
	s.Wait(`document.querySelector("#calls [role=option]")`)
	s.look("mention-list")
	s.fill("#text", "")
	s.act("Who is for Friday?", "[data-do=names]")
	s.focused("#sheet .names")
	s.look("names")
	s.escape("#sheet")
	s.click("#pins")
	s.Wait(`document.querySelectorAll(".cards .card-row").length === 2`)
	s.look("pins")
	s.escape("#shade")
	s.click("#review")
	s.Wait(`document.querySelector(".cards .why")`)
	s.look("reports")
	s.escape("#shade")
	s.act("谁来包装", "#sheet [data-do=report]")
	s.focused(".dialog input[type=radio]")
	s.look("report-group")
	s.escape("#shade")
}

// elsewhere is where one jumps to, and rooms where one cannot write.
func (s *stage) elsewhere() {
	s.goTo(longGroup)
	s.Wait(`document.querySelector(".jump.call")`)
	s.look("jumps")
	s.click(".jump.call")
	s.Wait(`document.activeElement.textContent.includes("please look")`)
	s.look("mentioned")
	s.goTo("market")
	s.Wait(`(() => { document.querySelector("#log").scrollTop = 0; return document.querySelector(".jump:not(.call)") })()`)
	s.bo.posts(s.market, "something new", "")
	s.Wait(`/\d/.test(document.querySelector(".jump:not(.call)").innerText)`)
	s.look("jump-new")
	s.goesTo(func() {
		s.look("date")
		s.click(".dialog footer .plain")
	})
	s.leads(1)
	s.look("far-first")
	s.click(".jump:not(.call)")
	s.Wait(`document.querySelector("#log").textContent.includes("something new")`)
	for name, as := range map[string]string{"Cleo": "last-seen", "Dana": "not-sent", longName: "blocked"} {
		s.goTo(name)
		s.look(as)
	}
	s.home()
	s.entry("Cleo", "[data-do=unread]")
}

// settings are all that one can set, and what one is asked.
func (s *stage) settings(kind string) {
	s.click(".myself .self")
	s.Wait(`document.querySelector(".settings .devices li")`)
	s.scroll(".settings", 0)
	for i := range 3 {
		s.look(fmt.Sprintf("settings-%s-%d", kind, i+1))
		s.scroll(".settings", (i+1)*620)
	}
	s.places(told(1200, 800, 0))
	s.look("crop-" + kind)
	s.escape("#shade")
	s.click("#delete-me")
	s.focused("#shade :is(input, #stay)")
	s.look("delete-" + kind)
	s.escape("#shade")
	s.click(".settings section:nth-child(2) .btn.plain")
	s.focused("#stay")
	s.look("sign-out-" + kind)
	s.escape("#shade")
}
