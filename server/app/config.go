package app

import (
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// ServeConfig says how a server runs.
type ServeConfig struct {
	// Data is the folder of everything that is kept.
	Data string
	// Database is the address of a PostgreSQL database, which other servers may share;
	// empty is SQLite inside Data.
	Database string
	// NATS is the address of a NATS server by which servers that share a database tell
	// one another what happens; empty is none, and they hear of it within a second.
	NATS string
	// Keys is the folder of the keys; empty is Data.
	Keys string
	// Cache is the folder of compiled connectors, which servers on one machine may share;
	// empty is inside Data. What lies there is run: nobody else may write to it.
	Cache string
	// Reroutes are addresses that connections to lead elsewhere; nil are none.
	Reroutes egress.Reroutes
	// Clock is what runs go by, where that isn't the machine's.
	Clock engine.Clock
	// Lease is after how long others take up the runs of a server that is gone; empty
	// is 30 s.
	Lease time.Duration
	// Listen is the address; [DefaultListen] where empty.
	Listen string
	// Connectors is a folder with further .wasm files; empty is none.
	Connectors string
	// CA is a file of certificates that connectors' requests believe besides the
	// system's; empty is none.
	CA string
	// Sample installs the flows of the bundled library that aren't there yet.
	Sample bool
	// AdminPassword sets the first admin's password where none is set; empty
	// prints a one-time link instead.
	AdminPassword string
	// KeepCalls is how long it is kept what steps were told from outside; 30 days
	// where it is 0.
	KeepCalls time.Duration
	// Keep is how long runs are kept that ended, of flows that don't say; 0 is for ever.
	Keep time.Duration
	// LeastKeep is the least that a flow may say; 0 is no bound.
	LeastKeep time.Duration
	// FileLimit is how many bytes a file has at most that is attached to a case; 100 MiB
	// where it is 0.
	FileLimit int64
	// Version is what the API says it is.
	Version string
	// Instance tells this server's cookie from those of others on the same host;
	// empty derives it from the key.
	Instance string
	// Notices is where a person reads what they have to do: standard error.
	Notices io.Writer
	Logger  *slog.Logger
	// Listening is told the address once requests are taken; nil is nobody.
	Listening func(addr net.Addr)
}
