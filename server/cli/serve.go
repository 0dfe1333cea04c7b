package cli

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// passwordVariable sets the first admin's password unattended.
const passwordVariable = "DRAWBRIDGE_ADMIN_PASSWORD"

// Variables that name what an address may hold a password of; flags are in the list of
// processes.
const (
	databaseVariable = "DRAWBRIDGE_DATABASE"
	natsVariable     = "DRAWBRIDGE_NATS"
	keysVariable     = "DRAWBRIDGE_KEYS"
	cacheVariable    = "DRAWBRIDGE_CACHE"
	keepVariable     = "DRAWBRIDGE_KEEP"
	leastVariable    = "DRAWBRIDGE_LEAST_KEEP"
	attachVariable   = "DRAWBRIDGE_ATTACHMENT_LIMIT"

	logFormatVariable = "DRAWBRIDGE_LOG_FORMAT"
	logLevelVariable  = "DRAWBRIDGE_LOG_LEVEL"
)

// locationFlags are the flags of commands that work beside a server.
func locationFlags(c *cobra.Command, at *app.Location) {
	c.Flags().StringVar(&at.Data, "data", defaultData, "the server's data folder")
	c.Flags().StringVar(&at.Database, "database", "", "the server's PostgreSQL database, or "+databaseVariable)
	c.PreRun = func(*cobra.Command, []string) { at.Database = or(at.Database, databaseVariable) }
}

// either gives a flag's value, or the variable's, or what is meant where neither is set.
func either(value, variable, otherwise string) string {
	if value = or(value, variable); value == "" {
		return otherwise
	}
	return value
}

// or gives a flag's value, or else the variable's.
func or(value, variable string) string {
	if value == "" {
		return os.Getenv(variable)
	}
	return value
}

// defaultData is the data folder unless one is named.
const defaultData = "drawbridge-data"

func serveCommand() *cobra.Command {
	var c app.ServeConfig
	var reroutes map[string]string
	var keepCalls, keepRuns, leastKeep, attachLimit, logFormat, logLevel string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server. On an empty data folder it makes the user "admin" and prints a
one-time link to set the password; ` + passwordVariable + ` sets it unattended.

With --database several servers share one PostgreSQL database: each has a data folder
of its own, all have the same keys. Any of them starts, runs and shows everything.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keep, err := flow.ParseDuration(keepCalls)
			if err != nil || keep <= 0 {
				return invalid(fmt.Errorf("--keep-calls %q: use a duration such as 30d or 36h", keepCalls))
			}
			c.KeepCalls = keep
			if c.Keep, err = flow.ParseDuration(either(keepRuns, keepVariable, "90d")); err != nil || c.Keep > 0 && c.Keep < time.Hour {
				return invalid(fmt.Errorf("--keep %q: use a duration of an hour or more such as 90d, or 0 for ever", either(keepRuns, keepVariable, "90d")))
			}
			if c.LeastKeep, err = least(or(leastKeep, leastVariable), c.Keep); err != nil {
				return err
			}
			if c.FileLimit, err = fileLimit(or(attachLimit, attachVariable)); err != nil {
				return err
			}
			if c.Reroutes, err = connectTo(reroutes); err != nil {
				return err
			}
			c.AdminPassword = os.Getenv(passwordVariable)
			c.Version = version()
			c.Database, c.NATS = or(c.Database, databaseVariable), or(c.NATS, natsVariable)
			c.Keys, c.Cache = or(c.Keys, keysVariable), or(c.Cache, cacheVariable)
			c.Notices = cmd.ErrOrStderr()
			if c.Logger, err = logger(cmd.ErrOrStderr(), either(logFormat, logFormatVariable, "text"), either(logLevel, logLevelVariable, "info")); err != nil {
				return err
			}
			c.Listening = func(addr net.Addr) { fmt.Fprintf(cmd.ErrOrStderr(), "drawbridge is ready at http://%s\n", addr) }
			return app.Serve(cmd.Context(), c)
		},
	}
	cmd.Flags().StringVar(&c.Data, "data", defaultData, "the folder of everything that is kept")
	cmd.Flags().StringVar(&c.Listen, "listen", app.DefaultListen, "the address to listen on")
	cmd.Flags().StringVar(&c.Connectors, "connectors", "", "a folder with further connectors (.wasm)")
	cmd.Flags().StringVar(&c.CA, "ca", "", "a file of certificates (PEM) that connectors' requests believe besides the system's")
	cmd.Flags().StringVar(&keepRuns, "keep", "", "for how long runs are kept that ended, of flows whose settings don't say; 0 is for ever (default 90d), or "+keepVariable)
	cmd.Flags().StringVar(&leastKeep, "least-keep", "", "the least time that a flow's settings may keep its runs for; 0 is no bound (default 7d, or --keep where that is less), or "+leastVariable)
	cmd.Flags().StringVar(&keepCalls, "keep-calls", "30d", "for how long it is kept what connectors were told from outside: so long runs can be replayed")
	cmd.Flags().StringVar(&attachLimit, "attachment-limit", "", "the largest file that is attached to a case, such as 500MiB (default 100MiB), or "+attachVariable)
	cmd.Flags().StringVar(&c.Database, "database", "", "a PostgreSQL database (postgres://user@host/name) that servers share, or "+databaseVariable)
	cmd.Flags().StringVar(&c.NATS, "nats", "", "a NATS server (nats://host:4222) by which they tell one another at once, or "+natsVariable)
	cmd.Flags().StringVar(&c.Keys, "keys", "", "the folder of the keys, the same for all servers on a database (default: the data folder), or "+keysVariable)
	cmd.Flags().StringVar(&c.Cache, "cache", "", "the folder of compiled connectors, which servers on one machine may share (default: in the data folder), or "+cacheVariable)
	cmd.Flags().StringToStringVar(&reroutes, "connect-to", nil, "where connections to an address lead instead, such as ldap.example.com:389=127.0.0.1:3389; may be given again")
	cmd.Flags().DurationVar(&c.Lease, "lease", 0, "after how long others take up the runs of a server that is gone (default 30s)")
	cmd.Flags().StringVar(&logFormat, "log-format", "", "how the log is written: text or json (default text), or "+logFormatVariable)
	cmd.Flags().StringVar(&logLevel, "log-level", "", "from which level on: debug, info, warn or error (default info), or "+logLevelVariable)
	cmd.Flags().BoolVar(&c.Sample, "sample", false, "install the sample flows where they are missing")
	return cmd
}

// defaultLeastKeep is the least time that runs are kept for unless a server is told.
const defaultLeastKeep = 7 * 24 * time.Hour

// least reads the least time that runs are kept for, which is no more than that of flows
// that don't say.
func least(text string, keep time.Duration) (time.Duration, error) {
	if text == "" {
		if keep > 0 {
			return min(keep, defaultLeastKeep), nil
		}
		return defaultLeastKeep, nil
	}
	d, err := flow.ParseDuration(text)
	switch {
	case err != nil:
		return 0, invalid(fmt.Errorf("--least-keep %q: use a duration such as 7d, or 0 for no bound", text))
	case keep > 0 && d > keep:
		return 0, invalid(fmt.Errorf("--least-keep %q: that is longer than --keep, for which runs are kept whose flow doesn't say", text))
	}
	return d, nil
}

// mostFile is the largest file that a server can be told to take.
const mostFile = 1 << 40

// fileLimit reads how many bytes a file has at most that is attached to a case; 0 is not told.
func fileLimit(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > mostFile {
		return 0, invalid(fmt.Errorf("--attachment-limit %q: use a size up to 1TiB such as 500MiB", text))
	}
	return int64(n), nil
}

// logger writes the log: a line each, with the same keys for the same things. What tells
// of a run has run and flow and, where there is one, step.
func logger(to io.Writer, format, level string) (*slog.Logger, error) {
	var from slog.Level
	if err := from.UnmarshalText([]byte(level)); err != nil || strings.ContainsAny(level, "+-") {
		return nil, invalid(fmt.Errorf("--log-level %q: use debug, info, warn or error", level))
	}
	options := &slog.HandlerOptions{Level: from}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(to, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, options)), nil
	}
	return nil, invalid(fmt.Errorf("--log-format %q: use text or json", format))
}

// version is the module's, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
			return setting.Value[:12]
		}
	}
	return info.Main.Version
}

func openAPICommand() *cobra.Command {
	return &cobra.Command{
		Use:    "openapi",
		Short:  "Print the description of the API",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			document, err := app.OpenAPI(cmd.Context())
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(document)
			return err
		},
	}
}

// connectTo reads the addresses of --connect-to.
func connectTo(given map[string]string) (egress.Reroutes, error) {
	out := egress.Reroutes{}
	for from, to := range given {
		at, err := netip.ParseAddrPort(to)
		if err != nil {
			return nil, invalid(fmt.Errorf("--connect-to %s=%s: write it as host:port=address:port, the address as a number: %w", from, to, err))
		}
		if _, _, err := net.SplitHostPort(from); err != nil {
			return nil, invalid(fmt.Errorf("--connect-to %s=%s: write it as host:port=address:port: %w", from, to, err))
		}
		out[from] = at
	}
	return out, nil
}
