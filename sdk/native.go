//go:build !wasip1

package sdk

// limitMemory does nothing natively: only the sandbox has a memory to fill.
func limitMemory(uint32) {}
