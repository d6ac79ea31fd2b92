package emulator

import (
	"log/slog"
	"time"
)

// Options describe a cloud. Directory is required; all else has a default.
type Options struct {
	// Directory keeps content and metadata. It is created with mode 0700; a folder
	// that holds anything but an emulator's cloud is refused.
	Directory string

	// Username is the account, its login, and the first segment of every JFS path.
	// Default: emulator.
	Username string

	// Password signs in, by HTTP Basic or the password grant. Empty: a random one,
	// kept in the folder's file "password" if KeepPassword is set, else for this
	// process only.
	Password     string
	KeepPassword bool

	// OTP is the code that the password grant asks for. Empty: no second factor.
	OTP string

	// Devices exist from the start, besides the built-in Jotta.
	Devices []string

	// AccessLifetime is how long an access token lives. Default: one hour.
	AccessLifetime time.Duration

	// AutoApprove signs a browser in without asking it for user name and password. For
	// tests: every user of the machine could sign in then.
	AutoApprove bool

	// Legacy makes it a server of the oldest kind: HTTP Basic is the only sign-in, there is
	// no API and so no allocation, and a listing is that of one folder.
	Legacy bool

	// Lacks names operations, as the request log does, that this server does not know.
	Lacks []string

	// SparseListing makes liststream name a folder that holds files by these alone.
	SparseListing bool

	// NoSync leaves durability to the operating system: a killed process loses
	// nothing, a power cut may. For tests and benchmarks.
	NoSync bool

	// Logger hears of trouble and, at debug level, of each request; never of secrets.
	Logger *slog.Logger

	// Now is the server's clock. Default: time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Username == "" {
		o.Username = "emulator"
	}
	if o.AccessLifetime <= 0 {
		o.AccessLifetime = time.Hour
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
