package replica

// Bound sets how many rows are held of a room, so that a short history meets
// the bounds.
func (r *Replica) Bound(kept, most, away, around int) {
	r.bounds = bounds{kept: kept, most: most, away: away, around: around, quotes: 2}
}
