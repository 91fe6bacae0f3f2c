// Package api is the client of Parley's HTTP API: signing in and out, one's
// own account, people, rooms and members. Messages travel over the WebSocket
// (package link); what is here is what has no frame.
//
// A Client is plain data and safe for concurrent use. Every call blocks its
// goroutine until the answer is there or the context ends, so a user interface
// calls it from a goroutine of its own, never from the one that draws. In the
// browser a call is a fetch to the page's own origin with its cookies;
// elsewhere it goes through net/http, which the WASM build does not link.
//
// A call fails in one of four ways: with the context's error when the context
// ended; with ErrOffline (errors.Is) when no answer came; with a *chat.Error
// (errors.As), as the server worded it, when the server refused; and with a
// *chat.Error of code unavailable when something answered that is not Parley,
// such as a proxy or the sign-in page of a hotel.
//
// Nothing is tried again here: whether to is the caller's decision.
package api
