package ui

import (
	"parley/shared/chat"
)

// keystroke is a key that went down in the composer.
type keystroke struct {
	Key               string
	Shift, Ctrl, Meta bool
	Alt               bool
	Composing         bool // isComposing, or the keyCode 229 of older input methods
	Touch             bool // there is no hardware keyboard to speak of
	OnCtrl            bool // the preference: Ctrl or Cmd and Enter sends
	Empty             bool // the field holds nothing
	Busy              bool // a reply or an edit is going on
}

// deed is what a keystroke does.
type deed int

const (
	deedNone    deed = iota // what the browser does
	deedSend                // send, or save the edit
	deedEdit                // edit the last own message
	deedRelease             // leave the reply or the edit
)

// deedOf decides. While an input method composes, every key is its own.
func deedOf(k keystroke) deed {
	if k.Composing {
		return deedNone
	}
	command := k.Ctrl || k.Meta
	switch {
	case k.Key == "Enter" && command && !k.Alt:
		return deedSend
	case k.Key == "Enter" && !k.Shift && !k.Alt && !k.OnCtrl && !k.Touch:
		return deedSend
	case k.Key == "ArrowUp" && k.Empty && !k.Busy && !k.Shift && !k.Alt && !command:
		return deedEdit
	case k.Key == "Escape" && k.Busy:
		return deedRelease
	}
	return deedNone
}

// room is how many bytes are left of a message's limit, and whether it is time
// to say so.
func room(text string) (left int, tell bool) {
	left = chat.MaxText - len(text)
	return left, left < 1024
}
