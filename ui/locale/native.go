//go:build !js

package locale

import (
	"time"

	"parley/shared/chat"
)

// Browser lists the languages that the browser prefers: natively none.
func Browser() []string { return nil }

// plain writes times as Intl does for en-GB and zh-CN.
type plain struct {
	layouts [styles]string
	zone    *time.Location
	chinese bool
}

var _ formatter = plain{}

func newFormatter(region string) formatter {
	if known(region) == Chinese {
		return plain{zone: time.Local, chinese: true, layouts: [styles]string{
			"15:04", "", "1月2日", "2006年1月2日", "1月2日", "2006/1/2", "2006年1月2日 15:04",
		}}
	}
	return plain{zone: time.Local, layouts: [styles]string{
		"15:04", "Monday", "Monday 2 January", "Monday 2 January 2006", "2 Jan", "02/01/2006", "Monday 2 January 2006 at 15:04",
	}}
}

var weekdays = [7]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}

func (p plain) write(s style, at chat.Time) string {
	t := time.UnixMilli(int64(at)).In(p.zone)
	text := t.Format(p.layouts[s])
	if p.chinese && (s == weekday || s == dayMonth || s == dayYear) {
		text += weekdays[t.Weekday()]
	}
	return text
}

func (p plain) offset(at chat.Time) time.Duration {
	_, seconds := time.UnixMilli(int64(at)).In(p.zone).Zone()
	return time.Duration(seconds) * time.Second
}
