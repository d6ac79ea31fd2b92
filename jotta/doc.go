// Package jotta is a client of JottaCloud: sign-in, listing, upload, and the
// names and values they speak of.
//
// It knows no jobs and no plans. Every operation is one step of the protocol,
// retried inside, and safe to repeat. JottaCloud publishes no description of its
// API: what is known comes from what other clients observed, and a comment that
// carries the mark [?] states an inference nobody has confirmed.
//
// Paths and names are plain here; the escaping that the service asks for is done
// where a request is written and undone where an answer is read.
package jotta
