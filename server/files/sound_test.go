package files

import (
	"encoding/binary"
	"strings"
	"testing"
)

func TestSounds(t *testing.T) {
	box := func(kind string, body ...string) string {
		all := strings.Join(body, "")
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(all)+8))) + kind + all
	}
	track := func(handler string) string {
		return box("trak", box("tkhd", "x"), box("mdia", box("hdlr", "\x00\x00\x00\x00\x00\x00\x00\x00", handler, strings.Repeat("\x00", 12))))
	}
	ftyp := box("ftyp", "isom\x00\x00\x02\x00isomiso2mp41")
	element := func(id string, body ...string) string {
		all := strings.Join(body, "")
		return id + string([]byte{0x40 | byte(len(all)>>8), byte(len(all))}) + all
	}
	webm := func(tracks ...string) string {
		head := element("\x1a\x45\xdf\xa3", element("\x42\x82", "webm"))
		return head + "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + element("\x15\x49\xa9\x66", "info") + element("\x16\x54\xae\x6b", tracks...) + "\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff"
	}
	entry := func(kind string) string { return element("\xae", element("\xd7", "\x01"), element("\x83", kind)) }
	for name, c := range map[string]struct{ content, kind string }{
		"mp4 with sound":            {ftyp + box("moov", box("mvhd", "x"), track("soun")), "audio/mp4"},
		"mp4 with its index last":   {ftyp + box("mdat", strings.Repeat("x", 5000)) + box("moov", track("soun")), "audio/mp4"},
		"mp4 with a picture":        {ftyp + box("moov", track("soun"), track("vide")), "video/mp4"},
		"mp4 without anything":      {ftyp, "video/mp4"},
		"mp4 with a box too long":   {ftyp + "\xff\xff\xff\xffmoov" + track("soun"), "video/mp4"},
		"webm with sound":           {webm(entry("\x02")), "audio/webm"},
		"webm with a picture":       {webm(entry("\x01"), entry("\x02")), "video/webm"},
		"webm without tracks":       {webm(), "video/webm"},
		"mp3":                       {strings.Repeat("\xff\xfb\x90\x00"+strings.Repeat("\x00", 413), 20), "audio/mpeg"},
		"ogg":                       {"OggS\x00\x02" + strings.Repeat("\x00", 22) + "OpusHead\x01\x01", "audio/ogg"},
		"text that calls itself so": {"audio/webm", "text/plain"},
	} {
		facts, data := kept(t, open(t), c.content)
		if facts.Type != c.kind || string(data) != c.content {
			t.Errorf("%s: %+v", name, facts)
		}
		if Safe(facts.Type) != strings.HasPrefix(c.kind, "audio/") {
			t.Errorf("%s: %s is safe: %v", name, facts.Type, Safe(facts.Type))
		}
	}
}
