package runs

import (
	"errors"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/exit"
)

// allowanceOptions are the flags that end a run before all is done.
type allowanceOptions struct {
	maxTransfer sizeFlag
	maxDuration time.Duration
}

func (o *allowanceOptions) addFlags(flags *pflag.FlagSet) {
	flags.Var(&o.maxTransfer, "max-transfer", "send no more than this, like 10GiB, and leave the rest to the next run")
	flags.DurationVar(&o.maxDuration, "max-duration", 0, "begin nothing new after so long, and leave the rest to the next run")
}

// allowance counts from now on.
func (o *allowanceOptions) allowance(now func() time.Time) (*executor.Allowance, error) {
	if o.maxDuration < 0 {
		return nil, exit.Usage(errors.New("--max-duration: want a time like 8h"))
	}
	var until time.Time
	if o.maxDuration > 0 {
		until = now().Add(o.maxDuration)
	}
	return executor.NewAllowance(int64(o.maxTransfer), until, now), nil
}

// sizeFlag is a number of bytes, more than none.
type sizeFlag int64

func (f *sizeFlag) String() string {
	if *f == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*f), 10)
}

func (f *sizeFlag) Type() string { return "size" }

func (f *sizeFlag) Set(text string) error {
	size, err := config.ParseSize(text)
	if err == nil && size == 0 {
		err = errors.New("nothing would be sent")
	}
	*f = sizeFlag(size)
	return err
}
