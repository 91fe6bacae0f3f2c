//go:build !js

package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/blob"
)

// square needs a browser: natively nothing is a picture.
func (m *model) square(_ app.Value, then func(blob.Blob)) { then(blob.Blob{}) }
