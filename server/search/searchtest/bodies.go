package searchtest

import (
	"context"
	"fmt"
	"strings"

	"parley/server/search"
	"parley/server/store"
	"parley/shared/chat"
	"parley/shared/words"
)

var one, both = []chat.RoomID{1}, []chat.RoomID{1, 2}

// Chinese words are found inside of others, other words from their beginnings.
func testWords(w *world) {
	w.post(1, "请开发票", "发票号 12", "Hello invoice", "发 票", "Résumé of IPv6, 40°")
	w.post(2, "an invoicing invoice")
	w.want("发票", one, "1/2", "1/1")
	w.want("开发票", one, "1/1")
	w.want("发票号", one, "1/2")
	w.want("票", one, "1/4", "1/2", "1/1")
	w.want("invo", both, "1/3", "2/1")
	w.want("INVOICE", both, "1/3", "2/1")
	w.want("invoice invoicing", both, "2/1")
	w.want("invoice 发票", both)
	w.want("resume ipv6", both, "1/5")
	w.want("nvoice", both)
}

// Words in quotes, and those of one term, follow each other.
func testPhrases(w *world) {
	w.post(1, "the price is 40", "40 is the price", "ISO-9001", "9001 ISO", "价格是四十", "格价")
	w.want("price is", one, "1/2", "1/1")
	w.want(`"price is"`, one, "1/1")
	w.want("“the price”", one, "1/2", "1/1")
	w.want("iso-9001", one, "1/3")
	w.want("价格", one, "1/5")
	w.want("格价", one, "1/6")
}

// What means something to FTS5, to tsquery or to SQL means nothing here: what is
// left of it are words.
func testOperators(w *world) {
	w.post(1, "to be or not to be near text", `quote " and 'more' \ *`, "plain:ab & cd | ef ! gh <-> ij")
	for _, q := range []string{
		`"`, `""`, `"""`, `*`, `"*"`, `^to`, `to*`, `-to`, `to AND`, `OR`, `NOT to`, `NEAR(to be)`, `{text}:to`, `text:to`, `words:to`,
		`to & be`, `to | be`, `!to`, `to <-> be`, `to <2> be`, `to:*`, `to:AB`, `(to`, `to)`, `'to`, `to'`, `''`, `'to' & 'be'`, `to:*A`,
		`'; DROP TABLE words; --`, `'); DROP TABLE search_docs; --`, `\`, `\'`, `\\`, `%`, `_`, `(`, `)`, `$1`, `to + be`, "\x00", "to\x00be",
		strings.Repeat(`"a `, 500), strings.Repeat("(", 500), strings.Repeat("' ", 500), "\xff", "\u2021" + "1",
	} {
		w.find(q, 3, one)
		w.find(q, 3, both)
	}
	w.want(`NOT to`, one, "1/1")
	w.want(`to & be`, one, "1/1")
	w.want(`!to | be`, one, "1/1")
	w.want(`to <-> text`, one, "1/1")
	w.want(`"or not"*`, one, "1/1")
	w.want(`"' more`, one, "1/2")
	w.want(`'more'`, one, "1/2")
	w.want(`ab & gh`, one, "1/3")
	w.want(`ij`, one, "1/3")
}

// Nothing of another room than those asked for is named, and rooms cannot be
// asked for in words.
func testRooms(w *world) {
	w.put(1, 1001, "发票 one") // which of two of one time comes first is nobody's promise
	w.put(2, 1002, "发票 two")
	w.put(35, 1003, "发票 z") // 35 is z to the base of 36
	w.want("发票", both, "2/1", "1/1")
	w.want("发票", one, "1/1")
	w.want("发票", []chat.RoomID{2, 3}, "2/1")
	w.want("发票", []chat.RoomID{3})
	w.want("发票", nil)
	w.want("z", []chat.RoomID{1, 2, 35}, "35/1")
	w.want("1", both)
	if hits := w.hits("发票", 10, one); len(hits) != 1 {
		w.Errorf("the index names %v", hits)
	}
}

// Somebody may be in hundreds of rooms, and search in all of them or in one.
func testManyRooms(w *world) {
	const most = 250
	var all, want []chat.RoomID
	for id := chat.RoomID(1); id <= most; id++ {
		w.put(id, chat.Time(id), "hello 你好")
		all = append(all, id)
	}
	for id := most; id > 0; id-- {
		want = append(want, chat.RoomID(id))
	}
	w.want("你好", all, places(want)...)
	w.want("hello", all[:most/2], places(want[most-most/2:])...)
	w.want("hello", all[most-1:], places(want[:1])...)
}

func places(rooms []chat.RoomID) (places []string) {
	for _, room := range rooms {
		places = append(places, fmt.Sprint(room, "/1"))
	}
	return places
}

// The newest are first, by their time, whatever room they are in and whenever
// they were indexed.
func testNewest(w *world) {
	w.put(2, 3000, "word")
	w.want("word", both, "2/1")
	w.put(1, 1000, "word")
	w.want("word", both, "2/1", "1/1")
	w.put(2, 3500, "word")
	w.put(1, 4000, "word")
	w.want("word", both, "1/2", "2/2", "2/1", "1/1")
	w.set(2, 1, func(row *chat.Row) { row.Text = "another word" }) // which is no newer for that
	w.want("another", both, "2/1")
	w.want("word", both, "1/2", "2/2", "2/1", "1/1")
}

// Page by page everything is named once, also what is of the same instant, and
// more than an index takes in one turn.
func testPaging(w *world) {
	const n = 2500
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint("row ", i)
	}
	w.put(1, 5000, texts[:n-1]...)
	w.put(1, 5001, texts[n-1])
	w.put(2, 5000, texts[:100]...)
	w.until(func() string {
		if found := len(w.find("row", 100, both)); found != n+100 {
			return fmt.Sprintf("%d rows are found", found)
		}
		return ""
	}, "all of %d rows", n+100)
	for _, limit := range []int{7, 100, 2 * n} {
		seen := make(map[string]bool)
		for _, place := range w.find("row", limit, both) {
			if seen[place] {
				w.Fatalf("limit %d: %s comes twice", limit, place)
			}
			seen[place] = true
		}
		if len(seen) != n+100 {
			w.Errorf("limit %d: %d rows are found", limit, len(seen))
		}
	}
	w.want(fmt.Sprint(n-1), both, fmt.Sprint("1/", n))
}

// Promise 8: an edited text is not found, and leaves the index; the new one is.
// What else changes of a row changes nothing.
func testEdits(w *world) {
	w.post(1, "the old price", "kept", "the old price too")
	w.want("old", one, "1/3", "1/1")
	w.set(1, 1, func(row *chat.Row) { row.Text, row.Edited = "the new price", 5000 })
	w.set(1, 2, func(row *chat.Row) { row.Reactions = map[string][]chat.AccountID{"👍": {1}} })
	w.want("new", one, "1/1")
	w.want("old", one, "1/3")
	w.want("price", one, "1/3", "1/1")
	w.want("kept", one, "1/2")
	w.gone("old", 1, 1)
	w.set(1, 1, func(row *chat.Row) { row.Text = "🙂" })
	w.want("price", one, "1/3")
	w.gone("new", 1, 1)
	w.set(1, 1, func(row *chat.Row) { row.Text = "the old price again" })
	w.want("old", one, "1/3", "1/1")
}

// Promise 8: what was recalled is not found, and leaves the index.
func testRecalls(w *world) {
	w.post(1, "secret 机密", "no secret")
	w.want("secret", one, "1/2", "1/1")
	w.set(1, 1, func(row *chat.Row) { row.Text, row.Recalled = "", 5000 })
	if found := w.find("secret", 10, one); fmt.Sprint(found) != "[1/2]" {
		w.Errorf("at once: %v", found)
	}
	w.want("机密", one)
	w.gone("secret", 1, 1)
	w.gone("机密", 1, 1)
}

// Who came and went is not what anybody said.
func testSystemRows(w *world) {
	w.change(1, func(tx store.Tx, room *store.Room) error {
		room.Seq, room.Rev = 1, 1
		return tx.PutRow(1, chat.Row{
			Seq: 1, Rev: 1, By: 1, At: 1000, Kind: chat.KindSystem, System: &chat.System{Event: chat.EventRenamed, Text: "word"}, Text: "word",
		})
	})
	w.post(1, "word")
	w.want("word", one, "1/2")
	w.gone("word", 1, 1)
}

// What changed while nobody followed is found after the next start.
func testCatchesUp(w *world) {
	w.post(1, "alpha", "beta", "alpha to go")
	w.put(2, 1001, "alpha")
	w.want("alpha", both, "1/3", "2/1", "1/1")
	w.close()
	w.put(1, 9000, "alpha again")
	w.set(1, 1, func(row *chat.Row) { row.Text = "gamma" })
	w.set(1, 3, func(row *chat.Row) { row.Text, row.Recalled = "", 9000 })
	w.put(3, 8000, "alpha, the new room")
	w.open()
	rooms := []chat.RoomID{1, 2, 3}
	w.want("alpha", rooms, "1/4", "3/1", "2/1")
	w.want("gamma", rooms, "1/1")
	w.gone("alpha", 1, 3)
}

// A search ends with its context, and with the index; who tells a closed index
// does not hang.
func testEnds(w *world) {
	w.post(1, "word")
	w.want("word", one, "1/1")
	ask := search.Ask{Tokens: words.Parse("word").Tokens(), Rooms: one, Limit: 1}
	ended, cancel := context.WithCancel(w.Context())
	cancel()
	if _, _, err := w.index.Find(ended, ask); err == nil {
		w.Error("a search that nobody waits for is answered")
	}
	index := w.index
	w.close()
	index.Changed(1)
	if _, _, err := index.Find(w.Context(), ask); err == nil {
		w.Error("a closed index answers")
	}
}
