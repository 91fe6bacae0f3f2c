package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/html"
)

// Icons are drawn on a 24 by 24 grid with a round pen (class i of app.css).
const (
	iconSearch  = `<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>`
	iconPlus    = `<path d="M12 5v14M5 12h14"/>`
	iconBack    = `<path d="m14.5 5-7 7 7 7"/>`
	iconMore    = `<path d="M12 5.5v.01M12 12v.01M12 18.5v.01" stroke-width="3"/>`
	iconClose   = `<path d="m6.5 6.5 11 11m0-11-11 11"/>`
	iconSend    = `<path d="M4 12 20 4.5 15.5 20l-4-6.5L4 12zm7.5 1.5L20 4.5"/>`
	iconClip    = `<path d="m20 11.5-8.2 8.1a5 5 0 0 1-7.1-7.1l8.5-8.4a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.3a1.7 1.7 0 0 1-2.4-2.4l7.5-7.4"/>`
	iconSmile   = `<circle cx="12" cy="12" r="8.5"/><path d="M8.3 14.2a4.3 4.3 0 0 0 7.4 0"/><path d="M9 9.6v.01M15 9.6v.01" stroke-width="2.6"/>`
	iconReply   = `<path d="M9.5 6 4 11.5 9.5 17M4.5 11.5H14a6 6 0 0 1 6 6v1"/>`
	iconPencil  = `<path d="m5 19 .8-4.2L15.6 5a2.1 2.1 0 0 1 3 0l.4.4a2.1 2.1 0 0 1 0 3L9.2 18.2 5 19zM14 6.6l3.4 3.4"/>`
	iconCopy    = `<rect x="8.5" y="8.5" width="11" height="11" rx="2"/><path d="M15.5 8.5V6.3a1.8 1.8 0 0 0-1.8-1.8H6.3a1.8 1.8 0 0 0-1.8 1.8v7.4a1.8 1.8 0 0 0 1.8 1.8h2.2"/>`
	iconRecall  = `<path d="M5 5v5h5M5.6 9.8A7.5 7.5 0 1 1 4.6 13"/>`
	iconUp      = `<path d="M12 18.5V5M6 11.5l6-6 6 6"/>`
	iconDate    = `<rect x="4" y="5.5" width="16" height="14.5" rx="2"/><path d="M4 10h16M8.5 3.5v4M15.5 3.5v4"/>`
	iconDown    = `<path d="M12 5v13.5M6 12.5l6 6 6-6"/>`
	iconClock   = `<circle cx="12" cy="12" r="8"/><path d="M12 7.5V12l3 2"/>`
	iconTick    = `<path d="m5 12.5 4.5 4.5L19 7.5"/>`
	iconTicks   = `<path d="m2 12.5 4.5 4.5L16 7.5M11.5 16l1 1L22 7.5"/>`
	iconFault   = `<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5.5"/><path d="M12 16.4v.01" stroke-width="2.6"/>`
	iconBellOff = `<path d="M6.5 16.5h11.5M8 8.5a4.3 4.3 0 0 1 8.3-.8c.5 2.6.3 5.3 1.7 7.3M7.7 11c-.1 2-.4 4-1.7 5.5M10.5 19.5a1.7 1.7 0 0 0 3 0M4 4l16 16"/>`
	iconBell    = `<path d="M6 16.5h12c-1.5-1.7-1.7-4-1.7-6.5a4.3 4.3 0 0 0-8.6 0c0 2.5-.2 4.8-1.7 6.5zM10.5 19.5a1.7 1.7 0 0 0 3 0"/>`
	iconPeople  = `<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5a6.5 6.5 0 0 1 13 0M16 5.3a3.5 3.5 0 0 1 0 6.4M18 13.8a6.5 6.5 0 0 1 3.5 5.7"/>`
	iconHash    = `<path d="M9.5 4.5 7.5 19.5M16.5 4.5l-2 15M4.5 9h15.5M4 15h15.5"/>`
	iconLeave   = `<path d="M14 5H6.5A1.5 1.5 0 0 0 5 6.5v11A1.5 1.5 0 0 0 6.5 19H14M10 12h10M16.5 8l4 4-4 4"/>`
	iconLink    = `<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1-1"/>`
	iconGear    = `<circle cx="12" cy="12" r="3"/><path d="M12 3.5v2.3M12 18.2v2.3M3.5 12h2.3M18.2 12h2.3M6 6l1.6 1.6M16.4 16.4 18 18M6 18l1.6-1.6M16.4 7.6 18 6"/><circle cx="12" cy="12" r="6.2"/>`
	iconChat    = `<path d="M6.5 4h7A3.5 3.5 0 0 1 17 7.5v3a3.5 3.5 0 0 1-3.5 3.5H9l-4 3v-3.3A3.5 3.5 0 0 1 3 10.5v-3A3.5 3.5 0 0 1 6.5 4z"/><path d="M19.5 9.5A3 3 0 0 1 21 12v3.3a3 3 0 0 1-2 2.8V21l-3.5-2.7H12a3 3 0 0 1-2.5-1.3"/>`
	iconOut     = `<circle cx="10" cy="8.5" r="3.5"/><path d="M3.5 19.5a6.5 6.5 0 0 1 11-4.7M15 17h6"/>`
	iconStar    = `<path d="m12 4.2 2.4 5 5.4.8-3.9 3.8.9 5.4-4.8-2.5-4.8 2.5.9-5.4-3.9-3.8 5.4-.8z"/>`
	iconForward = `<path d="M14.5 6 20 11.5 14.5 17M19.5 11.5H10a6 6 0 0 0-6 6v1"/>`
	iconPin     = `<path d="M8.5 4h7M9.5 4l-.6 6.2c-1.6.8-2.4 2-2.4 3.8h11c0-1.8-.8-3-2.4-3.8L14.5 4M12 14v6.5"/>`
	iconFlag    = `<path d="M6 20.5v-16M6 5c2-1 4-1 6 0s4 1 6 0v8.5c-2 1-4 1-6 0s-4-1-6 0"/>`
	iconBin     = `<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12.5h9.4L17.5 7M10.2 10.5v5.5M13.8 10.5v5.5"/>`
	iconTop     = `<path d="M5 4.5h14M12 20V8.5M6.5 14 12 8.5 17.5 14"/>`
	iconEye     = `<path d="M2.5 12c2.6-4.4 5.8-6.5 9.5-6.5s6.9 2.1 9.5 6.5c-2.6 4.4-5.8 6.5-9.5 6.5S5.1 16.4 2.5 12z"/><circle cx="12" cy="12" r="2.8"/>`
	iconHide    = `<path d="M9.8 5.7A9.6 9.6 0 0 1 12 5.5c3.7 0 6.9 2.1 9.5 6.5a17 17 0 0 1-2.7 3.5M15 17.9a9 9 0 0 1-3 .6c-3.7 0-6.9-2.1-9.5-6.5a17 17 0 0 1 3.9-4.5M4 4l16 16"/>`
	iconBlock   = `<circle cx="12" cy="12" r="8.5"/><path d="m6.2 6.2 11.6 11.6"/>`
	iconUnread  = `<path d="M18.5 11v4.5a3 3 0 0 1-3 3H11l-4 3v-3.1a3 3 0 0 1-2.5-3V9a3 3 0 0 1 3-3H13"/><circle cx="18" cy="6" r="2.6" fill="currentcolor"/>`
	iconAt      = `<circle cx="12" cy="12" r="3.5"/><path d="M15.5 8.5v4.7c0 1.5 1 2.3 2.2 2.3 1.7 0 2.8-1.5 2.8-3.5a8.5 8.5 0 1 0-3.3 6.7"/>`
	iconList    = `<path d="M9 6.5h11M9 12h11M9 17.5h11"/><path d="M4.5 6.5v.01M4.5 12v.01M4.5 17.5v.01" stroke-width="2.6"/>`
	iconPlay    = `<path d="M8 5.5v13l10.5-6.5z" fill="currentcolor"/>`
	iconPause   = `<path d="M8.5 6v12M15.5 6v12" stroke-width="3"/>`
	iconMic     = `<rect x="9" y="3.5" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v2.5"/>`
	iconFile    = `<path d="M6.5 3.5h7l4.5 4.5v12.5h-11.5zM13.5 3.5V8H18"/>`
	iconPicture = `<rect x="3.5" y="5" width="17" height="14" rx="2"/><path d="m4 16.5 5-5 4 4 2.5-2.5 4.5 4.5"/><path d="M15.5 9v.01" stroke-width="2.6"/>`
	iconCamera  = `<path d="M4.5 7.5h3L9 5h6l1.5 2.5h3a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V8.5a1 1 0 0 1 1-1z"/><circle cx="12" cy="13" r="3.4"/>`
	iconSave    = `<path d="M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19.5h14"/>`
	iconNext    = `<path d="m9.5 5 7 7-7 7"/>`
	iconZoomIn  = `<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5M11 8.2v5.6M8.2 11h5.6"/>`
	iconZoomOut = `<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5M8.2 11h5.6"/>`
	iconLogo    = `<g stroke="none"><path fill="#7fd9ff" d="M4.3 2.6h9.4a2.9 2.9 0 0 1 2.9 2.9v2.6h-5.4a4 4 0 0 0-4 4v1.2l-2.8 2.3a.45.45 0 0 1-.7-.4v-1.8a2.9 2.9 0 0 1-2.3-2.8V5.5a2.9 2.9 0 0 1 2.9-2.9z"/><path fill="#0091ea" d="M11.2 9.4h8.5a2.9 2.9 0 0 1 2.9 2.9v4.6a2.9 2.9 0 0 1-2.9 2.9h-.3v2.1c0 .4-.4.6-.7.3l-2.9-2.4h-4.6a2.9 2.9 0 0 1-2.9-2.9v-4.6a2.9 2.9 0 0 1 2.9-2.9z"/><path fill="#fff" d="M11.7 13.7a.9.9 0 1 1 0 1.8.9.9 0 0 1 0-1.8zm3.7 0a.9.9 0 1 1 0 1.8.9.9 0 0 1 0-1.8zm3.7 0a.9.9 0 1 1 0 1.8.9.9 0 0 1 0-1.8z"/></g>`
)

// icon draws one of the icons. It is decoration: what it is on has a label.
func icon(drawing string) app.UI {
	return app.Raw(`<svg class="i" viewBox="0 0 24 24" aria-hidden="true">` + drawing + `</svg>`)
}

// iconButton is a round button that shows an icon and is called label.
func iconButton(drawing, label string) app.HTMLElem {
	return html.Button().Class("icon").Attr("type", "button").Title(label).Aria("label", label).Body(icon(drawing))
}
