package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// tokenVariable holds the API token of commands that talk to a server.
const tokenVariable = "DRAWBRIDGE_TOKEN"

// defaultServer is the server that commands talk to.
const defaultServer = "http://127.0.0.1:8080"

// maxAnswer is the largest answer that is read.
const maxAnswer = 256 << 20

// client talks to a server's API.
type client struct {
	base, token string
	http        *http.Client
}

// serverFlag adds the flag that names the server.
func serverFlag(c *cobra.Command, into *string) {
	c.Flags().StringVar(into, "server", defaultServer, "the server's address; its token is read from "+tokenVariable)
}

func newClient(base string) (*client, error) {
	token := os.Getenv(tokenVariable)
	if token == "" {
		return nil, invalid(errors.New(tokenVariable + " is not set: make a token with drawbridge token create"))
	}
	return &client{base: strings.TrimSuffix(base, "/") + "/api/v1", token: token, http: &http.Client{Timeout: 2 * time.Minute}}, nil
}

// refusal is an answer that isn't a success.
type refusal struct {
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Problems []struct {
		File    string `json:"file"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Message string `json:"message"`
	} `json:"problems"`
}

// Error implements the error interface.
func (r *refusal) Error() string {
	lines := []string{fmt.Sprintf("the server refused (%d): %s", r.Status, r.Detail)}
	for _, p := range r.Problems {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message))
	}
	return strings.Join(lines, "\n")
}

// call sends a request and gives the answer's bytes.
func (c *client) call(ctx context.Context, method, path string, body any) ([]byte, error) {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return nil, invalid(fmt.Errorf("--server: %w", err))
	}
	return c.send(request, "application/json")
}

func (c *client) send(request *http.Request, kind string) ([]byte, error) {
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", kind)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the server can't be reached: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // only read from
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		r := &refusal{Status: response.StatusCode, Detail: response.Status}
		_ = json.Unmarshal(data, r) // what isn't a problem has its status at least
		return nil, r
	}
	return data, nil
}

// upload sends a file and reads the answer's JSON.
func (c *client) upload(ctx context.Context, path, kind string, file []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(file))
	if err != nil {
		return invalid(fmt.Errorf("--server: %w", err))
	}
	data, err := c.send(request, kind)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

// ask sends a request and reads the answer's JSON.
func (c *client) ask(ctx context.Context, method, path string, body, into any) error {
	data, err := c.call(ctx, method, path, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
