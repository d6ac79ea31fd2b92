// Package model lets random sequences of events happen to jottarun, and knows what has
// to come of each.
//
// It has tests only. A sequence is some thirty steps: edits of a folder, edits of the
// same target by another device, changes of the job, and runs in bad weather (sequence,
// steps, weather). Before every run a model that shares no code with the product says
// what has to be planned (want); after it, what the run claims and what it did to the
// cloud is held against that (audit). In the end the weather clears, and the job has to
// converge.
//
// What the cloud holds is read by an own reader of the wire format (cloud). A sequence
// that fails is cut down to the steps that matter, printed, and can be kept as a row of
// a table (seeds).
package model
