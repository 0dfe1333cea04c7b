package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/library"
)

// BoundCredentials lists the ids of the credentials that an alias of some flow is
// bound to.
func (s *Store) BoundCredentials(ctx context.Context) ([]string, error) {
	var ids []string
	err := s.read.WithContext(ctx).Model(&bindingRow{}).Distinct().Order("credential_id").Pluck("credential_id", &ids).Error
	return ids, err
}

// useRow is one document that may use a connector.
type useRow struct {
	FlowID  string
	Name    string
	Version int
	Newest  int
	Runs    int
	Deleted bool
	Digest  string
}

// UsesOf gives the uses of documents that name an action of a connector, drafts,
// published versions, and what runs in flight are pinned to, and of which reads says
// that they use it: whether a node uses the version that is looked for isn't seen here.
// There may be thousands of documents of megabytes: reads is given one at a time, and
// each once, outside of the transaction, because it takes its time.
func (s *Store) UsesOf(ctx context.Context, connector string, reads func(content []byte) bool) ([]library.Use, error) {
	// In canonical form the type of a node stands as "connector.action".
	return s.usesNaming(ctx, `"`+connector+".", reads)
}

// CallsOf gives the uses of documents that name a flow by its id and of which reads
// says that they call it, as [Store.UsesOf] does.
func (s *Store) CallsOf(ctx context.Context, id string, reads func(content []byte) bool) ([]library.Use, error) {
	// An expression may hold the id in quotes that the document escapes.
	return s.usesNaming(ctx, id, reads)
}

// RunsOf counts the runs of a flow that are kept, and those of them that go on.
func (s *Store) RunsOf(ctx context.Context, id string) (kept, active int, err error) {
	var row struct{ Kept, Active int }
	err = s.read.WithContext(ctx).Model(&runRow{}).Where("flow_id = ?", id).
		Select("COUNT(*) AS kept, COALESCE(SUM(CASE WHEN ended = 0 THEN 1 ELSE 0 END), 0) AS active").Scan(&row).Error
	return row.Kept, row.Active, err
}

func (s *Store) usesNaming(ctx context.Context, mark string, reads func(content []byte) bool) ([]library.Use, error) {
	list, err := s.namings(ctx, mark)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{} // by digest
	var used []library.Use
	for _, u := range list {
		read, seen := known[u.Digest]
		if !seen {
			if read, err = s.reads(ctx, &u, reads); err != nil {
				return nil, err
			}
			if u.Digest != "" {
				known[u.Digest] = read
			}
		}
		if read {
			used = append(used, u)
		}
	}
	return used, nil
}

// reads asks for the document of a use. One that is gone meanwhile uses nothing.
func (s *Store) reads(ctx context.Context, u *library.Use, reads func(content []byte) bool) (bool, error) {
	query := s.read.WithContext(ctx).Table("documents").Where("digest = ?", u.Digest)
	if u.Kind == library.UseDraft {
		query = s.read.WithContext(ctx).Table("flows").Where("id = ?", u.Flow)
	}
	var row struct{ Content []byte }
	if err := query.Select("content").Limit(1).Scan(&row).Error; err != nil {
		return false, err
	}
	return row.Content != nil && reads(row.Content), nil
}

// namings lists what has a text in its document, without the document.
func (s *Store) namings(ctx context.Context, text string) ([]library.Use, error) {
	names := s.dialect.named
	var list []library.Use
	err := s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		documents := tx.Table("documents").Select("digest").Where(names, text)
		for _, part := range []struct {
			kind  library.UseKind
			query *gorm.DB
		}{
			{library.UseDraft, tx.Table("flows").Select("id AS flow_id, name").Where(names, text).Order("name, id")},
			{library.UseVersion, tx.Table("flow_versions AS v").
				Select("v.flow_id, f.name, v.version, f.version AS newest, v.digest").
				Joins("JOIN flows f ON f.id = v.flow_id").
				Where("v.digest IN (?)", documents).Order("f.name, v.flow_id, v.version DESC")},
			{library.UseRun, tx.Table("runs AS r").
				Select("r.flow_id, COALESCE(f.name, MAX(r.flow_name)) AS name, COUNT(*) AS runs, f.id IS NULL AS deleted, r.digest").
				Joins("LEFT JOIN flows f ON f.id = r.flow_id").
				Where("r.ended = 0").Where("r.digest IN (?)", documents).Group("r.flow_id, r.digest, f.id, f.name").Order("name, r.flow_id")},
		} {
			var rows []useRow
			if err := part.query.Scan(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				list = append(list, library.Use{
					Kind: part.kind, Flow: r.FlowID, Name: r.Name, Version: r.Version, Newest: r.Version > 0 && r.Version == r.Newest,
					Runs: r.Runs, Deleted: r.Deleted, Digest: r.Digest,
				})
			}
		}
		return nil
	})
	return list, err
}
