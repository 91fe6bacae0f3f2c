package ui

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
	"parley/shared/replica"
	"parley/ui/api"
	"parley/ui/link"
	"parley/ui/locale"
)

// phase says whether somebody is signed in.
type phase int

const (
	starting phase = iota // not known yet: the server is being asked
	outside               // nobody is
	inside                // m.me is
)

// revs number what the parts of the screen show. A part is drawn again when
// its number has grown.
type revs struct {
	list   int // rooms and their previews
	talk   int // the open conversation
	rows   int // its messages: what the replica has of it
	people int // names and presence
	status int // connection, update, account
	prefs  int // language, theme, keys
	dialog int
}

// model is everything that the screen is a view of. It belongs to the UI
// goroutine.
type model struct {
	L     *locale.Locale
	ctx   app.Context // the shell's, from its mount on
	ready bool        // ctx is set
	now   func() chat.Time
	api   *api.Client

	revs     revs
	prefs    prefs
	phase    phase
	welcomed bool // the server has told what there is
	me       chat.Account
	note     string // why one is outside, for the gate

	rep    *replica.Replica
	link   *link.Link
	conn   link.Status
	banner banner
	title  string // of the window
	disk   keeping
	ending sync.Mutex // a sign-out is being ended, see endLeaving
	tick   *time.Timer
	tickAt chat.Time

	files   filing
	player  player
	rec     recording
	gallery shownPicture

	place    place
	talk     talkState
	goal     goal                 // where the room that is being opened is to be shown
	entering map[string]bool      // open rooms being entered
	missing  map[string]chat.Code // open rooms that cannot be, and why
	drafts   map[chat.RoomID]draft
	again    map[chat.Key]string // own texts that were recalled on this screen
	emoji    *emojiTable         // nil until the picker was open

	here     []chat.User // people that one may write to, for empty lists
	found    search
	dialog   dialog
	toast    toast
	busy     bool // a dialog's or form's request is on its way
	fault    string
	waiting  bool      // a new version waits
	updating bool      // it is taking over
	devices  devices   // where one is signed in
	notify   notifying // how one is told of what is new
	checked  chat.Time // when a new version was last asked for
	holding  bool      // the session is being exchanged: what the link says of its end does not count
}

// talkState is what is true of the open conversation on this screen only.
type talkState struct {
	room    chat.RoomID
	began   bool            // divider and upto are set,
	early   bool            // before there was a connection, see beginTalk
	divider chat.Seq        // the first unread row when it was opened; 0: none
	upto    chat.Seq        // the newest row when it was opened: later ones slide in
	shown   chat.Seq        // the row that a jump highlights
	want    chat.Seq        // the row that a jump leads to, once it is drawn
	folded  map[int]float64 // chunks far from what is in sight, and their heights
	folds   int             // counts the changes of folded
	unread  int             // what was unread when it was opened
	sent    int             // own sends: each scrolls to the bottom
	latest  bool            // the newest row is in sight, or would be if somebody looked,
	seeing  bool            // and somebody does, see attend
	members []chat.Member
	pins    pinned
	menu    bool                      // the room's menu is open
	quoting bool                      // the row that a message replies to is being asked for
	chosen  map[string]chat.AccountID // who was meant where several have a name
	mention chat.Seq                  // the unread row that mentions me, until it was in sight
	met     chat.AccountID            // who spoke last when members was last looked at
}

func newModel() *model {
	return &model{
		L:        locale.New("", locale.Browser()),
		now:      func() chat.Time { return chat.Time(time.Now().UnixMilli()) },
		api:      api.New(""),
		entering: map[string]bool{},
		missing:  map[string]chat.Code{},
		drafts:   map[chat.RoomID]draft{},
	}
}

// attach is called once, when the shell is mounted.
func (m *model) attach(ctx app.Context) {
	m.ctx, m.ready = ctx, true
	m.loadPrefs()
	m.listen(app.Window(), "online", func(app.Value) { m.wake() })
	m.listen(app.Window(), "focus", func(app.Value) { m.wake() })
	m.listen(document(), "visibilitychange", func(app.Value) { m.wake() })
	m.watchEnd()
	m.watchPictures()
	m.listen(document(), "pointerup", func(e app.Value) { m.released(touched(e)) })
	m.watchView()
	m.watchUpdates()
	m.watchNotify()
	m.keepLooking()
	m.begin()
}

// later runs f on the UI goroutine and has the shell look what changed. It may
// be called from anywhere.
func (m *model) later(f func()) {
	m.ctx.Dispatch(func(app.Context) { f() })
}

// drawn runs f once what has changed is on the screen. The context of an event
// would not do: go-app drops what an element that has gone in the meantime
// asked for, and a menu is gone by then.
func (m *model) drawn(f func()) {
	if m.ready {
		m.ctx.Defer(func(app.Context) { f() })
	}
}

// after is later, when d has passed. Without a page, as in a native test, there
// is no later.
func (m *model) after(d time.Duration, f func()) {
	if m.ready {
		time.AfterFunc(d, func() { m.later(f) })
	}
}

// ask runs a request beside the UI goroutine, and then on it.
func ask[T any](m *model, call func(context.Context) (T, error), then func(T, error)) {
	m.ctx.Async(func() {
		ctx, cancel := context.WithTimeout(m.ctx, 20*time.Second)
		defer cancel()
		answer, err := call(ctx)
		m.later(func() { then(answer, err) })
	})
}

// wake is called when things may have become better: the network is back, or
// somebody looks at the page again.
func (m *model) wake() {
	if m.link != nil {
		m.link.Wake()
	}
	if !watched() {
		m.updateUnseen()
		return
	}
	m.revs.talk++ // what is in sight is now read
	if now := m.now(); now-m.checked > checkEvery {
		m.checked = now
		app.TryUpdate()
	}
}

// checkEvery is how often a page that is looked at again asks for a new
// version.
const checkEvery = 10 * 60 * 1000 // ms

// newKey makes the key of an operation.
func (m *model) newKey() chat.Key {
	var random [10]byte
	_, _ = rand.Read(random[:]) // does not fail, by its contract
	return chat.KeyV7(m.now(), random)
}

// user is a person as far as they are known.
func (m *model) user(id chat.AccountID) chat.User {
	if m.rep != nil {
		if u, ok := m.rep.User(id); ok {
			return u
		}
	}
	return chat.User{ID: id, Name: m.L.T(locale.Unknown)}
}
