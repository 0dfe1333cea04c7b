//go:build unix

package testkit

import (
	"regexp"
	"strconv"
	"testing"
)

var accepts = regexp.MustCompile(`ACCEPT 127\.0\.0\.1:(\d+)`)

// OpenSSLServer starts an endpoint of OpenSSL that shows a certificate, and gives its
// port. More arguments are those of openssl s_server.
func OpenSSLServer(t testing.TB, pair *Pair, args ...string) int {
	t.Helper()
	port := 0
	args = append([]string{"s_server", "-www", "-accept", "127.0.0.1:0", "-cert", pair.CertFile, "-key", pair.KeyFile}, args...)
	if len(pair.Chain) > 0 {
		args = append(args, "-cert_chain", pair.ChainFile)
	}
	run(t, func(output string) bool {
		if m := accepts.FindStringSubmatch(output); m != nil {
			port, _ = strconv.Atoi(m[1])
		}
		return port > 0
	}, program(t, "openssl", "openssl"), args...)
	return port
}
