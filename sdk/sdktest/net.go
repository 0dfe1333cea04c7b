package sdktest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// netCall answers net_open by Net, and the other functions by what it opened.
func (h *Host) netCall(function string, request []byte) ([]byte, error) {
	var in abi.NetRequest
	if err := json.Unmarshal(request, &in); err != nil {
		return nil, err
	}
	out, err := h.net(function, in)
	var known *abi.Error
	switch {
	case errors.As(err, &known):
		out = abi.NetResponse{Error: known}
	case err != nil:
		out = abi.NetResponse{Error: &abi.Error{Code: abi.CodeUnavailable, Message: err.Error(), Retryable: true}}
	}
	return json.Marshal(out)
}

func (h *Host) net(function string, in abi.NetRequest) (abi.NetResponse, error) {
	if function == abi.HostNetOpen && in.Handle == 0 {
		if h.Net == nil {
			return abi.NetResponse{}, &abi.Error{Code: abi.CodeDenied, Message: "the test's host opens no streams: set Net"}
		}
		conn, err := h.Net(in.Host, in.Port)
		if err != nil {
			return abi.NetResponse{}, err
		}
		h.conns = append(h.conns, conn)
		return abi.NetResponse{Handle: len(h.conns)}, nil
	}
	if in.Handle < 1 || in.Handle > len(h.conns) || h.conns[in.Handle-1] == nil {
		return abi.NetResponse{}, &abi.Error{Code: abi.CodeBadInput, Message: "there is no open stream of that handle"}
	}
	return use(function, &h.conns[in.Handle-1], in)
}

// use reads, writes or closes a stream.
func use(function string, conn *net.Conn, in abi.NetRequest) (abi.NetResponse, error) {
	switch function {
	case abi.HostNetWrite:
		data, err := base64.StdEncoding.DecodeString(in.Data)
		if in.Login != "" {
			err = &abi.Error{Code: abi.CodeDenied, Message: "the test's host has no secrets to log in with"}
		}
		if err == nil {
			_, err = (*conn).Write(data)
		}
		return abi.NetResponse{}, err
	case abi.HostNetOpen:
		return abi.NetResponse{}, &abi.Error{Code: abi.CodeDenied, Message: "the test's host encrypts no streams"}
	case abi.HostNetClose:
		err := (*conn).Close()
		*conn = nil
		return abi.NetResponse{}, err
	}
	const most = 64 << 10
	if in.Max <= 0 || in.Max > most {
		in.Max = most
	}
	p := make([]byte, in.Max)
	n, err := (*conn).Read(p)
	if errors.Is(err, io.EOF) {
		return abi.NetResponse{Data: base64.StdEncoding.EncodeToString(p[:n]), EOF: true}, nil
	}
	return abi.NetResponse{Data: base64.StdEncoding.EncodeToString(p[:n])}, err
}
