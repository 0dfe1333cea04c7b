package egress

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of what a connector keeps between calls.
const (
	maxKey    = 256
	maxValue  = 64 << 10
	MaxKVSize = 10 << 20 // keys and values of one connector together
)

// ErrKVFull says that a connector keeps as much as it may.
var ErrKVFull = errors.New("the connector keeps as much as it may")

// KV keeps small values for connectors, apart for each.
type KV interface {
	// GetKV answers a value; ok is false where there is none.
	GetKV(ctx context.Context, connector, key string) (value string, ok bool, err error)
	// PutKV keeps a value, or removes the key where it is nil. It fails with
	// [ErrKVFull] where the connector would keep more than MaxKVSize.
	PutKV(ctx context.Context, connector, key string, value *string) error
	// SwapKV does so only where the key holds was, nil for one that isn't there, and
	// answers whether it did. No other change comes between.
	SwapKV(ctx context.Context, connector, key string, was, value *string) (bool, error)
}

func (s *session) keyValue(ctx context.Context, function string, raw []byte) ([]byte, error) {
	var in abi.KVRequest
	if err := decodeRequest(raw, &in); err != nil {
		return nil, err
	}
	out := &abi.KVResponse{}
	err := s.useKV(ctx, function, &in, out)
	if err != nil {
		out = &abi.KVResponse{Error: s.explain(ctx, err)}
	}
	return json.Marshal(out)
}

func (s *session) useKV(ctx context.Context, function string, in *abi.KVRequest, out *abi.KVResponse) error {
	switch {
	case s.broker.options.KV == nil:
		return refuse(abi.ErrnoDenied, "connector %s can't keep values here: there is no store for them", s.caller.Connector)
	case !s.grant.KV:
		return refuse(abi.ErrnoDenied, "connector %s may not keep values: %s", s.caller.Connector, s.broker.options.grantBy(`"kv": true`))
	case in.Key == "" || len(in.Key) > maxKey:
		return refuse(abi.ErrnoBadCall, "a key has 1 to %d bytes", maxKey)
	case in.Value != nil && len(*in.Value) > maxValue:
		return refuse(abi.ErrnoTooLarge, "a value has at most %d bytes", maxValue)
	}
	if function == abi.HostKVPut {
		err := s.putKV(ctx, in, out)
		if errors.Is(err, ErrKVFull) {
			return refuse(abi.ErrnoLimit, "connector %s keeps %d MiB, which is all it may", s.caller.Connector, MaxKVSize>>20)
		}
		return err
	}
	if in.If != nil {
		return refuse(abi.ErrnoBadCall, "if belongs to %s alone", abi.HostKVPut)
	}
	value, ok, err := s.broker.options.KV.GetKV(ctx, s.caller.Connector, in.Key)
	if ok {
		out.Value = &value
	}
	return err
}

func (s *session) putKV(ctx context.Context, in *abi.KVRequest, out *abi.KVResponse) error {
	if in.If == nil {
		return s.broker.options.KV.PutKV(ctx, s.caller.Connector, in.Key, in.Value)
	}
	did, err := s.broker.options.KV.SwapKV(ctx, s.caller.Connector, in.Key, in.If.Value, in.Value)
	out.Differs = err == nil && !did
	return err
}
