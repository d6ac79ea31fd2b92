package app

import (
	"fmt"
	"os"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/state"
)

// LoadConfig finds and reads the jobs file.
func (a *App) LoadConfig() (*config.Config, error) {
	env := a.configEnv()
	paths, err := config.Discover(a.ConfigPaths, env)
	if err != nil {
		return nil, exit.Config(err)
	}
	if len(a.ConfigPaths) == 0 && !a.Quiet {
		fmt.Fprintf(a.Err, "using %s\n", paths[0])
	}
	cfg, err := config.LoadAll(paths, env)
	if err != nil {
		return nil, exit.Config(err)
	}
	return cfg, nil
}

// LoadAccount reads the jobs file for its account and its settings; where there is no
// jobs file the account is with JottaCloud.
func (a *App) LoadAccount() (*config.Config, error) {
	if _, err := config.Discover(a.ConfigPaths, a.configEnv()); err != nil {
		return &config.Config{
			Account: config.Account{Service: config.ServiceJottacloud}, Settings: config.Settings{Uploads: 1, Retries: 3},
		}, nil
	}
	return a.LoadConfig()
}

// LoadOther reads a jobs file that is not the one of this run.
func (a *App) LoadOther(path string) (*config.Config, error) {
	cfg, err := config.Load(path, a.configEnv())
	if err != nil {
		return nil, exit.Config(err)
	}
	return cfg, nil
}

func (a *App) configEnv() config.Env {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "" // ${HOSTNAME} is then an unset variable
	}
	return config.Env{Lookup: a.Lookup, Hostname: hostname, Home: a.Home}
}

// StateDir is the path of the state folder, which may not be there yet.
func (a *App) StateDir(cfg *config.Config) (string, error) {
	path, err := state.Locate(cfg.Settings.StateDir, a.Lookup, a.Home)
	if err != nil {
		return "", exit.Config(err)
	}
	return path, nil
}
