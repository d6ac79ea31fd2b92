package workplace

import (
	"strconv"

	"github.com/jottarun/jottarun/config"
)

// RateFlag is a flag: a limit for both directions that takes the place of the jobs file's.
type RateFlag struct {
	given bool
	rate  int64
}

func (f *RateFlag) String() string {
	if f.rate == 0 {
		return ""
	}
	return strconv.FormatInt(f.rate, 10)
}

func (f *RateFlag) Type() string { return "rate" }

func (f *RateFlag) Set(text string) (err error) {
	f.given = true
	f.rate, err = config.ParseRate(text)
	return err
}

// override puts what was given in the place of what the file says.
func (f *RateFlag) override(b *config.Bandwidth) {
	switch {
	case !f.given:
	case f.rate == 0:
		*b = config.Bandwidth{}
	default:
		*b = config.Bandwidth{Upload: config.Always(f.rate), Download: config.Always(f.rate)}
	}
}
