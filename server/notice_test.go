package server

import "testing"

// TestMentionReads: a name and what is said of it are set as each language does.
func TestMentionReads(t *testing.T) {
	for _, c := range []struct {
		name  string
		words *noticeWords
		want  string
	}{
		{"林小雨", &noticeChinese, "林小雨提到了你"},
		{"Bo", &noticeChinese, "Bo 提到了你"},
		{noticeChinese.former, &noticeChinese, "已注销用户提到了你"},
		{"林小雨", &noticeEnglish, "林小雨 mentioned you"},
		{"Bo", &noticeEnglish, "Bo mentioned you"},
	} {
		if got := said(c.name, c.words.mentioned); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
