// Drawbridge is the server, its command line and its sandbox in one program.
package main

import (
	"os"

	"github.com/drawbridge-soar/drawbridge/server/cli"
)

func main() { os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
