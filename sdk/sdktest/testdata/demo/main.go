// Demo is the module of the connector copier.
package main

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest/testdata/demo/copier"
)

func init() { sdk.Register(copier.Connector()) }

func main() { sdk.Main() }
