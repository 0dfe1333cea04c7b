package store

import "context"

// FlowsNaming gives the ids of the flows whose newest published version has a text
// in its document and isn't halted. It looks at all of them.
func (s *Store) FlowsNaming(ctx context.Context, text string) (ids []string, err error) {
	err = s.read.WithContext(ctx).Raw(`SELECT f.id FROM flows f JOIN flow_versions v ON v.flow_id = f.id AND v.version = f.version
		JOIN (SELECT digest FROM documents WHERE `+s.dialect.named+`) d ON d.digest = v.digest WHERE f.halted = 0 ORDER BY f.id`, text).Scan(&ids).Error
	return ids, err
}
