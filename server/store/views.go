package store

import (
	"context"
	"encoding/json"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/views"
)

type viewRow struct {
	ID        string `gorm:"primaryKey"`
	List      string
	Space     string
	Name      string
	NameKey   string
	Owner     string
	OwnerName string
	Filter    string
	Revision  int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
	UpdatedBy string
}

// TableName implements GORM's Tabler.
func (viewRow) TableName() string { return "views" }

type viewDefaultRow struct {
	Person string `gorm:"primaryKey"`
	List   string `gorm:"primaryKey"`
	ViewID string
}

// TableName implements GORM's Tabler.
func (viewDefaultRow) TableName() string { return "view_defaults" }

func viewRowOf(v *views.View) (viewRow, error) {
	filter, err := json.Marshal(v.Filter)
	space := v.Owner
	if v.Shared {
		space = ""
	}
	return viewRow{v.ID, v.List, space, v.Name, nameKey(v.Name), v.Owner, v.OwnerName, string(filter), v.Revision, micro(v.Created), micro(v.Updated), v.UpdatedBy}, err
}

func viewOf(r *viewRow) (views.View, error) {
	v := views.View{
		ID: r.ID, List: r.List, Name: r.Name, Owner: r.Owner, OwnerName: r.OwnerName, Shared: r.Space == "",
		Revision: r.Revision, Created: fromMicro(r.CreatedAt), Updated: fromMicro(r.UpdatedAt), UpdatedBy: r.UpdatedBy,
	}
	return v, json.Unmarshal([]byte(r.Filter), &v.Filter)
}

// Views implements [views.Store].
func (s *Store) Views(ctx context.Context, list, person string) ([]views.View, string, error) {
	var rows []viewRow
	db := s.read.WithContext(ctx)
	if err := db.Where("list = ? AND space IN (?, '')", list, person).Order("name_key, space, id").Find(&rows).Error; err != nil {
		return nil, "", err
	}
	var first []string
	if err := db.Model(&viewDefaultRow{}).Where("person = ? AND list = ?", person, list).Pluck("view_id", &first).Error; err != nil {
		return nil, "", err
	}
	out, begins := make([]views.View, len(rows)), ""
	for i := range rows {
		var err error
		if out[i], err = viewOf(&rows[i]); err != nil {
			return nil, "", err
		}
		// One that was taken back by its owner is nobody else's first any more.
		if len(first) > 0 && first[0] == rows[i].ID {
			begins = rows[i].ID
		}
	}
	return out, begins, nil
}

// View implements [views.Store].
func (s *Store) View(ctx context.Context, id string) (views.View, error) {
	return oneView(s.read.WithContext(ctx), id)
}

func oneView(db *gorm.DB, id string) (views.View, error) {
	var row viewRow
	if err := db.Take(&row, "id = ?", id).Error; err != nil {
		return views.View{}, noView(err)
	}
	return viewOf(&row)
}

func noView(err error) error {
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return views.ErrNotFound
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return views.ErrTaken
	}
	return err
}

func viewChange(action string, v *views.View) Change {
	return Change{Action: action, Object: "view", ObjectID: v.ID, Detail: map[string]any{"list": v.List, "name": v.Name, "shared": v.Shared}}
}

// AddView implements [views.Store].
func (s *Store) AddView(ctx context.Context, v views.View) error {
	row, err := viewRowOf(&v)
	if err != nil {
		return err
	}
	return s.change(ctx, viewChange("view.make", &v), func(tx *gorm.DB) error {
		if err := roomForView(tx, &row); err != nil {
			return err
		}
		return noView(tx.Create(&row).Error)
	})
}

// roomForView refuses a view that is one too many where it comes to.
func roomForView(tx *gorm.DB, row *viewRow) error {
	var there int64
	if err := tx.Model(&viewRow{}).Where("list = ? AND space = ? AND id <> ?", row.List, row.Space, row.ID).Count(&there).Error; err != nil {
		return err
	}
	if there >= views.MostViews {
		return views.ErrFull
	}
	return nil
}

// ChangeView implements [views.Store].
func (s *Store) ChangeView(ctx context.Context, v views.View) error {
	row, err := viewRowOf(&v)
	if err != nil {
		return err
	}
	return s.change(ctx, viewChange("view.change", &v), func(tx *gorm.DB) error {
		if err := roomForView(tx, &row); err != nil {
			return err
		}
		changed := tx.Model(&viewRow{}).Where("id = ? AND revision = ?", v.ID, v.Revision-1).Select("*").Updates(&row)
		if changed.Error != nil {
			return noView(changed.Error)
		}
		if changed.RowsAffected == 1 {
			return nil
		}
		now, err := oneView(tx, v.ID)
		if err != nil {
			return err
		}
		return &views.ConflictError{Yours: v.Revision - 1, Current: now}
	})
}

// RemoveView implements [views.Store].
func (s *Store) RemoveView(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "view.delete", Object: "view", ObjectID: id}, func(tx *gorm.DB) error {
		removed := tx.Delete(&viewRow{}, "id = ?", id)
		if removed.Error == nil && removed.RowsAffected == 0 {
			return views.ErrNotFound
		}
		return removed.Error
	})
}

// BeginWith implements [views.Store].
func (s *Store) BeginWith(ctx context.Context, list, person, id string) error {
	return s.change(ctx, Change{Action: "view.begin", Object: "view", ObjectID: id, Detail: map[string]any{"list": list}}, func(tx *gorm.DB) error {
		if id == "" {
			return tx.Delete(&viewDefaultRow{}, "person = ? AND list = ?", person, list).Error
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&viewDefaultRow{person, list, id}).Error
	})
}
