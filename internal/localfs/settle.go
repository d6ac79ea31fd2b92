package localfs

import "time"

// unwritten is how long a system may keep what a program wrote to its memory before it
// writes it to the file: Linux takes 35 seconds if it is not told otherwise.
const unwritten = 2 * time.Minute

// Settle makes the file's times tell of every change from now on. A program that has
// mapped the file into its memory changes them with the first write to a page, and then
// not again before the system has begun to write the page to the disk: so this has it
// begin. It costs little where there is nothing to write, and nothing where the last
// change is long ago. On systems other than Linux, and on file systems without a disk of their own,
// like tmpfs and overlayfs, it does nothing.
func (f *File) Settle(now time.Time) error {
	if now.Sub(f.info.Changed) > unwritten {
		return nil
	}
	return cause(writeOut(f.file))
}
