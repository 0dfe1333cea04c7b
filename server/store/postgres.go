package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// Connections of one server to PostgreSQL.
const (
	postgresWriters    = 4
	postgresReaders    = 6
	postgresCommitters = 2
)

// connectWithin bounds the making of a connection where the address doesn't.
const connectWithin = 5 * time.Second

// sessions are what each connection is set to: durable at every commit whatever the
// database's own setting; and a server that stands still within a transaction doesn't
// hold up the others, because the database ends that for it.
var sessions = map[string]string{"synchronous_commit": "on", "idle_in_transaction_session_timeout": "5000", "TimeZone": "UTC"}

// CheckDatabase says what is wrong with the address of a PostgreSQL database, without
// its password.
func CheckDatabase(address string) error {
	_, err := configure(address, nil)
	return err
}

// Probe connects to a database, and gives its version where it can be used.
func Probe(ctx context.Context, address string) (version string, err error) {
	c, err := configure(address, nil)
	if err != nil {
		return "", err
	}
	db := stdlib.OpenDB(*c)
	defer db.Close() //nolint:errcheck // nothing hangs on it
	var durable string
	if err := db.QueryRowContext(ctx, "SELECT current_setting('server_version'), current_setting('fsync')").Scan(&version, &durable); err != nil {
		return "", fmt.Errorf("database %s on %s: %w", c.Database, c.Host, err)
	}
	if durable != "on" {
		return version, fmt.Errorf("database %s on %s: fsync is off, so that a crash loses what was acknowledged", c.Database, c.Host)
	}
	return version, nil
}

func configure(address string, more map[string]string) (*pgx.ConnConfig, error) {
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return nil, errors.New("the database's address must be postgres://user@host:5432/name")
	}
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the database's address can't be read: it must be postgres://user@host:5432/name") // its error may tell the password
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectWithin
	}
	for _, settings := range []map[string]string{sessions, more} {
		for name, value := range settings {
			c.RuntimeParams[name] = value
		}
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "drawbridge"
	}
	return c, nil
}

// openPostgres opens a database that other servers may work on too.
func (s *Store) openPostgres(ctx context.Context, address string) error {
	s.dialect = postgresDialect
	write, err := configure(address, nil)
	if err != nil {
		return err
	}
	// What is read together is of one moment.
	read, err := configure(address, map[string]string{"default_transaction_read_only": "on", "default_transaction_isolation": "repeatable read"})
	if err != nil {
		return err
	}
	where := fmt.Sprintf("database %s on %s", write.Database, write.Host)
	if err := s.connectPostgres(ctx, write, read); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	s.blobs = &tableBlobs{store: s}
	for range postgresCommitters {
		db := sql.OpenDB(connector{stdlib.GetConnector(*write)})
		limit(db, 1)
		s.sqls = append(s.sqls, db)
		c, err := startCommitter(ctx, &committer{db: db, read: s.sqls[1], dialect: s.dialect, blobs: s.blobs, within: commitWithin, committed: s.committed, inDoubt: &s.inDoubt})
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		s.committers = append(s.committers, c)
	}
	return nil
}

func (s *Store) connectPostgres(ctx context.Context, write, read *pgx.ConnConfig) error {
	pool := func(c *pgx.ConnConfig, connections int) (*gorm.DB, error) {
		db := sql.OpenDB(connector{stdlib.GetConnector(*c)})
		opened, err := s.openPool(translating{postgres.New(postgres.Config{Conn: db}).(*postgres.Dialector)}, connections)
		if err != nil {
			return nil, err
		}
		// The one kind of statement whose errors GORM doesn't have translated.
		return opened, opened.Callback().Row().After("gorm:row").Register("drawbridge:translate", func(tx *gorm.DB) {
			if tx.Error != nil {
				tx.Error = tx.Dialector.(gorm.ErrorTranslator).Translate(tx.Error)
			}
		})
	}
	if err := migratePostgres(ctx, write); err != nil {
		return err
	}
	var err error
	if s.write, err = pool(write, postgresWriters); err != nil {
		return err
	}
	s.read, err = pool(read, postgresReaders)
	return err
}

// migratePostgres uses connections of its own, because the table of versions is not
// ours and keeps truth as PostgreSQL does.
func migratePostgres(ctx context.Context, c *pgx.ConnConfig) error {
	// Of two servers that start at once, one brings the schema up to date.
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*c)
	return errors.Join(migrate(ctx, postgresDialect, goose.DialectPostgres, db, goose.WithSessionLocker(locker)), db.Close())
}

// connector makes connections to which values are given as both databases keep them.
type connector struct{ driver.Connector }

// Connect implements [driver.Connector].
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	raw, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the database's driver gives a %T", conn), conn.Close())
	}
	return &session{raw}, nil
}

type session struct{ *stdlib.Conn }

// CheckNamedValue implements [driver.NamedValueChecker]: what is true is 1, as in SQLite;
// and texts lose what PostgreSQL can't keep, so that nothing that a sender chooses
// makes a row that can never be written.
func (*session) CheckNamedValue(v *driver.NamedValue) error {
	switch value := v.Value.(type) {
	case nil, []byte, int64, driver.Valuer:
		return nil
	case string:
		v.Value = keepable(value)
		return nil
	case *string:
		if value != nil {
			v.Value = keepable(*value)
		}
		return nil
	}
	switch r := reflect.ValueOf(v.Value); r.Kind() { //nolint:exhaustive // all others are taken as they are
	case reflect.Bool:
		v.Value = int64(boolean(r.Bool()))
	case reflect.String:
		v.Value = keepable(r.String())
	}
	return nil
}

// keepable puts the sign for what can't be shown in the place of NUL, and of what isn't
// UTF-8.
func keepable(text string) string {
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// translating says [engine.ErrUnavailable] where the database is not to be reached.
type translating struct{ *postgres.Dialector }

// Translate implements [gorm.ErrorTranslator].
func (t translating) Translate(err error) error {
	if errors.Is(err, engine.ErrUnavailable) {
		return err
	}
	if lost(err) {
		return fmt.Errorf("%w: %w", engine.ErrUnavailable, err)
	}
	return t.Dialector.Translate(err)
}

// lost says whether an error is of the connection, or of a database that is starting,
// stopping or full, and not of a statement.
func lost(err error) bool {
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return false
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "57P01", "57P02", "57P03", "57P05", "25P03", "53100", "53200", "53300", "25006", "58030":
			return true
		}
		return strings.HasPrefix(refused.Code, "08")
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) ||
		strings.HasSuffix(err.Error(), "conn closed")
}
