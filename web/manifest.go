package web

import (
	"encoding/json"
	"fmt"
)

const nameChinese = "洽谈"

// manifest is a W3C web application manifest. go-app's has neither id nor lang.
type manifest struct {
	ID              string         `json:"id"`
	Lang            string         `json:"lang"`
	Dir             string         `json:"dir"`
	Name            string         `json:"name"`
	ShortName       string         `json:"short_name"`
	Description     string         `json:"description"`
	StartURL        string         `json:"start_url"`
	Scope           string         `json:"scope"`
	Display         string         `json:"display"`
	BackgroundColor string         `json:"background_color"`
	ThemeColor      string         `json:"theme_color"`
	Icons           []manifestIcon `json:"icons"`
}

type manifestIcon struct {
	Src     string `json:"src"`
	Type    string `json:"type"`
	Sizes   string `json:"sizes"`
	Purpose string `json:"purpose"`
}

// manifests returns the manifest in each of the languages. The id is the same:
// it is one application, whatever its name.
func manifests() (localized, error) {
	english := manifest{
		ID:              "/",
		Lang:            "en",
		Dir:             "ltr",
		Name:            name,
		ShortName:       name,
		Description:     description,
		StartURL:        "/",
		Scope:           "/",
		Display:         "standalone",
		BackgroundColor: "#f8f8f8",
		ThemeColor:      "#eceff1", // of the bar in app.css, as in shell.html
		// Their addresses have no hash: systems keep them, and compare them to
		// tell whether an installed application has changed.
		Icons: []manifestIcon{
			{Src: "/web/icons/icon-192.png", Type: "image/png", Sizes: "192x192", Purpose: "any"},
			{Src: "/web/icons/icon-512.png", Type: "image/png", Sizes: "512x512", Purpose: "any"},
			{Src: "/web/icons/maskable-512.png", Type: "image/png", Sizes: "512x512", Purpose: "maskable"},
			{Src: "/web/icon.svg", Type: "image/svg+xml", Sizes: "any", Purpose: "any"},
		},
	}
	chinese := english
	chinese.Lang, chinese.Name, chinese.ShortName = "zh-CN", nameChinese, nameChinese
	chinese.Description = "为做生意的人而做的聊天。"

	var all localized
	for _, m := range []manifest{english, chinese} {
		content, err := json.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("web: manifest: %w", err)
		}
		all = append(all, newAsset("application/manifest+json", content))
	}
	return all, nil
}
