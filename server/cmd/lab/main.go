//go:build unix

// Command lab starts a small company on loopback, and a server that guards it, to try
// Drawbridge in. It ends, with all that it started, when it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/testkit/lab"
)

func main() {
	sandbox.ChildIfAsked()
	flags := flag.NewFlagSet("lab", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:8080", "the address of the server")
	page := flags.String("page", "127.0.0.1:8081", "the address of the page that says what to try")
	mails := flags.String("mails", "", "the folder whose mails (*.eml) are reported; one of its own where it is empty")
	every := flags.Duration("every", 20*time.Second, "how often a mail is reported")
	_ = flags.Parse(os.Args[1:])                                                           // it exits by itself
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) //nolint:forbidigo // a program of its own
	defer stop()
	fmt.Println("Starting the company, its server and what they need; that takes up to a minute.")
	failed := lab.Keep(ctx, os.Stderr, lab.Options{Listen: *listen}, func(l *lab.Lab) {
		folder := *mails
		if folder == "" {
			folder = l.Folder()
		}
		if err := l.Guide(ctx, *page, folder, *every); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		fmt.Printf("The lab is ready.\n\n  What to try:  http://%s\n  Drawbridge:   %s\n  Log in as:    admin, %s\n\nCtrl-C ends it.\n", *page, l.URL, lab.Password)
		l.Feed(ctx, folder, *every)
	})
	if failed {
		os.Exit(1)
	}
}
