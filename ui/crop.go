package ui

import "strconv"

// crop is the square that is cut out of a picture, in the picture's pixels. It
// lies inside the picture always, so that the frame that shows it is never
// uncovered.
type crop struct {
	w, h float64 // of the picture
	x, y float64 // where the square begins
	side float64
}

// middleOf is the largest square, in the middle of a picture.
func middleOf(w, h float64) crop {
	side := min(w, h)
	return crop{w, h, (w - side) / 2, (h - side) / 2, side}
}

// zoom is 1 for the largest square, and grows to zoomMost as it gets smaller.
func (c *crop) zoom() float64 { return min(c.w, c.h) / c.side }

// move moves the picture right and down, by so many widths of the frame.
func (c *crop) move(right, down float64) {
	c.x = min(max(c.x-right*c.side, 0), c.w-c.side)
	c.y = min(max(c.y-down*c.side, 0), c.h-c.side)
}

// zoomTo shows the picture larger or smaller. What is at u and v stays there as
// far as it can; the frame goes from 0 to 1.
func (c *crop) zoomTo(zoom, u, v float64) {
	was := c.side
	c.side = min(c.w, c.h) / min(max(zoom, 1), zoomMost)
	c.move(u-u*was/c.side, v-v*was/c.side)
}

// style says how the picture lies in a frame: as large as covers it, with its
// upper left corner in the frame's, and moved from there. All is in parts of the
// frame and of the picture on the screen: the same holds for every size of them.
func (c *crop) style() string {
	side := min(c.w, c.h)
	return "--w:" + decimal(c.w/side) + ";--h:" + decimal(c.h/side) +
		";--at:scale(" + decimal(c.zoom()) + ")translate(" + decimal(-100*c.x/c.w) + "%," + decimal(-100*c.y/c.h) + "%)"
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 4, 64) }
