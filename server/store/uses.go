package store

import "context"

// BoundCredentials lists the ids of the credentials that an alias of some flow is
// bound to.
func (s *Store) BoundCredentials(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.read.WithContext(ctx).Model(&bindingRow{}).Distinct().Order("credential_id").Pluck("credential_id", &ids).Error
	return ids, err
}
