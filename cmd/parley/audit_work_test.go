package main

import (
	"fmt"
	"testing"

	"parley/web/browsertest"
)

// TestAccessibilityOfWork has axe-core look over what opens for work on messages
// and conversations, and for files, in both themes and on a phone.
func TestAccessibilityOfWork(t *testing.T) {
	t.Parallel()
	source := auditor(t)
	for name, o := range map[string]browsertest.Options{
		"light": {Microphone: true},
		"dark":  {Microphone: true, Dark: true, Width: 390, Height: 844, Touch: true, Lang: "zh-CN"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, "--data", t.TempDir())
			anna := arrive(t, server.url, "/", "Anna", o)
			var bo struct{ Session string }
			server.do("POST", "/api/v1/session", "", `{"guest":{"name":"Bo Lin"}}`, &bo)
			var direct, group struct{ ID int64 }
			server.do("PUT", fmt.Sprintf("/api/v1/direct/%d", anna.me()), bo.Session, "", &direct)
			server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", direct.ID), bo.Session, `{"text":"Buy my watches!"}`, nil)
			server.do("POST", "/api/v1/rooms", bo.Session, fmt.Sprintf(`{"name":"Orders","members":[%d]}`, anna.me()), &group)
			server.do("PUT", fmt.Sprintf("/api/v1/rooms/%d/members/%d", group.ID, anna.me()), bo.Session, `{"role":"moderator"}`, nil)
			say := func(text string) {
				server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", group.ID), bo.Session, text, nil)
			}
			say(`{"text":"Who packs the boxes?"}`)
			say(fmt.Sprintf(`{"text":"@Anna, please look","mentions":[%d]}`, anna.me()))
			anna.listed("Orders", ".said .draft")
			anna.audit(source, "mentioned")
			anna.entry("Orders", "[data-do=top]")
			anna.listed("Orders", ".top")
			anna.entry("Orders", "[data-do=mute]")
			anna.Wait(`(() => { document.querySelector("#list .entry a").dispatchEvent(new MouseEvent("contextmenu", {bubbles: true, cancelable: true})); return true })()`)
			anna.focused("#entry-sheet button")
			anna.audit(source, "menu of the list")
			anna.key("Escape", "")
			auditGroupWork(anna, source, server, group.ID)
			anna.Open(fmt.Sprintf("%s/c/%d", server.url, direct.ID))
			anna.sees("Buy my watches!")
			auditFiles(anna, source)
			auditHits(anna, source)
			anna.click("#room-menu")
			anna.click("#room-items [data-do=block]")
			anna.focused("#stay")
			anna.click(".dialog .danger")
			anna.Wait(`document.querySelector(".barred")`)
			anna.audit(source, "blocked")
			anna.WantNoErrors()
		})
	}
}

// auditGroupWork looks at what a moderator has in a group.
func auditGroupWork(anna *person, source string, server *process, group int64) {
	anna.Open(fmt.Sprintf("%s/c/%d", server.url, group))
	anna.sees("please look")
	anna.act("please look", ".quick button")
	anna.bubble("please look", ".chip")
	anna.act("Who packs", "[data-do=pin]")
	anna.act("please look", "[data-do=pin]")
	anna.Wait(`document.querySelector("#pins")`)
	anna.act("please look", "[data-do=report]")
	anna.focused(".dialog input[type=radio]")
	anna.audit(source, "report")
	anna.click(".dialog .danger")
	anna.Wait(`document.querySelector("#review")`)
	anna.focused(".msg") // the dialog has closed, and takes the keyboard no more
	anna.fill("#text", "@")
	anna.Wait(`document.querySelector("#calls [role=option]")`)
	anna.audit(source, "members to mention")
	anna.key("Escape", "")
	anna.click("#review")
	anna.Wait(`document.querySelector(".cards .why")`)
	anna.audit(source, "reports")
	anna.key("Escape", "")
	anna.click("#pins")
	anna.Wait(`document.querySelector(".cards .card-row")`)
	anna.audit(source, "pinned messages")
	anna.key("Escape", "")
	anna.act("please look", "[data-do=names]")
	anna.focused("#sheet .names")
	anna.audit(source, "names")
	anna.key("Escape", "")
	anna.act("please look", "[data-do=forward]")
	anna.focused("#find-rooms")
	anna.Wait(`document.querySelector("#targets [data-room]")`)
	anna.audit(source, "forward")
	anna.key("Escape", "")
}

// auditFiles looks at files on their way and in messages, at the gallery, and at
// a voice message while it is recorded and when it is there to be played.
func auditFiles(anna *person, source string) {
	anna.paste(painted("roof.png", 900, 600), text("offer.pdf", "seven"))
	anna.audit(source, "tray")
	anna.fill("#text", "The roof, and what it costs")
	anna.click(".write .go:not([hidden])")
	anna.Wait(`document.querySelector(".msg.me[data-seq] .pic img").naturalWidth > 0`)
	anna.click("#mic:not([hidden])")
	anna.Wait(`document.querySelector("#rec-time").textContent === "0:02"`)
	anna.audit(source, "recording")
	anna.click("#rec-send")
	anna.Wait(`document.querySelector(".msg.me[data-seq] .voice")`)
	anna.audit(source, "files")
	anna.click("[role=log] .pic")
	anna.Wait(`document.querySelector(".gallery img:last-child").naturalWidth === 900`)
	anna.audit(source, "gallery")
	anna.key("Escape", "")
	anna.Wait(`!document.querySelector(".gallery")`)
}

// auditHits looks at what a search in one conversation finds.
func auditHits(anna *person, source string) {
	anna.click("#room-menu")
	anna.click("#room-items [data-do=search]")
	anna.Wait(`document.querySelector(".scope")`)
	anna.fill("#search", "watches")
	anna.Wait(`document.querySelector(".hit mark")`)
	anna.audit(source, "hits in a conversation")
	anna.click(".hit")
	anna.Wait(`document.querySelector(".msg.shown")`)
	anna.audit(source, "a hit in its place")
	anna.click(".scope button")
	anna.Wait(`!document.querySelector(".scope")`)
}
