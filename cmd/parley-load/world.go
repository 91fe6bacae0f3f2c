package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"

	"golang.org/x/sync/errgroup"

	"parley/shared/chat"
)

// account is somebody who is signed in.
type account struct {
	id    int64
	token string
}

// askers is how many requests are under way at once while a world is made.
const askers = 32

// api calls the HTTP API of the nodes, in turns.
type api struct {
	at     []netip.AddrPort
	client *http.Client
}

func newAPI(at []netip.AddrPort) *api {
	return &api{at: at, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: askers}}}
}

// call makes a request of the n-th node, and reads the answer into out.
func (a *api) call(ctx context.Context, n int, method, path, token string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if in == nil {
		body = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+a.at[n%len(a.at)].String()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := a.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.300s", method, path, res.Status, answer)
	}
	return json.Unmarshal(answer, out)
}

// each calls fn for 0 to n-1, several at once, and waits for all.
func each(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(askers)
	for i := range n {
		group.Go(func() error { return fn(ctx, i) })
	}
	return group.Wait()
}

// guests makes n new guests.
func (a *api) guests(ctx context.Context, n int) ([]account, error) {
	all := make([]account, n)
	return all, each(ctx, n, func(ctx context.Context, i int) error {
		var made struct {
			Session string
			Me      chat.Account
		}
		in := map[string]any{"guest": map[string]string{"name": "Guest " + strconv.Itoa(i)}}
		err := a.call(ctx, i, http.MethodPost, "/api/v1/session", "", in, &made)
		all[i] = account{int64(made.Me.ID), made.Session}
		return err
	})
}

// open lets everybody enter an open room, and returns its head as the last one
// found it.
func (a *api) open(ctx context.Context, name string, who []account) (head chat.Head, err error) {
	path := "/api/v1/open/" + name
	if err := a.call(ctx, 0, http.MethodPut, path, who[0].token, nil, &head); err != nil {
		return head, err
	}
	return head, each(ctx, len(who)-1, func(ctx context.Context, i int) error {
		var ignored chat.Head
		return a.call(ctx, i, http.MethodPut, path, who[i+1].token, nil, &ignored)
	})
}

// begin posts a room's first row: who pulls in a room before that is told to
// begin anew, and not every row that follows is seen.
func (a *api) begin(ctx context.Context, who account, head *chat.Head) error {
	var row chat.Row
	path := "/api/v1/rooms/" + strconv.FormatInt(int64(head.ID), 10) + "/messages"
	if err := a.call(ctx, 0, http.MethodPost, path, who.token, map[string]string{"text": "to begin with"}, &row); err != nil {
		return err
	}
	head.Rev, head.Seq, head.N = row.Rev, row.Seq, row.N
	return nil
}

// direct makes the one-to-one room of two people.
func (a *api) direct(ctx context.Context, n int, me, peer account) (head chat.Head, err error) {
	return head, a.call(ctx, n, http.MethodPut, "/api/v1/direct/"+strconv.FormatInt(peer.id, 10), me.token, nil, &head)
}

// ledgerAt begins a room's ledger at its head.
func ledgerAt(head *chat.Head, t *tally) *ledger {
	return newLedger(int64(head.ID), int64(head.Rev), int64(head.Seq), int64(head.N), t)
}
