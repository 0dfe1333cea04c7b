package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/bus"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// minLease is the shortest lease: it is renewed at a third of it.
const minLease = 2 * time.Second

// checkShared finds what is wrong with how a server is to share its database, before
// anything is opened.
func checkShared(c ServeConfig) error {
	if c.Database != "" {
		if err := store.CheckDatabase(c.Database); err != nil {
			return fmt.Errorf("--database: %w", err)
		}
	}
	if c.NATS != "" {
		if c.Database == "" {
			return errors.New("--nats is for servers that share a database: name it with --database")
		}
		if err := bus.Check(c.NATS); err != nil {
			return fmt.Errorf("--nats: %w", err)
		}
	}
	if c.Lease != 0 && c.Lease < minLease {
		return fmt.Errorf("--lease: %v is too short, %v is the least", c.Lease, minLease)
	}
	return nil
}

// join has a server follow the others on its database.
func (s *Server) join(ctx context.Context, c ServeConfig, hooks *runner) error {
	if !s.Store.Shared() {
		return nil
	}
	s.follower = newFollower(s, hooks, c.Logger)
	if err := s.follower.begin(ctx); err != nil {
		return err
	}
	if c.NATS == "" {
		return nil
	}
	var err error
	s.bus, err = bus.Open(c.NATS, s.Instance, bus.Listener{Changed: s.follower.tell, Signaled: s.Engine.Poke, Moved: s.hub.Poke}, c.Logger)
	return err
}
