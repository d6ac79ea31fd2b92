package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Env is what a jobs file may ask of the machine it is read on.
type Env struct {
	// Lookup finds an environment variable, as os.LookupEnv does. Nil has none.
	Lookup func(name string) (string, bool)
	// Hostname is ${HOSTNAME} where the environment does not set it.
	Hostname string
	// Home is the absolute folder "~" stands for. Without it, "~" is an error.
	Home string
}

func (e Env) lookup(name string) (string, bool) {
	if e.Lookup != nil {
		if value, ok := e.Lookup(name); ok {
			return value, true
		}
	}
	if name == "HOSTNAME" && e.Hostname != "" {
		return e.Hostname, true
	}
	return "", false
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand replaces ${NAME} and ${NAME:-default}, and $$ by one dollar. Any other
// dollar stays as it is.
func (e Env) expand(text string) (string, error) {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		switch {
		case strings.HasPrefix(after, "$"):
			out.WriteByte('$')
			text = after[1:]
		case strings.HasPrefix(after, "{"):
			body, rest, closed := strings.Cut(after[1:], "}")
			if !closed {
				return "", errors.New("a ${ is not closed with }; write $${ where ${ itself is meant")
			}
			value, err := e.variable(body)
			if err != nil {
				return "", err
			}
			out.WriteString(value)
			text = rest
		default:
			out.WriteByte('$')
			text = after
		}
	}
}

// variable returns the value of what stands between the braces. As in a shell,
// the default is used for an empty variable too.
func (e Env) variable(body string) (string, error) {
	name, fallback, hasFallback := strings.Cut(body, ":-")
	if !variableName.MatchString(name) {
		return "", fmt.Errorf("%q is not the name of a variable; write $${ where ${ itself is meant", name)
	}
	if strings.Contains(fallback, "${") {
		return "", fmt.Errorf("the default of ${%s} cannot hold another variable", name)
	}
	value, set := e.lookup(name)
	switch {
	case hasFallback && value == "":
		return strings.ReplaceAll(fallback, "$$", "$"), nil
	case !set:
		return "", fmt.Errorf("variable %s is not set; set it, or give it a default: ${%s:-…}", name, name)
	}
	return value, nil
}

// home replaces a leading "~". The home of another user is not looked up.
func (e Env) home(path string) (string, error) {
	if !strings.HasPrefix(path, "~") {
		return path, nil
	}
	first, rest, _ := strings.Cut(path, "/")
	switch {
	case first != "~":
		return "", fmt.Errorf("%q: only ~ and ~/… are known; write the whole path, or ./%s for a name that starts with ~", first, first)
	case e.Home == "":
		return "", fmt.Errorf("%q: the home folder is not known; write the whole path", path)
	}
	return filepath.Join(e.Home, rest), nil
}
