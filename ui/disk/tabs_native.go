//go:build !js

package disk

import "parley/shared/chat"

// Tabs are the other tabs of an account. Natively there are none.
type Tabs struct{}

// NewTabs makes the Tabs of an account.
func NewTabs(chat.AccountID, func(News)) *Tabs { return &Tabs{} }

// Alone reports whether this tab need not ask before it sends.
func (*Tabs) Alone() bool { return true }

// Tell tells the others.
func (*Tabs) Tell(News) {}

// Hold asks for the right to send the outbox.
func (*Tabs) Hold(func()) {}

// Release gives it back.
func (*Tabs) Release() {}

// Close leaves.
func (*Tabs) Close() {}
