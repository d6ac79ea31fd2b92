package config

import (
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// part is what one jobs file says.
type part struct {
	d        *decoder
	root     *yaml.Node
	keys     map[string]*yaml.Node // where each of its keys stands
	account  Account
	settings Settings
	jobs     []declared
}

// readPart reads one file. What it finds wrong before there are keys to speak of it
// returns; the rest is in the part's decoder.
func readPart(path string, env Env) (*part, Errors) {
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Errors{{File: path, Msg: "find its folder: " + err.Error(), cause: err}}
	}
	text, err := readFile(path)
	if err != nil {
		return nil, Errors{fileError(path, err)}
	}
	src, root, errs := parse(path, text)
	if len(errs) > 0 {
		return nil, errs
	}
	return newPart(newDecoder(src, folder, env), root), nil
}

func newPart(d *decoder, root *yaml.Node) *part {
	p := &part{d: d, root: root, account: defaultAccount(), settings: defaultSettings()}
	d.screen(root, 0)
	p.keys = d.mapping(root, d.fileTable(p))
	d.require(root, p.keys, "the file", "version")
	return p
}

// merge joins the parts, and finds out where they contradict each other.
func merge(parts []*part) *Config {
	c := &Config{Account: defaultAccount(), Settings: defaultSettings()}
	if p := only(parts, "account"); p != nil {
		c.Account = p.account
	}
	if p := only(parts, "settings"); p != nil {
		c.Settings = p.settings
	}
	var all []declared
	for _, p := range parts {
		all = append(all, p.jobs...)
		if len(parts) == 1 {
			p.d.require(p.root, p.keys, "the file", "jobs")
		}
	}
	if len(parts) > 1 && first(parts, "jobs") == nil {
		parts[0].d.fail(parts[0].root, "none of the files has \"jobs\", which is required")
	}
	compareNames(all)
	compareTargets(all)
	for _, j := range all {
		c.Jobs = append(c.Jobs, j.job)
	}
	return c
}

// only returns the part that has a key, and refuses a second one.
func only(parts []*part, key string) *part {
	has := first(parts, key)
	for _, p := range parts {
		if at := p.keys[key]; at != nil && p != has {
			p.d.fail(at, "%q is in %s already; only one of the files has it", key, has.d.position(has.keys[key]))
		}
	}
	return has
}

func first(parts []*part, key string) *part {
	for _, p := range parts {
		if p.keys[key] != nil {
			return p
		}
	}
	return nil
}
