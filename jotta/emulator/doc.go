// Package emulator is a JottaCloud of one's own: an HTTP server that speaks the
// service's protocol and keeps its cloud in a folder. It is the embedded default,
// the counterpart of every test, and the place to learn the protocol from.
//
// A request goes through these steps:
//
//	ServeHTTP   one line in the request log, scripted faults
//	find        path and query -> a named operation; what is unknown is refused
//	admit       HTTP Basic, or a bearer token of either sign-in generation
//	operation   looks at the tree, answers, or describes its change as records
//	commit      records -> journal -> tree; the answer waits until they are durable
//
// The metadata live in memory as a tree and on disk as a journal; content lives in
// files named by MD5. Nothing of a name or a path ever becomes part of a file name.
//
// The emulator listens on loopback only, by http or https. It is strict: what the service refuses, it
// refuses. Where nobody knows what the service does, the choice carries the mark [?].
package emulator
