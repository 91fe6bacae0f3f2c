//go:build !js

package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"parley/ui/blob"
	"parley/ui/locale"
)

// readPicture needs a browser: natively nothing is a picture.
func (m *model) readPicture(app.Value) { m.complain(locale.PictureBad) }

func (m *model) encode(_ app.Value, then func(blob.Blob)) { then(blob.Blob{}) }
