package ui

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/shared/chat"
)

// page is one of the pages of the UI.
type page int

const (
	pageHome     page = iota // the list, and nothing opened
	pageRoom                 // /c/{room}
	pageOpen                 // /r/{name}
	pageSignIn               // /signin
	pageSettings             // /settings
)

// place is where the address bar says we are. Room is 0 on /r/{name} until the
// room is entered, and on addresses that name no room.
type place struct {
	page page
	room chat.RoomID
	name string // of the open room
}

// Routes registers the pages of the UI, all drawn by one shell that stays
// mounted when the page changes.
func Routes() {
	m := newModel()
	shown := func() app.Composer { return &shell{M: m} }
	app.Route("/", shown)
	app.Route("/signin", shown)
	app.Route("/settings", shown)
	app.RouteWithRegexp(`^/[cr]/[^/]+$`, shown)
}

// placeOf reads the path of an address.
func placeOf(path string) place {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch {
	case kind == "signin":
		return place{page: pageSignIn}
	case kind == "settings":
		return place{page: pageSettings}
	case kind == "r" && rest != "":
		return place{page: pageOpen, name: rest}
	case kind == "c" && rest != "":
		id, err := strconv.ParseInt(rest, 10, 64)
		if err != nil || id < 1 || id > chat.MaxID {
			id = 0
		}
		return place{page: pageRoom, room: chat.RoomID(id)}
	}
	return place{}
}

// hrefOf is the address of a room: open rooms have one that can be told on the
// phone.
func hrefOf(h *chat.Head) string {
	if h.Kind == chat.KindOpen {
		return "/r/" + url.PathEscape(h.Name)
	}
	return "/c/" + strconv.FormatInt(int64(h.ID), 10)
}
