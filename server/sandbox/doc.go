// Package sandbox runs the actions of connectors. Their WebAssembly runs in
// child processes of the server's own program, never in the server itself: a
// module that breaks the runtime takes down a child and the calls in flight in
// it, and nothing else.
//
// The connectors that came with the server share one child; any other module
// has a child of its own. A child starts with the first call, and stops when it
// was idle. It has an empty environment and no descriptors but its sockets: one
// for control, over which the server hands it more, and one a call slot. A slot
// carries one call at a time: the request, the host calls that the guest makes
// meanwhile, the answer.
//
// A module is checked before the compiler sees a byte of it, and rewritten so that
// it counts its steps: that is how a guest is stopped, and made to let others run.
// It is initialised once; then an image of its memory and mutable globals is
// taken, and every call starts from it. What a call wrote is put back after its
// answer was sent, page by page, so that no call sees another's data. An instance
// that trapped, exited or was stopped is dropped.
//
// The server trusts nothing that a child says: frames are bounded, answers are
// checked, and a child that doesn't answer in time is killed.
package sandbox
