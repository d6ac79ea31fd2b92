package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Discover says which jobs files, or folders of them, to load: the explicit ones if
// there are any, then $JOTTARUN_CONFIG, and only without both the first that exists of
// the usual places. It does not open the file.
func Discover(explicit []string, env Env) (paths []string, err error) {
	if len(explicit) > 0 {
		return explicit, nil
	}
	if named, ok := env.lookup("JOTTARUN_CONFIG"); ok && named != "" {
		return []string{named}, nil
	}
	places := usualPlaces(env)
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return []string{place}, nil
		}
	}
	return nil, fmt.Errorf("find a jobs file: none at $JOTTARUN_CONFIG, %s. "+
		"Name one with -c FILE, or write one: jottarun init", strings.Join(places, ", "))
}

func usualPlaces(env Env) []string {
	places := []string{"jobs.yaml"}
	if base := userConfigFolder(env); base != "" {
		places = append(places, filepath.Join(base, "jottarun", "jobs.yaml"))
	}
	return append(places, "/etc/jottarun/jobs.yaml")
}

// userConfigFolder ignores a relative $XDG_CONFIG_HOME, as its specification asks.
func userConfigFolder(env Env) string {
	if base, _ := env.lookup("XDG_CONFIG_HOME"); filepath.IsAbs(base) {
		return base
	}
	if env.Home == "" {
		return ""
	}
	return filepath.Join(env.Home, ".config")
}
