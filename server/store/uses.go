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
	Content []byte
}

// UsesOf gives the documents whose text names an action of a connector: drafts,
// published versions, and what runs in flight are pinned to. Whether a node uses the
// version of it that is looked for, is the reader's to find out.
func (s *Store) UsesOf(ctx context.Context, connector string) ([]library.Use, error) {
	// In canonical form the type of a node stands as "connector.action".
	mark := `"` + connector + "."
	names := func(column string) string { return "instr(CAST(" + column + " AS TEXT), ?) > 0" }
	var list []library.Use
	err := s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		for _, part := range []struct {
			kind  library.UseKind
			query *gorm.DB
		}{
			{library.UseDraft, tx.Table("flows").Select("id AS flow_id, name, content").Where(names("content"), mark).Order("name, id")},
			{library.UseVersion, tx.Table("flow_versions AS v").
				Select("v.flow_id, f.name, v.version, f.version AS newest, d.content").
				Joins("JOIN flows f ON f.id = v.flow_id").Joins("JOIN documents d ON d.digest = v.digest").
				Where(names("d.content"), mark).Order("f.name, v.flow_id, v.version DESC")},
			{library.UseRun, tx.Table("runs AS r").
				Select("r.flow_id, COALESCE(f.name, MAX(r.flow_name)) AS name, COUNT(*) AS runs, f.id IS NULL AS deleted, d.content").
				Joins("JOIN documents d ON d.digest = r.digest").Joins("LEFT JOIN flows f ON f.id = r.flow_id").
				Where("r.ended = 0").Where(names("d.content"), mark).Group("r.flow_id, r.digest").Order("name, r.flow_id")},
		} {
			var rows []useRow
			if err := part.query.Scan(&rows).Error; err != nil {
				return err
			}
			for _, r := range rows {
				list = append(list, library.Use{
					Kind: part.kind, Flow: r.FlowID, Name: r.Name, Version: r.Version, Newest: r.Version > 0 && r.Version == r.Newest,
					Runs: r.Runs, Deleted: r.Deleted, Content: r.Content,
				})
			}
		}
		return nil
	})
	return list, err
}
