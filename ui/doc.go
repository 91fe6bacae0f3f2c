// Package ui is the chat that people see: go-app components over a replica of
// their rooms.
//
// # Who owns what
//
// The model owns the replica, the link, the API client and what this device
// holds of the account (see disk), and everything that is true only on this
// screen: which page is open, drafts, preferences, the open dialog. Components hold no truth. They render what the model says and
// call its methods; what they keep for themselves is where they are scrolled
// to and which of their menus is open.
//
// Everything happens on go-app's UI goroutine. Event handlers run there;
// whatever comes from elsewhere (frames, answers, timers, the browser's own
// events) is put there by model.later. The model therefore needs no lock.
//
// # Files
//
// What somebody chooses to send lies in the tray of its room until it is sent,
// on disk with the room's draft, and then belongs to an entry of the outbox; its
// content goes to disk with it once more.
// The replica says what to upload and when (Upload, StopUpload), the model does
// it and tells how far it is. Addresses of blobs are made for the tray and for
// own messages on their way, kept for the latest few that have ended, and
// revoked. What plays and how far it is, and how loud a recording is, is painted
// into the document as it happens, without drawing a component anew.
//
// # What is drawn again
//
// Each part of the screen has a revision in model.revs: the list, the
// conversation, people, the status. The shell hands the revisions to its
// children as exported fields, and go-app draws a child again only when a
// field of it has changed. Within a conversation the rows are drawn in passages
// of 5, each with a fingerprint of what it shows, so that a new message touches
// one passage. Ten passages are a chunk, which is looked into only if one of its
// fingerprints has changed. Chunks of history nest (see past), because go-app compares
// children by their position and everything would move otherwise. Chunks far
// from what is in sight are empty (see fold), and what is in sight stays in its
// place whatever changes above it (see held). After a jump far back the
// timeline draws what the replica holds elsewhere (see scene).
//
// # A picture of oneself
//
// One chooses a picture in the settings, or takes one, and sees it in a square
// frame whose circle is what others see; next to it the avatar as it stands in
// their lists. The picture follows the mouse and the finger, and grows by the
// slider, the wheel and two fingers; on the keyboard the arrows move it, + and -
// zoom, and the slider is a browser's own. It fills the frame always. Use uploads
// what is inside the frame, and nothing else of the picture leaves this device;
// Cancel and Escape leave all as it was, and the keyboard is back where it came
// from. A picture that cannot be read is refused before the frame opens; an upload
// that fails leaves it open.
//
// The picture is read once, decoded by the browser off this thread, and drawn to
// a canvas of no more pixels than the closest zoom needs. From then on only that
// canvas's CSS transform changes (see cropper), until Use cuts the square (crop)
// out of it.
//
// What decides (grouping, ticks, previews, keys, links) is plain functions,
// tested natively. What touches the document goes through dom.go.
package ui
