// Package copier is a connector for the tests of package sdktest.
package copier

import (
	"io"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

type copyInput struct {
	Content sdk.Text `json:"content"`
}

type copyOutput struct {
	Copy sdk.Blob `json:"copy"`
	Size int64    `json:"size"`
}

func copyBlob(c *sdk.Context, in copyInput) (copyOutput, error) {
	c.Warnf("copying %d bytes", in.Content.Size())
	c.Progress("half way")
	text, err := in.Content.Bytes(8 << 20)
	if err != nil {
		return copyOutput{}, err
	}
	stored, err := c.StoreBlob("text/plain", func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	return copyOutput{Copy: stored, Size: int64(len(text))}, err
}

// Connector answers the connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(
		sdk.Info{ID: "demo", Version: "1.0.0", Name: "Demo", Description: "Copies."},
		sdk.Act("copy", sdk.ActionInfo{Name: "Copy", Description: "Copies a value into a blob.", Effect: abi.EffectNone}, copyBlob),
	)
}
