package main

//lint:file-ignore SA1019 the successor has the same API under another path; the choice is the project's

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"nhooyr.io/websocket"

	"parley/shared/chat"
	"parley/web/browsertest"
)

// peer is somebody without a browser, who is there and answers.
type peer struct {
	t       *testing.T
	server  *process
	name    string
	session string
	id      int64
	conn    *websocket.Conn
}

// meet makes somebody.
func meet(t *testing.T, server *process, name string) *peer {
	t.Helper()
	var in struct {
		Session string
		Me      struct{ ID int64 }
	}
	server.do("POST", "/api/v1/session", "", fmt.Sprintf(`{"guest":{"name":%s}}`, js(name)), &in)
	return &peer{t: t, server: server, name: name, session: in.Session, id: in.Me.ID}
}

// comes has the peer be online until it goes, or the test ends.
func (p *peer) comes() {
	p.t.Helper()
	conn, _, err := websocket.Dial(p.t.Context(), strings.Replace(p.server.url, "http", "ws", 1)+"/ws", &websocket.DialOptions{
		Subprotocols: []string{"parley.v1"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + p.session}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	deaf := make(chan struct{})
	go func() {
		defer close(deaf)
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	}()
	p.t.Cleanup(func() {
		cancel()
		_ = conn.CloseNow()
		<-deaf
	})
	p.conn = conn
	p.tells(`{"t":"hello","v":1,"device":"peer"}`)
}

func (p *peer) goes() { _ = p.conn.Close(websocket.StatusNormalClosure, "") }

// tells sends a frame.
func (p *peer) tells(frame string, args ...any) {
	p.t.Helper()
	if err := p.conn.Write(p.t.Context(), websocket.MessageText, fmt.Appendf(nil, frame, args...)); err != nil {
		p.t.Fatal(err)
	}
}

// posts writes into a room, and returns the number of the message.
func (p *peer) posts(room int64, text, more string) int64 {
	p.t.Helper()
	var row struct{ Seq int64 }
	p.server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/messages", room), p.session, fmt.Sprintf(`{"text":%s%s}`, js(text), more), &row)
	return row.Seq
}

// makes makes a group with others in it.
func (p *peer) makes(name string, others ...int64) int64 {
	p.t.Helper()
	var room struct{ ID int64 }
	p.server.do("POST", "/api/v1/rooms", p.session,
		fmt.Sprintf(`{"name":%s,"members":%s}`, js(name), strings.Join(strings.Fields(fmt.Sprint(others)), ",")), &room)
	return room.ID
}

// with is the room of the peer and somebody else.
func (p *peer) with(other int64) int64 {
	p.t.Helper()
	var room struct{ ID int64 }
	p.server.do("PUT", fmt.Sprintf("/api/v1/direct/%d", other), p.session, "", &room)
	return room.ID
}

// stage is a server on which there is one of everything, and who looks at it.
type stage struct {
	*viewer
	bo, lin, cleo, dana, max *peer
	direct, orders           int64
	warehouse, market        int64
	data                     string                 // the server's
	far                      map[string]chat.RoomID // rooms to come back to
}

const (
	longName  = "Maximiliana Freifrau von und zu Hohenstein-Wittelsbach"
	longGroup = "Warehouse 7, night shift and weekend deliveries"
	longFile  = "Quotation 2026-07 steel brackets, galvanised, final.pdf"
)

// typedHere is what people write on the stage, in whatever language.
var typedHere = []string{
	"Anna", "@anna", "Bo", "林小雨", "Cleo", "Dana", longName, longGroup, longFile, "Orders", "广告 Offers", "market", "roof.png", "1.png", "2.png",
	"Hello Anna, this is our list: ", "https://example.org/list?year=2026", "Thanks! Do you deliver to 广州 as well?",
	"Yes, twice a week. The 发票 comes with the goods.", "Then 500 pieces by Friday.", "Sorry, wrong window",
	"The roof, and what it costs", "谁来包装这些箱子？", "I can, on Thursday, if somebody brings the tape.", "Who is for Friday?",
	"Cheap watches at watches.example", "Twice this week", "The address is 12 Long Street, second yard, behind the green door.",
	"价格：每件 12 元，500 件起 11 元。", "please look at the list of what is missing", "周末大减价", "明天我再", "Are you there?",
	"Is this still for sale?", "Buy my watches!", "something new", ", and some more words", "zzzz", "bo", "发票", "手", "friday", "Boxes, tape, labels",
}

// furnished sets the stage.
func furnished(t *testing.T) *stage {
	data := t.TempDir()
	server, writer, ids := longRooms(t, data, map[string]int{"market": 1000, "north": 10, "south": 10, "east": 10, "west": 10})
	anna := arrive(t, server.url, "/r/market", "Anna", browsertest.Options{Microphone: true, Still: true})
	anna.shows(1000)
	me := anna.me()
	s := &stage{
		viewer: &viewer{person: anna, said: typedHere}, market: int64(ids["market"]),
		bo:   &peer{t: t, server: server, name: "Bo", session: writer.Session, id: int64(writer.Me.ID)},
		data: data, far: ids,
		lin: meet(t, server, "林小雨"), cleo: meet(t, server, "Cleo"), dana: meet(t, server, "Dana"), max: meet(t, server, longName),
	}
	delete(s.far, "market")
	for name := range s.far {
		s.Wait(fmt.Sprintf(`fetch("/api/v1/open/%s", {method: "PUT"}).then(r => r.ok)`, name))
		s.said = append(s.said, name)
	}
	for i := range 1000 {
		s.said = append(s.said, fmt.Sprintf("number %d", i+1))
	}
	s.direct, s.orders = s.bo.with(me), s.bo.makes("Orders", me, s.lin.id, s.cleo.id, s.max.id)
	s.warehouse = s.lin.makes(longGroup, me, s.bo.id)
	s.bo.comes()
	s.lin.comes()
	s.max.comes()
	s.cleo.comes()
	s.cleo.posts(s.cleo.with(me), "Is this still for sale?", "")
	s.goTo("Cleo")
	s.say("Are you there?")
	s.Wait(`document.querySelector(".bar .state.here")`)
	s.Wait(`fetch("/api/v1/rooms/" + location.pathname.slice(3)).then(r => r.json()).then(h => h.read === h.seq)`)
	s.cleo.goes() // which is told in a while
	s.talkWithBo()
	s.talkInGroups()
	s.others(me)
	return s
}

// goTo chooses a conversation in the list, also where the list is about to
// change below the finger.
func (v *viewer) goTo(name string) {
	v.t.Helper()
	v.Wait(fmt.Sprintf(`(() => {
		if (document.querySelector(".bar h1 bdi")?.textContent === %[1]s && document.querySelector("#log")) return true;
		[...document.querySelectorAll("#list .room")].find(e => e.querySelector(".name")?.textContent === %[1]s).click();
	})()`, js(name)))
}

// talkWithBo has one of each kind of message said.
func (s *stage) talkWithBo() {
	anna, bo := s.viewer, s.bo
	bo.posts(s.direct, "Hello Anna, this is our list: https://example.org/list?year=2026", "")
	anna.goTo("Bo")
	anna.say("Thanks! Do you deliver to 广州 as well?")
	anna.sent("Thanks! Do you deliver to 广州 as well?")
	bo.posts(s.direct, "Yes, twice a week. The 发票 comes with the goods.", `,"reply":2`)
	anna.say("Then 300 pieces by Friday.")
	anna.sent("Then 300 pieces by Friday.")
	anna.act("Then 300", "[data-do=edit]")
	anna.Wait(`document.querySelector("#text").value === "Then 300 pieces by Friday."`)
	anna.say("Then 500 pieces by Friday.")
	anna.sent("Then 500 pieces by Friday.")
	anna.act("Then 500", ".quick button")
	bo.tells(`{"t":"react","room":%d,"seq":4,"emoji":"🎉","on":true}`, s.direct)
	anna.Wait(`document.querySelectorAll(".chip").length === 2`)
	anna.say("Sorry, wrong window")
	anna.sent("Sorry, wrong window")
	anna.act("Sorry, wrong", "[data-do=recall]")
	anna.Wait(`document.querySelector(".bubble.gone [data-act=again]")`)
	anna.paste(painted("roof.png", 900, 600), text(longFile, "seven"))
	anna.fill("#text", "The roof, and what it costs")
	anna.click(".write .go:not([hidden])")
	anna.Wait(`document.querySelector(".msg.me[data-seq] .pic img").naturalWidth > 0`)
	anna.click("#mic:not([hidden])")
	anna.Wait(`document.querySelector("#rec-time").textContent === "0:02"`) // less is a slip
	anna.click("#rec-send")
	anna.Wait(`document.querySelector(".msg.me[data-seq] .voice rect[height='26']")`)
	bo.posts(s.direct, "👍", "")
	bo.tells(`{"t":"mark","room":%d,"read":99}`, s.direct)
	anna.Wait(`document.querySelectorAll(".tick.read").length >= 4`)
}

// talkInGroups has a group where Anna keeps order, and one where she is called.
func (s *stage) talkInGroups() {
	anna := s.viewer
	s.lin.posts(s.orders, "谁来包装这些箱子？", "")
	s.max.posts(s.orders, "I can, on Thursday, if somebody brings the tape.", "")
	s.bo.server.do("PUT", fmt.Sprintf("/api/v1/rooms/%d/members/%d", s.orders, anna.me()), s.bo.session, `{"role":"moderator"}`, nil)
	anna.goTo("Orders")
	anna.say("Who is for Friday?")
	anna.sent("Who is for Friday?")
	asked := browsertest.Eval[int64](anna.Page, `Number([...document.querySelectorAll(".msg.me[data-seq]")].pop().dataset.seq)`)
	for p, emoji := range map[*peer]string{s.bo: "👍", s.lin: "👍", s.max: "🎉"} {
		p.tells(`{"t":"mark","room":%d,"read":99}`, s.orders)
		p.tells(`{"t":"react","room":%d,"seq":%d,"emoji":"%s","on":true}`, s.orders, asked, emoji)
	}
	spam := s.cleo.posts(s.orders, "Cheap watches at watches.example", "")
	s.bo.server.do("POST", fmt.Sprintf("/api/v1/rooms/%d/reports", s.orders), s.lin.session, fmt.Sprintf(`{"seq":%d,"reason":"spam: Twice this week"}`, spam), nil)
	for _, text := range []string{"The address is 12 Long Street, second yard, behind the green door.", "价格：每件 12 元，500 件起 11 元。"} {
		seq := s.bo.posts(s.orders, text, "")
		s.bo.server.do("PUT", fmt.Sprintf("/api/v1/rooms/%d/pins/%d", s.orders, seq), s.bo.session, "", nil)
	}
	anna.Wait(`document.querySelector("#pins") && document.querySelector("#review")`)
	anna.bubble("Who is for Friday?", ".readers")
	anna.Wait(`document.querySelectorAll(".chip").length === 2`)
}

// others are those with whom there is less to talk about: one is muted, one is
// away, one was begun to be written to, one is blocked, and one has blocked.
func (s *stage) others(me int64) {
	anna := s.viewer
	s.max.posts(s.max.makes("广告 Offers", me), "周末大减价", "")
	anna.entry("广告 Offers", "[data-do=mute]")
	anna.entry("Orders", "[data-do=top]")
	for p, text := range map[*peer]string{s.lin: "Are you there?", s.dana: "Buy my watches!", s.max: "Buy my watches!"} {
		p.posts(p.with(me), text, "")
	}
	anna.goTo("林小雨")
	anna.fill("#text", "明天我再")
	anna.goTo(longName)
	anna.click("#room-menu")
	anna.click("#room-items [data-do=block]")
	anna.focused("#stay")
	anna.click(".dialog .danger")
	anna.Wait(`document.querySelector(".barred")`)
	anna.goTo("Dana")
	anna.sees("Buy my watches!")
	s.dana.server.do("PATCH", fmt.Sprintf("/api/v1/rooms/%d", s.dana.with(me)), s.dana.session, `{"blocked":true}`, nil)
	anna.say("Are you there?")
	anna.Wait(`document.querySelector(".msg.bad .fault")`)
	anna.entry("Cleo", "[data-do=unread]")
}

// joins makes the guest a member, who is signed in elsewhere too.
func (s *stage) joins() {
	s.click(".myself .self")
	s.click(`.settings a[href="/signin"]`)
	s.fill("#username", "anna")
	s.fill("#password", "correct horse")
	s.click("main.gate form button[type=submit]")
	s.Wait(`document.querySelector(".myself .kind").textContent === "@anna"`)
	r, err := http.NewRequestWithContext(s.t.Context(), "POST", s.url+"/api/v1/session", strings.NewReader(`{"login":{"username":"anna","password":"correct horse"}}`))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
	s.bo.server.send(r, "", nil)
}

// slowly lets files trickle to the server, or no longer.
func (p *person) slowly(on bool) {
	p.t.Helper()
	p.Do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		to := network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{}}
		if on {
			to.MatchedNetworkConditions = append(to.MatchedNetworkConditions, &network.Conditions{
				URLPattern: p.url + "/api/v1/files", DownloadThroughput: -1, UploadThroughput: 4000,
			})
		}
		_, err := cdp.Call(ctx, tab, network.EmulateNetworkConditionsByRule, to)
		return err
	}))
}
