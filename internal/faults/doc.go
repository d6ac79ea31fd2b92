// Package faults shows that jottarun survives what goes wrong around it: killed
// runs, dying servers, lost answers, hostile answers, full disks, odd names.
//
// It has tests only. They run the whole pipeline, planner.Build and executor.Run or
// the real program in a process of its own, against the embedded cloud over loopback
// HTTP. After each case the same invariants are checked (audit_test.go): what a run
// said is true, nothing beside its target was asked for or changed, no content came to
// be that no file had, no secret is to be seen; and once the faults are gone one run
// makes the cloud equal to the folder and the next has nothing to do.
//
// Each test has a short form, which always runs, and a long one for JOTTARUN_SOAK=1
// (`make soak`). docs/testing.md says which test shows what, and how often.
package faults
