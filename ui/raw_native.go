//go:build !js

package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/blob"
)

// blobsOf are the files of a FileList: there are none without a browser.
func blobsOf(app.Value) []blob.Blob { return nil }
