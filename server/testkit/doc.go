// Package testkit starts what tests need beside the program: real servers, for the
// time of one test process.
package testkit
