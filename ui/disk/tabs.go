package disk

import "parley/shared/chat"

// News is what a tab tells the others of its account, after it is stored.
type News struct {
	Rooms  []chat.RoomID `json:"rooms,omitempty"`
	Outbox bool          `json:"outbox,omitempty"`
	Drafts bool          `json:"drafts,omitempty"`
	Bye    bool          `json:"bye,omitempty"` // signed out
}
