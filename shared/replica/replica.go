package replica

import (
	"slices"

	"parley/shared/chat"
	"parley/shared/wire"
)

// Config is what a replica is told once.
type Config struct {
	Device string         // chosen by this device, 1 to 64 bytes, kept
	As     chat.AccountID // whose data this is; 0 takes the first welcome's account
	Token  string         // for pages that can use neither cookie nor header
}

// Replica is what a client holds of one account's rooms. The zero value is not
// usable, see New.
type Replica struct {
	config Config
	now    chat.Time

	me        chat.Account
	former    string // what those are called whose account was deleted
	epoch     string
	skew      chat.Time // the server's clock minus ours, at the last welcome
	mute      bool      // another tab sends the outbox
	open      bool      // a socket is open
	live      bool      // and its welcome has come
	pulling   int       // pulls in flight
	starved   bool      // a room waits for one of them to end
	uploading int       // uploads that run

	rooms    map[chat.RoomID]*room
	all      []*room // the same, in the order of coming
	keys     map[chat.Key]*room
	ended    map[chat.Key]struct{} // entries that were removed here: an old reading does not bring them back
	order    int64                 // the last entry's Order
	users    map[chat.AccountID]chat.User
	presence map[chat.AccountID]Presence

	list      []*Summary // all rooms
	seen      []*Summary // those that are not hidden
	listStale bool

	bounds bounds
	step   stepping
}

// New makes an empty replica.
func New(config Config) *Replica {
	return &Replica{
		config:   config,
		me:       chat.Account{ID: config.As},
		rooms:    map[chat.RoomID]*room{},
		keys:     map[chat.Key]*room{},
		ended:    map[chat.Key]struct{}{},
		users:    map[chat.AccountID]chat.User{},
		presence: map[chat.AccountID]Presence{},
		bounds:   usualBounds,
	}
}

// stepping is what one Step gathers.
type stepping struct {
	out     []Effect
	meta    *SaveMeta
	users   []chat.User
	stored  []*Entry // to save
	saved   []*room  // to save, in order
	stirred []*room  // to be looked at before the step ends, in order
	shown   []*room  // whose timelines changed, in order
	list    bool
	people  bool
	status  bool
}

// Step takes one input and says what is to be done.
func (r *Replica) Step(now chat.Time, in Input) []Effect {
	r.now, r.step = now, stepping{}
	r.take(in)
	r.drive()
	return r.finish()
}

func (r *Replica) take(in Input) {
	switch in := in.(type) {
	case Restore:
		r.restore(in)
	case Stored:
		r.stored(in)
	case Unsaved:
		r.unsaved(in)
	case Uploaded:
		r.uploaded(in)
	case NotUploaded:
		r.notUploaded(in)
	case Held:
		r.held(in)
	case Keep:
		r.keep(in)
	case Outbox:
		r.outboxRead(in)
	case Sender:
		r.sender(in)
	case Tick:
		r.tick()
	case Opened:
		r.opened()
	case Closed:
		r.closed()
	case Received:
		r.received(in.Frame)
	case Compose:
		r.compose(in)
	case Edit:
		r.edit(in)
	case Recall:
		r.recall(in)
	case React:
		r.react(in)
	case Retry:
		r.retry(in)
	case Discard:
		r.discard(in)
	case Read:
		r.read(in)
	case Typing:
		r.typing(in)
	case OpenRoom:
		r.openRoom(in)
	case CloseRoom:
		r.closeRoom(in)
	case LoadOlder:
		r.loadOlder(in)
	case JumpTo:
		r.jumpTo(in)
	case JumpLatest:
		r.jumpLatest(in)
	case LoadNewer:
		r.loadNewer(in)
	case Quote:
		r.quote(in)
	case Quoted:
		r.quotePage(in)
	case Entered:
		r.entered(in)
	case Members:
		r.members(in)
	case People:
		r.meet(in.Users)
	case Profile:
		r.profile(in.Me)
	}
}

// received takes a frame. Before the welcome nothing else is taken: what the
// server refuses then, it ends with a close code, which is the link's to read.
func (r *Replica) received(f wire.Frame) {
	if w, ok := f.(*wire.Welcome); ok {
		r.welcome(w)
		return
	}
	if !r.live {
		return
	}
	switch f := f.(type) {
	case *wire.Rows:
		r.rowsFrame(f)
	case *wire.Page:
		r.pageFrame(f)
	case *wire.Head:
		r.meet(f.Users)
		r.headFrame(&f.Room)
	case *wire.Gone:
		r.goneFrame(f.Room)
	case *wire.Marks:
		r.marksFrame(f)
	case *wire.Typed:
		r.typedFrame(f)
	case *wire.Presence:
		r.presenceFrame(f)
	case *wire.Reject:
		r.rejectFrame(f)
	}
}

// drive sends what the stirred rooms may send now, those on the screen first.
func (r *Replica) drive() {
	slices.SortStableFunc(r.step.stirred, func(a, b *room) int {
		switch {
		case a.opened == b.opened:
			return 0
		case a.opened:
			return -1
		}
		return 1
	})
	for i := 0; i < len(r.step.stirred); i++ { // grows while it runs
		rm := r.step.stirred[i]
		rm.stirred = false
		r.failGone(rm)
		r.driveOutbox(rm)
		r.drivePulls(rm)
		r.driveMarks(rm)
	}
	if len(r.step.stirred) > 0 {
		r.driveUploads()
	}
}

// stir makes drive look at a room.
func (r *Replica) stir(rm *room) {
	if !rm.stirred {
		rm.stirred = true
		r.step.stirred = append(r.step.stirred, rm)
	}
}

// relist says that a room's line in the list changed.
func (r *Replica) relist(rm *room) { rm.sum, r.listStale, r.step.list = nil, true, true }

// show says that a room's timeline changed, and with it its line in the list.
func (r *Replica) show(rm *room) {
	r.relist(rm)
	if !rm.shown {
		rm.shown = true
		rm.version++
		r.step.shown = append(r.step.shown, rm)
	}
}

func (r *Replica) emit(e Effect) { r.step.out = append(r.step.out, e) }

func (r *Replica) transmit(f wire.Frame) { r.emit(Transmit{Frame: f}) }
