package restores

import (
	"os"

	"github.com/spf13/pflag"

	"github.com/jottarun/jottarun/internal/backup"
)

// metadataFlags say what a restore does with the manifest of a job.
type metadataFlags struct{ noOwner, privileged, none bool }

func (f *metadataFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.noOwner, "no-owner", false, "give nothing to its recorded owner, also as root")
	flags.BoolVar(&f.privileged, "privileged", false, "bring back set-uid and set-gid bits, devices and trusted attributes, too")
	flags.BoolVar(&f.none, "no-metadata", false, "bring back what the cloud keeps, and nothing of the manifest")
}

// options are nil where nothing of a manifest is wanted.
func (f *metadataFlags) options() *backup.MetadataOptions {
	if f.none {
		return nil
	}
	return &backup.MetadataOptions{Owners: os.Geteuid() == 0 && !f.noOwner, Privileged: f.privileged}
}
