package postgres

func (s *Store) writeQuick(batch []*op) {
	for _, o := range batch {
		s.plain.put(o)
	}
}
