package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/jotta/emulator"
)

type emulatorOptions struct {
	listen    string
	directory string
	devices   []string
	tokenFile string
	tls       bool
	legacy    bool
}

// NewEmulatorCommand returns the command that serves the embedded cloud on loopback until it is
// interrupted.
func NewEmulatorCommand(a *app.App) *cobra.Command {
	var o emulatorOptions
	cmd := &cobra.Command{
		Use:   "emulator",
		Short: "Run the embedded cloud as a server of its own, on loopback",
		Long: `Runs the embedded cloud as a server of its own. It listens on loopback only and
keeps its files in a folder. Clients sign in as $JOTTACLOUD_USERNAME with
$JOTTACLOUD_PASSWORD, where these are set for this command, else as "emulator"
with a random password that is kept in the folder and printed.`,
		Example: "  jottarun emulator --listen 127.0.0.1:8780 --directory ./cloud",
		Args:    app.Args(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return emulate(cmd.Context(), a, o) },
	}
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8780", "address and port on loopback; port 0 takes any that is free")
	cmd.Flags().StringVar(&o.directory, "directory", "cloud", "where the cloud keeps its files")
	cmd.Flags().StringArrayVar(&o.devices, "device", nil, "a device that exists from the start, besides Jotta")
	cmd.Flags().StringVar(&o.tokenFile, "login-token-file", "", "write a new login token to this file, for its owner alone")
	cmd.Flags().BoolVar(&o.tls, "tls", false, "serve https, with a certificate for this machine and for JottaCloud's host names")
	cmd.Flags().BoolVar(&o.legacy, "legacy", false, "be a server of the oldest kind: HTTP Basic alone, no allocation, listings folder by folder")
	return cmd
}

func emulate(ctx context.Context, a *app.App, o emulatorOptions) (err error) {
	if o.legacy && o.tokenFile != "" {
		return exit.Usage(errors.New("--legacy and --login-token-file: a server of the oldest kind knows no login tokens"))
	}
	username, _ := a.Lookup("JOTTACLOUD_USERNAME")
	password, given := a.Lookup("JOTTACLOUD_PASSWORD")
	server, err := emulator.Open(emulator.Options{
		Directory: o.directory, Devices: o.devices, Logger: a.Logger(),
		Username: username, Password: password, KeepPassword: password == "",
		Legacy: o.legacy,
	})
	if err != nil {
		return err
	}
	start := emulator.Start
	if o.tls {
		start = emulator.StartTLS
	}
	running, err := start(server, o.listen)
	if err != nil {
		if _, onDisk := errors.AsType[*fs.PathError](err); !onDisk {
			err = exit.Usage(err)
		}
		return errors.Join(err, server.Close())
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	if err := writeLoginToken(server, o.tokenFile); err != nil {
		return err
	}
	if !given {
		password = server.Password()
	} else {
		password = "(from JOTTACLOUD_PASSWORD)"
	}
	sayHowToUse(a, running, password)
	<-ctx.Done()
	return nil
}

func sayHowToUse(a *app.App, running *emulator.Running, password string) {
	server := running.Server()
	fmt.Fprintf(a.Out, `listening on %[1]s

To back up to it, in a jobs file:
  account:
    service: custom
    endpoints: {jfs: "%[1]s/jfs", api: "%[1]s", upload: "%[1]s/jfs"}
and in the environment:
  JOTTACLOUD_USERNAME=%[2]s
  JOTTACLOUD_PASSWORD=%[3]s
`, running.URL, server.Username(), password)
	if authority, err := filepath.Abs(server.AuthorityFile()); strings.HasPrefix(running.URL, "https:") && err == nil {
		fmt.Fprintf(a.Out, `  SSL_CERT_FILE=%[1]s

The file is the certificate of the authority that clients have to trust. For those that
have JottaCloud's host names built in, it is also the proxy that leads them here:
  HTTPS_PROXY=%[2]s
`, authority, running.URL)
	}
}

// writeLoginToken makes a login token as the service's web page does, and puts it into
// a file that appears as a whole.
func writeLoginToken(server *emulator.Server, path string) error {
	if path == "" {
		return nil
	}
	token, err := server.NewLoginToken()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".login-token-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("write login token: %w", err)
	}
	_, err = fmt.Fprintln(file, token)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write login token: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}
