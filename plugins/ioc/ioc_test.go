package ioc

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }
